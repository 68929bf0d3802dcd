"""Labels and tables whose bias is not measured: left out with a count, or refused in one line."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from labels import N, biased_labels, write

from truemorph.components.errors import InputError
from truemorph.components.evaluator.table_bias import table_bias


@pytest.fixture(scope="module")
def sky() -> pd.DataFrame:
    return biased_labels()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "cv18"}, "--intrinsic: CV18 needs at least one column"),
        ({"method": "cv15"}, "--method: received 'cv15'; choose cv14 or cv18"),
        ({"bins": 1}, "--bins: received 1; give at least 2"),
        ({"depth": 2}, "--depth: received 2; CV14 has no leaves"),
        ({"intrinsic": ["size"], "depth": -1}, "--depth: received -1; give a number from 0"),
        ({"reference": "mean"}, "--reference: received 'mean'; choose last, first or overall"),
        ({"reference": ["last", "first"]}, "--reference: received 2 for 1 columns of alpha; give one, or one for each"),
        ({"label": "far"}, "column 'far' holds inf; labels are words or whole numbers"),
        ({"label": "alpha"}, "column 'alpha' holds .*; labels are words or whole numbers"),
        ({"label": "row"}, "column 'row' holds more than 100 different values"),
        ({"alpha": "word"}, "column 'word' must hold numbers; received 'a'"),
        ({"alpha": "nothing"}, "no row has a value in each of seen, nothing"),
        ({"alpha": "alfa"}, "no column 'alfa'; nearest: alpha"),
    ],
)
def test_what_a_user_can_mend_is_said(
    sky: pd.DataFrame, tmp_path: Path, options: dict[str, object], message: str
) -> None:
    table = sky.assign(row=np.arange(N), word="a", nothing=np.nan, far=np.inf)
    path = write(table, tmp_path / "sky.csv")
    with pytest.raises(InputError, match=message):
        table_bias(path, **({"label": "seen", "alpha": "alpha"} | options))


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.csv: no such file"):
        table_bias(tmp_path / "none.csv", "seen", "alpha")


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".vot"])
def test_a_label_that_stands_for_none_is_no_class(sky: pd.DataFrame, tmp_path: Path, ending: str) -> None:
    labels = sky["seen"].where(np.arange(N) >= 100, -9999)
    result = table_bias(write(sky.assign(seen=labels), tmp_path / f"sky{ending}"), "seen", "alpha")

    assert result["value"] == table_bias(write(sky[100:], tmp_path / "rest.csv"), "seen", "alpha")["value"]
    assert result["dropped"] == {"no seen": 100}


def test_words_that_differ_in_case_are_refused(sky: pd.DataFrame, tmp_path: Path) -> None:
    words = np.where(sky["seen"] == 1, "disk", "smooth")
    words[5] = "Smooth"
    with pytest.raises(InputError, match="differ only in case"):
        table_bias(write(sky.assign(seen=words), tmp_path / "sky.csv"), "seen", "alpha")


@pytest.mark.parametrize(("value", "hint"), [("11,5", "; write decimals with a point"), ("5_0", "received '5_0'")])
def test_numbers_written_otherwise_are_no_numbers(sky: pd.DataFrame, tmp_path: Path, value: str, hint: str) -> None:
    table = sky.assign(alpha=sky["alpha"].map(str).where(np.arange(N) != 7, value))
    with pytest.raises(InputError, match=hint):
        table_bias(write(table, tmp_path / "sky.parquet"), "seen", "alpha")


def test_a_damaged_parquet_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "sky.parquet").write_bytes(b"label,alpha\n")
    with pytest.raises(InputError, match=r"sky.parquet: cannot be read"):
        table_bias(tmp_path / "sky.parquet", "label", "alpha")
