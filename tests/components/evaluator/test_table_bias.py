"""The bias of any table."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from labels import N, biased_labels, write

from truemorph.components.errors import InputError
from truemorph.components.evaluator.table_bias import describe, table_bias
from truemorph.components.measures.cv14 import cv14_bias
from truemorph.components.measures.cv18 import cv18_bias


@pytest.fixture(scope="module")
def sky() -> pd.DataFrame:
    return biased_labels()


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".fits", ".vot"])
def test_every_format_gives_what_the_function_gives(sky: pd.DataFrame, tmp_path: Path, ending: str) -> None:
    path = write(sky, tmp_path / f"sky{ending}")
    result = table_bias(path, "seen", "alpha", ["size", "redshift"], depth=2)
    expected = cv18_bias(sky["seen"], sky["alpha"], sky[["size", "redshift"]], depth=2)
    assert result["value"] == pytest.approx(expected.value, abs=1e-14)
    assert result["interval"] == pytest.approx(list(expected.interval), abs=1e-12)
    assert (result["measure"], result["rows"], result["n"], result["dropped"]) == ("CV18", N, N, {})
    assert result["columns"] == {"label": "seen", "alpha": ["alpha"], "intrinsic": ["size", "redshift"]}
    assert json.loads(json.dumps(result, allow_nan=False)) == result


def test_several_observables_each_with_its_reference(sky: pd.DataFrame, tmp_path: Path) -> None:
    path = write(sky.assign(blur=-sky["alpha"] - sky["size"]), tmp_path / "sky.csv")
    result = table_bias(path, "seen", ["alpha", "blur"], ["redshift"], depth=1, reference=["last", "first"])
    alpha = np.column_stack([sky["alpha"], -sky["alpha"] - sky["size"]])
    expected = cv18_bias(sky["seen"], alpha, sky["redshift"], depth=1, reference=["last", "first"])
    assert result["value"] == pytest.approx(expected.value, abs=1e-14)
    assert (result["columns"]["alpha"], result["reference"]) == (["alpha", "blur"], ["last", "first"])
    assert "reference last, first" in describe(result)
    both = table_bias(path, "seen", ["alpha", "blur"], reference="first")
    assert both["reference"] == "first"


def test_a_label_is_the_same_as_number_and_as_word(sky: pd.DataFrame, tmp_path: Path) -> None:
    """A column of a CSV is read a batch at a time, and only a batch without any other word comes as numbers."""
    words = sky.assign(seen=np.where(np.arange(N) == N - 1, "star", sky["seen"].astype(str)))
    result = table_bias(write(words, tmp_path / "sky.csv"), "seen", "alpha")
    assert result["classes"] == [0, 1, "star"]
    assert result["value"] == pytest.approx(cv14_bias(words["seen"].to_numpy(str), sky["alpha"]).value, abs=1e-14)


def test_words_are_labels_and_options_reach_the_measure(sky: pd.DataFrame, tmp_path: Path) -> None:
    words = sky.assign(seen=np.where(sky["seen"] == 1, "disk", "smooth"))
    result = table_bias(write(words, tmp_path / "sky.csv"), "seen", "alpha", bins=5, reference="overall")
    expected = cv14_bias(sky["seen"], sky["alpha"], bins=5, reference="overall")
    assert result["value"] == pytest.approx(expected.value, abs=1e-14)
    assert (result["classes"], result["measure"], result["bins"]) == (["disk", "smooth"], "CV14", 5)


def test_incomplete_rows_are_dropped_and_counted_by_reason(sky: pd.DataFrame, tmp_path: Path) -> None:
    holes = sky.astype({"seen": "Int64"})
    holes.loc[:4, "seen"] = pd.NA
    holes.loc[3:9, "alpha"] = np.nan
    holes.loc[20:21, "size"] = np.inf
    for ending in (".parquet", ".csv"):
        result = table_bias(write(holes, tmp_path / f"sky{ending}"), "seen", "alpha", ["size"])
        assert result["dropped"] == {"no seen": 5, "no finite value of alpha": 5, "no finite value of size": 2}
        assert (result["rows"], result["n"], result["classes"]) == (N, N - 12, [0, 1])
        keep = holes.drop(index=[*range(10), 20, 21])
        expected = cv18_bias(keep["seen"].to_numpy(int), keep["alpha"], keep["size"])
        assert result["value"] == pytest.approx(expected.value, abs=1e-14)


def test_null_words_are_no_class_in_any_format(sky: pd.DataFrame, tmp_path: Path) -> None:
    words = sky.assign(seen=np.where(sky["seen"] == 1, "disk", "smooth").astype(object))
    words.loc[:99, "seen"] = np.resize(np.array(["", "  ", "N/A", "NULL", "nan", "--", "None", "masked"]), 100)
    expected = cv14_bias(words["seen"][100:].to_numpy(str), words["alpha"][100:])
    for ending in (".csv", ".parquet", ".fits", ".vot"):
        result = table_bias(write(words, tmp_path / f"sky{ending}"), "seen", "alpha")
        assert (result["classes"], result["dropped"]) == (["disk", "smooth"], {"no seen": 100})
        assert result["value"] == pytest.approx(expected.value, abs=1e-14)


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("value", [-9999.0, -999.0, 99.99, 999.0])
def test_numbers_that_stand_for_no_value_are_left_out(
    sky: pd.DataFrame, tmp_path: Path, value: float, kind: type
) -> None:
    measured = sky.assign(alpha=sky["alpha"].clip(upper=40).astype(kind))
    gaps = measured.assign(alpha=measured["alpha"].where(sky.index % 10 != 0, kind(value)))
    path = write(gaps, tmp_path / "sky.parquet")
    result = table_bias(path, "seen", "alpha")
    keep = measured[measured.index % 10 != 0]
    assert result["value"] == pytest.approx(cv14_bias(keep["seen"], keep["alpha"]).value, abs=1e-14)
    assert result["dropped"] == {f"alpha is {value:g}, which stands for no value": N // 10}
    assert table_bias(path, "seen", "alpha", sentinel=[-1.0])["n"] == N


def test_a_number_of_ones_own_that_stands_for_no_value(sky: pd.DataFrame, tmp_path: Path) -> None:
    path = write(sky.assign(size=sky["size"].where(sky.index % 4 != 0, -1.5)), tmp_path / "sky.csv")
    result = table_bias(path, "seen", "alpha", ["size"], depth=1, sentinel=[-1.5])
    assert (result["n"], result["dropped"]) == (1500, {"size is -1.5, which stands for no value": 500})


def test_a_class_of_dropped_rows_alone_is_no_class(sky: pd.DataFrame, tmp_path: Path) -> None:
    lost = sky.assign(seen=sky["seen"].where(sky.index >= 9, 5), alpha=sky["alpha"].where(sky.index >= 9, -9999.0))
    assert table_bias(write(lost, tmp_path / "sky.csv"), "seen", "alpha")["classes"] == [0, 1]


def test_labels_and_numbers_of_other_types(sky: pd.DataFrame, tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    seen = sky["seen"].tolist()
    columns = {
        "bytes": pa.array([b"disk" if k else b"smooth" for k in seen]),
        "decimal": pa.array([Decimal(k) for k in seen], pa.decimal128(5, 1)),
        "bool": pa.array([bool(k) for k in seen]),
        "day": pa.array([date(2020, 1, 1 + k) for k in seen]),
        "list": pa.array([[k] for k in seen]),
        "struct": pa.array([{"k": k} for k in seen]),
        "alpha": pa.array([Decimal(round(a * 1000)).scaleb(-3) for a in sky["alpha"]], pa.decimal128(12, 3)),
        "words": pa.array([f" {a} " if a < 12 else "N/A" for a in sky["alpha"]]),
    }
    path = tmp_path / "sky.parquet"
    pq.write_table(pa.table(columns), path)
    expected = cv14_bias(sky["seen"], sky["alpha"].round(3)).value
    for label in ("bytes", "decimal", "bool"):
        assert table_bias(path, label, "alpha")["value"] == pytest.approx(expected, abs=1e-14)
    assert table_bias(path, "bytes", "words")["n"] == (sky["alpha"] < 12).sum()
    assert table_bias(path, "day", "alpha")["classes"] == ["2020-01-01", "2020-01-02"]
    with pytest.raises(InputError, match="column 'day' must hold numbers; received '2020-01-0"):
        table_bias(path, "bytes", "day")
    for column in ("list", "struct"):
        for label, alpha in ((column, "alpha"), ("bytes", column)):
            with pytest.raises(InputError, match=rf"column '{column}' holds {column}<.*; give a column with one value"):
                table_bias(path, label, alpha)


def test_tables_larger_than_a_batch_are_read_whole(
    sky: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from truemorph.components.tables import table

    whole = table.batches
    monkeypatch.setattr(table, "batches", lambda path, columns: whole(path, columns, rows=300))
    words = sky.assign(seen=np.where(np.arange(N) < 400, "smooth", np.where(sky["seen"] == 1, "disk", "smooth")))
    result = table_bias(write(words, tmp_path / "sky.parquet"), "seen", "alpha")
    assert result["n"] == N
    assert result["value"] == cv14_bias(words["seen"].to_numpy(str), sky["alpha"]).value


def test_unknown_is_a_status(sky: pd.DataFrame, tmp_path: Path) -> None:
    path = write(sky.assign(seen=1).iloc[:100], tmp_path / "sky.csv")
    result = table_bias(path, "seen", "alpha")
    assert (result["status"], result["value"]) == ("degenerate", None)
    assert result["why"] == "every label is 1: such labels cannot show a bias"
    assert table_bias(path, "seen", "alpha", ["size"], depth=9)["status"] == "insufficient_data"
    flat = table_bias(write(sky.assign(alpha=4.0), tmp_path / "flat.csv"), "seen", "alpha")
    assert (flat["status"], flat["value"]) == ("not_identifiable", None)


def test_description_tells_value_floor_and_losses(sky: pd.DataFrame, tmp_path: Path) -> None:
    table = sky.astype({"seen": float})
    table.loc[0, "seen"] = np.nan
    text = describe(table_bias(write(table, tmp_path / "sky.csv"), "seen", "alpha", ["size", "redshift"]))
    for part in (
        "CV18 bias 0.",
        "noise floor 0.",
        "without noise 0.",
        "1999 of 2000 rows",
        "8 leaves",
        "dropped 1: no seen",
    ):
        assert part in text
