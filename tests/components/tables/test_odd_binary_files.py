"""Binary tables as people really have them: read right, or refused in one line."""

import datetime
import decimal
import io
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.io import fits
from astropy.table import MaskedColumn, Table

from truemorph.components.errors import InputError
from truemorph.components.tables.table import column_names, count_rows, read_columns

ID = "587722981736120347"


def text(folder: Path, data: str | bytes, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def test_fits_names_that_stand_twice_or_are_empty(tmp_path: Path) -> None:
    path = tmp_path / "t.fits"
    names = ("id", "a", "b", "c")
    fits.BinTableHDU.from_columns([fits.Column(n, "K", array=[int(ID), 5]) for n in names]).writeto(path)
    data = path.read_bytes().replace(b"'b       '", b"'a       '").replace(b"'c       '", b"'        '")
    path.write_bytes(data)
    assert column_names(path) == ["id", "a", "a", ""]
    assert read_columns(path, [], ids=["id"])["id"].to_list() == [ID, "5"]
    with pytest.raises(InputError, match="column 'a' appears 2 times"):
        read_columns(path, ["a"])


def fits_table(path: Path) -> Path:
    """Every kind of column, after an image and a table without rows."""
    big = np.array([2**63 + 5, 1, 2], dtype="u8")
    columns = [
        fits.Column("variable", "PA()", array=np.array(["x", "yy ", ""], dtype=object)),
        fits.Column("tnull", "J", null=-99, array=np.array([1, -99, 3])),
        fits.Column("unsigned", "K", bzero=2**63, array=big),
        fits.Column("latin", "4A", array=np.array([b"ab", b"", b"c"])),
        fits.Column("scaled", "E", bscale=0.5, bzero=1, array=np.array([1.5, 2, 3], "f4")),
        fits.Column("pair", "2E", array=np.ones((3, 2))),
        fits.Column("lists", "QE()", array=np.array([[1.0], [2.0, 3.0], [1]], dtype=object)),
    ]
    empty = fits.BinTableHDU.from_columns([fits.Column("other", "J", array=np.array([], dtype="i4"))])
    image = fits.ImageHDU(np.zeros((3, 3)))
    fits.HDUList([fits.PrimaryHDU(), image, empty, fits.BinTableHDU.from_columns(columns)]).writeto(path)
    return path


def test_fits_columns_of_every_kind(tmp_path: Path) -> None:
    path = fits_table(tmp_path / "t.fits")
    table = read_columns(path, ["variable", "tnull", "latin", "scaled"], ids=["unsigned"])
    assert table["unsigned"].to_list() == [str(2**63 + 5), "1", "2"]
    assert table["variable"].to_list() == ["x", "yy", None] and table["latin"].to_list() == ["ab", None, "c"]
    np.testing.assert_array_equal(table["tnull"], [1, np.nan, 3])
    np.testing.assert_array_equal(table["scaled"], [1.5, 2, 3])
    assert read_columns(path, [], ids=["tnull"])["tnull"].to_list() == ["1", None, "3"]
    for name in ("pair", "lists"):
        with pytest.raises(InputError, match=rf"t\.fits: column '{name}' has the format .*one value per row"):
            read_columns(path, [name])


def test_an_ascii_table_in_fits_keeps_its_ids(tmp_path: Path) -> None:
    path = tmp_path / "t.fits"
    columns = [
        fits.Column("id", "A19", array=[ID, "***"]),
        fits.Column("n", "I6", null="***", array=[5, 7]),
        fits.Column("x", "D14.6", array=[1.25, -2.5]),
    ]
    fits.TableHDU.from_columns(columns).writeto(path)
    table = read_columns(path, ["x", "n"], ids=["id"])
    assert table["id"].to_list() == [ID, "***"]
    assert table["x"].to_list() == [1.25, -2.5] and table["n"].to_list() == [5, 7]


def test_a_fits_file_of_images_is_named(tmp_path: Path) -> None:
    fits.PrimaryHDU(np.zeros((4, 4))).writeto(tmp_path / "t.fits")
    with pytest.raises(InputError, match=r"t\.fits: contains no table"):
        column_names(tmp_path / "t.fits")


@pytest.mark.parametrize("kind", ["tabledata", "binary", "binary2"])
def test_votable_fields_whose_id_is_not_their_name(tmp_path: Path, kind: str) -> None:
    table = Table({"objid": [int(ID), 7], "n": MaskedColumn([1, 2], mask=[kind != "binary", False]), "s": ["a", ""]})
    out = io.BytesIO()
    table.write(out, format="votable", tabledata_format=kind)
    # BINARY has no null for whole numbers.
    data = out.getvalue().decode()
    for place, name in enumerate(("objid", "n", "s")):
        assert f'ID="{name}"' in data
        data = data.replace(f'ID="{name}"', f'ID="col{place}"')
    path = text(tmp_path, data, "t.vot")
    assert column_names(path) == ["objid", "n", "s"] and count_rows(path) == 2
    found = read_columns(path, ["s", "n"], ids=["objid"])
    assert found["objid"].to_list() == [ID, "7"] and found["s"].to_list() == ["a", None]
    np.testing.assert_array_equal(found["n"], [1 if kind == "binary" else np.nan, 2])


def test_words_of_fixed_width_lose_what_fills_them_up(tmp_path: Path) -> None:
    for fill in (b"\0", b" "):
        padded = pa.array([word.ljust(8, fill) for word in (b"disk", b"smooth")], pa.binary(8))
        pq.write_table(pa.table({"a": padded}), tmp_path / "t.parquet")
        assert read_columns(tmp_path / "t.parquet", ["a"])["a"].to_list() == ["disk", "smooth"]


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (pa.array([b"disk", None, b" smooth "]), ["disk", None, "smooth"]),
        (pa.array(["disk", None, "smooth"]).dictionary_encode(), ["disk", None, "smooth"]),
        (pa.array(["disk", "N/A", "smooth"], pa.large_string()), ["disk", None, "smooth"]),
        (pa.array([decimal.Decimal("1.50"), None, decimal.Decimal("2")]), [1.5, None, 2.0]),
        (pa.array([datetime.date(2020, 1, 2)] * 3), ["2020-01-02"] * 3),
        (pa.array([datetime.datetime(2020, 1, 2, 3)] * 3), ["2020-01-02 03:00:00.000000"] * 3),
        (pa.array([2**64 - 1, None, 1], pa.uint64()), [float(2**64 - 1), None, 1.0]),
        (pa.array([1.5, 2.5, 3.5], pa.float32()).cast(pa.float16()), [1.5, 2.5, 3.5]),
        (pa.nulls(3), [None] * 3),
    ],
)
def test_parquet_types(tmp_path: Path, values: Any, found: list[Any]) -> None:
    pq.write_table(pa.table({"x": values}), tmp_path / "t.parquet")
    column = read_columns(tmp_path / "t.parquet", ["x"])["x"].astype(object)
    assert column.where(column.notna(), None).to_list() == found


@pytest.mark.parametrize("values", [[["a"]], [{"a": 1}]])
def test_parquet_lists_and_structures_are_named(tmp_path: Path, values: list[Any]) -> None:
    pq.write_table(pa.table({"x": values}), tmp_path / "t.parquet")
    for ids in ([], ["x"]):
        with pytest.raises(InputError, match=r"t\.parquet: column 'x' holds (list|struct)<.*one value per row"):
            read_columns(tmp_path / "t.parquet", ["x"], ids=ids)


@pytest.mark.parametrize("kind", [pa.uint64(), pa.decimal128(20, 0), pa.large_string(), pa.binary(), pa.int64()])
def test_parquet_ids_stay_exact(tmp_path: Path, kind: Any) -> None:
    ids: Any = [ID, None, "7"]
    if pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        ids = [decimal.Decimal(value) if value else None for value in ids]
        ids = pa.array(ids, pa.decimal128(20, 0)).cast(kind)
    pq.write_table(pa.table({"x": pa.array(ids, kind) if isinstance(ids, list) else ids}), tmp_path / "t.parquet")
    assert read_columns(tmp_path / "t.parquet", [], ids=["x"])["x"].to_list() == [ID, None, "7"]
