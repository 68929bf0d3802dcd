"""Masked values: astropy writes what it masked into Parquet and some ECSV, and the mask beside it."""

from pathlib import Path

import numpy as np
import pytest
from astropy.io.votable import from_table
from astropy.table import MaskedColumn, Table

from truemorph.components.errors import InputError
from truemorph.components.tables.table import count_rows, read_columns
from truemorph.components.tables.typed import read_typed

MASK = [False, True, False]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("t.parquet", {}),
        ("t.ecsv", {"serialize_method": "data_mask"}),
        ("t.ecsv", {"serialize_method": "data_mask", "delimiter": ","}),
        ("t.fits", {"serialize_method": "data_mask"}),
        ("t.ecsv", {}),
        ("t.fits", {}),
        ("t.vot", {"format": "votable"}),
        ("t.vot", {"format": "votable", "tabledata_format": "binary"}),
        ("t.vot", {"format": "votable", "tabledata_format": "binary2"}),
    ],
)
def test_what_is_masked_is_no_value(tmp_path: Path, name: str, options: dict[str, str]) -> None:
    label, alpha = MaskedColumn(["disk", "smooth", "disk"], mask=MASK), MaskedColumn([3.5, 99.0, 7.0], mask=MASK)
    Table({"id": [1, 2, 3], "label": label, "alpha": alpha}).write(tmp_path / name, **options)
    table = read_columns(tmp_path / name, ["alpha", "label"], ids=["id"])
    assert table["id"].to_list() == ["1", "2", "3"] and count_rows(tmp_path / name) == 3
    assert table["label"].to_list() == ["disk", None, "disk"]
    np.testing.assert_array_equal(table["alpha"], [3.5, np.nan, 7.0])
    typed = read_typed(tmp_path / name, "id", ["label", "alpha"])
    assert typed.column_names == ["objid", "label", "alpha"] and typed["label"].to_pylist() == ["disk", None, "disk"]


def test_a_mask_that_masks_nothing_and_one_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("id,a,a.mask\n1,5,\n2,6,no\n3,7,True\n")
    table = read_columns(path, ["a", "a.mask"], ids=["id"])
    np.testing.assert_array_equal(table["a"], [5, 6, np.nan])
    assert table["a.mask"].to_list() == [None, "no", "True"]


@pytest.mark.parametrize("kind", ["tabledata", "binary", "binary2"])
def test_masked_values_of_every_type_in_a_votable(tmp_path: Path, kind: str) -> None:
    """In BINARY2 a flag hides a word; the whole numbers of BINARY have a number that stands for none."""
    columns = {
        "i": np.array([1, 2, 3]),
        "u": np.array([1, 2, 3], "u1"),
        "f": np.array([1, 2, 3], "f4"),
        "bytes": np.array([b"disk", b"smooth", b"disk"]),
        "words": np.array(["disk", "smooth", "di"], dtype=object),
    }
    votable = from_table(Table({name: MaskedColumn(values, mask=MASK) for name, values in columns.items()}))
    for field in votable.get_first_table().fields:
        field.values.null = 77 if field.name in "iu" else None
    votable.to_xml(str(tmp_path / "t.vot"), tabledata_format=kind)
    table = read_columns(tmp_path / "t.vot", [*reversed(columns)])
    assert table.isna().to_numpy().tolist() == [[False] * 5, [True] * 5, [False] * 5]
    assert table.iloc[2].to_list() == ["di", "disk", 3, 3, 3]


def test_masked_words_of_several_a_row_are_refused_by_name(tmp_path: Path) -> None:
    words = MaskedColumn([["a", "b"], ["c", "d"]], mask=[[False, True], [False, False]])
    for name in ("t.parquet", "t.fits", "t.ecsv"):
        Table({"id": [1, 2], "words": words}).write(tmp_path / name)
        with pytest.raises(
            InputError, match=rf"{name}: column 'words(.mask)?' .*(one value per row|several values per row)"
        ):
            read_columns(tmp_path / name, ["words"])


def test_words_that_ecsv_keeps_as_objects_are_words(tmp_path: Path) -> None:
    Table({"o": np.array(["disk", "smooth"], dtype=object)}).write(tmp_path / "t.ecsv")
    assert read_columns(tmp_path / "t.ecsv", ["o"])["o"].to_list() == ["disk", "smooth"]
