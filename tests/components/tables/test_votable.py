"""Columns of a VOTable that hold more than one value a row."""

from pathlib import Path

import numpy as np
import pytest
from astropy.table import Table

from truemorph.components.errors import InputError
from truemorph.components.tables.table import read_columns


def test_a_column_of_several_values_a_row_is_named(tmp_path: Path) -> None:
    path = tmp_path / "t.vot"
    Table({"id": [1, 2], "x": np.zeros((2, 3))}).write(path, format="votable")
    with pytest.raises(InputError, match=r"t\.vot: column 'x' has several values a row; give a column with one"):
        read_columns(path, ["x"], ids=["id"])
