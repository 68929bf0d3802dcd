"""Masked values: astropy writes what it masked into Parquet and some ECSV, and the mask beside it."""

from pathlib import Path

import numpy as np
import pytest
from astropy.table import MaskedColumn, Table

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
