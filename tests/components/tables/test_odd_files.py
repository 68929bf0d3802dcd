"""Files as people really have them: read right, or refused in one line that names the place."""

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


@pytest.mark.parametrize(
    ("row", "line"),
    [
        ('2,"odd,fine', 3),
        ('2,odd",fine', 3),
        ('2,5" scope,fine', 3),
        ('"2,odd,fine', 3),
        ('2,odd,"', 3),
        ('2,"odd,fine\n3,b,c\n4,"odd,fine', 3),
        ('2,"odd,fine\n3,odd",fine', 3),
        ('2,a,fine\n3,"b" c",d', 4),
    ],
)
def test_a_quote_that_stands_alone_is_refused_with_its_line(tmp_path: Path, row: str, line: int) -> None:
    path = text(tmp_path, f"id,note,more\n1,a,b\n{row}\n" + "".join(f"{n},a,b\n" for n in range(9, 60)))
    for work in (lambda: read_columns(path, ["id"]), lambda: count_rows(path)):
        with pytest.raises(InputError, match=rf"t\.csv: line {line} has a quote"):
            work()


def test_a_lone_quote_late_in_a_long_file(tmp_path: Path) -> None:
    rows = [f"{n},some words that fill the line,more\n" for n in range(200_000)]
    rows[150_000] = '150000,"odd,fine\n'
    with pytest.raises(InputError, match="line 150002 has a quote"):
        read_columns(text(tmp_path, "id,note,x\n" + "".join(rows)), ["id"])


def test_quoted_fields_may_hold_delimiters_quotes_and_newlines(tmp_path: Path) -> None:
    path = text(tmp_path, 'id,note,x\r\n1,"a, b",2\r\n2,"say ""x""",3\r\n3,"two\r\nlines\r\n",4\r\n\r\n4, "padded" ,5')
    table = read_columns(path, ["note", "x"], ids=["id"])
    assert table["id"].to_list() == ["1", "2", "3", "4"] and table["x"].to_list() == [2, 3, 4, 5]
    assert table["note"].to_list() == ["a, b", 'say "x"', "two\r\nlines", "padded"]
    assert count_rows(path) == 4


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (f"\n{'id,x'}\n{ID},1.5\n", ["id", "x"]),
        (f"\n\r\n  \nid,x\r\n{ID},1.5\r\n", ["id", "x"]),
        (f"\ufeffid, x\n{ID}, 1.5\n", ["id", "x"]),
        (f"\ufeff\nid,x\n{ID},1.5", ["id", "x"]),
        (f"id,x\r{ID},1.5\r", ["id", "x"]),
        (f"# id, x\n{ID},1.5\n", ["id", "x"]),
        (f"id,x,\n{ID},1.5,\n", ["id", "x", ""]),
        (f"id,x\n{ID},1.5,\n", ["id", "x", ""]),
        (f"# of galaxies, by me\nid,x\n{ID},1.5\n", ["id", "x"]),
        (f"id,x,y,y\n{ID},1.5,1,2\n", ["id", "x", "y", "y"]),
        (f'"id", "x", "a, b"\n{ID},1.5,3\n', ["id", "x", "a, b"]),
        (f"id\tx\tflux, Jy\n{ID}\t1.5\t1\n", ["id", "x", "flux, Jy"]),
        (f"id;x;flux, Jy\n{ID};1.5;1\n", ["id", "x", "flux, Jy"]),
        (f"id|x\n{ID}|1.5\n", ["id", "x"]),
        (f"id,x,mag;err\n{ID},1.5,1\n", ["id", "x", "mag;err"]),
        (f"id,x,note\n{ID},1.5,caf\u00e9\n".encode("latin-1"), ["id", "x", "note"]),
        (f"id,x,\u00b5\n{ID},1.5,2\n".encode("latin-1"), ["id", "x", "\ufffd"]),
        (f"id,x\nb'{ID}',1.5\n", ["id", "x"]),
        (f'id,x\n="{ID}",1.5\n', ["id", "x"]),
        (f'id,x\n"=""{ID}""",1.5\n', ["id", "x"]),
        (f"id,x\n'{ID}',1.5\n", ["id", "x"]),
        (f"id,x\n  {ID}  ,1.5\n\n", ["id", "x"]),
    ],
)
def test_headers_and_ids_as_programs_write_them(tmp_path: Path, data: str | bytes, names: list[str]) -> None:
    path = text(tmp_path, data)
    assert column_names(path) == names
    table = read_columns(path, ["x"], ids=["id"])
    assert table["id"].to_list() == [ID] and table["x"].to_list() == [1.5] and count_rows(path) == 1


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_named(tmp_path: Path, encoding: str) -> None:
    path = text(tmp_path, "id,x\n1,2\n".encode(encoding))
    with pytest.raises(InputError, match=r"t\.csv: cannot be read as text: it is UTF-16; save it again as UTF-8"):
        column_names(path)


