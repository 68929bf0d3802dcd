"""Columns in their own types: no id through a float, nulls null."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from truemorph.components.tables.typed import read_typed

COLUMNS = {
    "spec": (["1237648720693755918", "", "299489676975171584"], pa.int64()),
    "long": (["12376487206937559185", "7", "8"], pa.string()),
    "digits": (["1237648720693755918.5", "1.5", "2.5"], pa.string()),
    "mag": (["17.5", "NaN", "1e1"], pa.float64()),
    "hex": (["1e5", "23", "45"], pa.string()),
    "plate": (["0266", "0267", "1000"], pa.string()),
    "name": (["NGC 1", "", "NGC 3"], pa.string()),
    "none": (["", "", ""], pa.string()),
}


@pytest.mark.parametrize("name", list(COLUMNS))
def test_csv(tmp_path: Path, name: str) -> None:
    values, kind = COLUMNS[name]
    file = tmp_path / "t.csv"
    file.write_text("".join(f"{a},{b}\n" for a, b in zip(["id", "1", "2", "3"], [name, *values], strict=True)))
    found = read_typed(file, "id", [name])
    assert found["objid"].to_pylist() == ["1", "2", "3"]
    assert found[name].type == kind
    wanted = [None if text in ("", "NaN") else pa.scalar(text).cast(kind).as_py() for text in values]
    assert found[name].to_pylist() == wanted


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    table = pa.table(
        {
            "id": pa.array([587722981741363294, 2], pa.int64()),
            "u": pa.array([2**63 + 1, None], pa.uint64()),
            "f": pa.array([1.5, None], pa.float32()),
            "b": pa.array([True, None]),
            "t": pa.array(["0012", "5"]).dictionary_encode(),
        }
    )
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet")
    found = read_typed(tmp_path / "t.parquet", "id", ["u", "f", "b", "t", "id"])
    assert found["objid"].to_pylist() == ["587722981741363294", "2"]
    assert found["u"].to_pylist() == [2**63 + 1, None] and found["u"].type == pa.uint64()
    assert found["f"].type == pa.float32() and found["b"].to_pylist() == [True, None]
    assert found["t"].to_pylist() == ["0012", "5"] and found["id"].type == pa.int64()