def test_bytes_that_are_no_text_are_named_where_they_are_wanted(tmp_path: Path) -> None:
    path = text(tmp_path, "id,label\n1,caf\u00e9\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"t\.csv: column 'label' holds b'caf\\xe9', not UTF-8"):
        read_columns(path, ["label"], ids=["id"])


def test_a_row_with_too_few_fields_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"t\.csv: row 2 has 1 fields, its header 2: '3'"):
        read_columns(text(tmp_path, "id,x\n1,2\n3\n4,5\n"), ["id"])


@pytest.mark.parametrize("ids", [["73928e03", ID], ["73928e03", "a1b2c3d4"], ["1e234567", "12345678"], ["0042", "7"]])
def test_ids_that_only_look_like_floats(tmp_path: Path, ids: list[str]) -> None:
    assert read_columns(text(tmp_path, "\n".join(["id", *ids, ""])), [], ids=["id"])["id"].to_list() == ids


@pytest.mark.parametrize("ids", [["5.87722981736120e+17", ID], ["5.9E17", "5.9E17"], ["5877.0", "J1"], [".5", "1"]])
def test_ids_that_were_floats_are_refused(tmp_path: Path, ids: list[str]) -> None:
    with pytest.raises(InputError, match="written as a float"):
        read_columns(text(tmp_path, "\n".join(["id", *ids, ""])), [], ids=["id"])


def test_fits_names_that_stand_twice_or_are_empty(tmp_path: Path) -> None:
    path = tmp_path / "t.fits"
    names = ("id", "a", "b", "c")
    fits.BinTableHDU.from_columns([fits.Column(n, "K", array=[int(ID), 5]) for n in names]).writeto(path)
    data = path.read_bytes().replace(b"'b       '", b"'a       '").replace(b"'c       '", b"'        '")
    path.write_bytes(data)
    assert column_names(path) == ["id", "a", "a", ""]
    assert read_columns(path, [], ids=["id"])["id"].to_list() == [ID, "5"]
    with pytest.raises(InputError, match="column 'a' stands 2 times"):
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
        with pytest.raises(InputError, match=rf"t\.fits: column '{name}' has the format .*one value a row"):
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
    with pytest.raises(InputError, match=r"t\.fits: holds no table"):
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
        with pytest.raises(InputError, match=r"t\.parquet: column 'x' holds (list|struct)<.*one value a row"):
            read_columns(tmp_path / "t.parquet", ["x"], ids=ids)


@pytest.mark.parametrize("kind", [pa.uint64(), pa.decimal128(20, 0), pa.large_string(), pa.binary(), pa.int64()])
def test_parquet_ids_stay_exact(tmp_path: Path, kind: Any) -> None:
    ids: Any = [ID, None, "7"]
    if pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        ids = [decimal.Decimal(value) if value else None for value in ids]
        ids = pa.array(ids, pa.decimal128(20, 0)).cast(kind)
    pq.write_table(pa.table({"x": pa.array(ids, kind) if isinstance(ids, list) else ids}), tmp_path / "t.parquet")
    assert read_columns(tmp_path / "t.parquet", [], ids=["x"])["x"].to_list() == [ID, None, "7"]


@pytest.mark.parametrize("name", ["t.csv", "t.vot", "t.fits", "t.parquet"])
def test_a_page_of_the_web_is_no_table(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=rf"{name}: (is a web page|cannot be read)"):
        read_columns(text(tmp_path, "<!DOCTYPE html>\n<html><body>404, not found</body></html>\n", name), ["id"])


@pytest.mark.parametrize("head", ["name  flux mag", "# name flux mag", "#  name\tflux   mag", "  name flux mag  "])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_columns_parted_by_blanks(tmp_path: Path, head: str, end: str) -> None:
    rows = ['"NGC 1"   1.5  -9', "  NGC2 2.5D+01   4  ", "NGC3\t\tnan  5"]
    for name in ("t.txt", "t.csv", "t.dat"):
        path = text(tmp_path, end.join([head, *rows, ""]), name)

        assert column_names(path) == ["name", "flux", "mag"]
        table = read_columns(path, ["name", "flux", "mag"])
        assert table["name"].to_list() == ["NGC 1", "NGC2", "NGC3"]
        np.testing.assert_array_equal(table["flux"], [1.5, 25.0, np.nan])
        assert table["mag"].to_list() == [-9, 4, 5]
        assert count_rows(path) == 3


def test_an_archive_table_without_its_description_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="put the catalogue's ReadMe beside the table"):
        column_names(text(tmp_path, "1237 4.5 smooth\n1238 5.5 disk\n", "table1.dat"))


@pytest.mark.parametrize(
    ("begin", "kind"),
    [
        (b"SIMPLE  =                    T", "FITS file; name it .fits"),
        (b"PAR1\0\0", "Parquet file; name it .parquet"),
        (b"\n<!DOCTYPE HTML><html>", "web page"),
        (b"PK\x03\x04\0\0", "zip or a spreadsheet"),
        (b'<?xml version="1.0"?>', "name it .vot"),
    ],
)
def test_other_files_called_csv_are_named(tmp_path: Path, begin: bytes, kind: str) -> None:
    with pytest.raises(InputError, match=kind):
        column_names(text(tmp_path, begin + b"\n" * 200))


@pytest.mark.parametrize(
    "form", ["basic", "commented_header", "fixed_width", "ecsv", "tab", "csv", "fixed_width_two_line"]
)
def test_no_form_of_astropy_shifts_a_value_to_another_column(tmp_path: Path, form: str) -> None:
    alpha = MaskedColumn([1.5, 2.0], mask=[False, True])
    Table({"id": [1, 2], "label": ["disk", "a b"], "alpha": alpha}).write(tmp_path / "t.txt", format=f"ascii.{form}")
    try:
        table = read_columns(tmp_path / "t.txt", ["label", "alpha"], ids=["id"])
    except InputError:
        assert form == "fixed_width_two_line"
    else:
        assert table["label"].to_list() == ["disk", "a b"] and table["alpha"].fillna(-1).to_list() == [1.5, -1]


@pytest.mark.parametrize("word", ["\u2013", "\u2014", "...", "\u2026", "n.a.", "nil", "INDEF", "#NUM!", "#DIV/0!", "*"])
def test_more_words_for_no_value(tmp_path: Path, word: str) -> None:
    table = read_columns(text(tmp_path, f"label,alpha\ndisk,1\n{word},{word}\n"), ["label", "alpha"])
    assert table["label"].isna().to_list() == table["alpha"].isna().to_list() == [False, True]


@pytest.mark.parametrize("value", ["\u201c7\u201d", "\u20187\u2019", "'7", '="7"', "'7'"])
def test_wrappings_of_an_id(tmp_path: Path, value: str) -> None:
    path = text(tmp_path, "id,a\n" + (f'"{value.replace(chr(34), chr(34) * 2)}"' if '"' in value else value) + ",1\n")
    assert read_columns(path, ["a"], ids=["id"])["id"].to_list() == ["7"]


def test_line_ends_of_two_kinds_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"t\.csv: some lines end in a carriage return alone"):
        read_columns(text(tmp_path, "id,a\n1,2\r3,4\r\n5,6\n"), ["a"], ids=["id"])
