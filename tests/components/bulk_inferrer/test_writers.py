"""Every format: the same rows, ids as text, what is not known as such, and the facts in the file's metadata."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from astropy.io import votable
from astropy.table import Table

from truemorph.components.bulk_inferrer.writers import WRITERS, companion, write_facts

FACTS = {"truemorph": "0.1.0", "model": "debiased", "model_version": "3", "model_hash": "ab" * 32}
FACTS |= {"law": "exponential", "theta": 9.18}
IDS = ["587722981741363294", "007", "1e5"]


def tables() -> list[pd.DataFrame]:
    """Two parts, the second one of a damaged image only."""
    whole = pd.DataFrame(
        {
            "objid": IDS,
            "alpha": np.array([9.5, np.nan, 7.0], np.float32),
            "observed": ["smooth", None, "disk"],
            "p_disk": np.array([0.25, 0.75, np.nan], np.float32),
            "label": ["smooth", "disk", None],
            "status": ["ok", "ok", 'unreadable: a, "b"'],
        }
    )
    return [whole[:2], whole[2:]]


def write(folder: Path, ending: str, facts: Any = FACTS) -> Path:
    path = folder / f"p{ending}"
    WRITERS[ending](tables(), facts, path)
    if ending == ".csv":
        write_facts(path, tables()[0].columns, facts, companion(path))
    return path


def read(path: Path) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    if path.suffix == ".csv":
        return pd.read_csv(path, dtype={"objid": str})
    kind = {} if path.suffix == ".vot" else {"mask_invalid": False}
    table = Table.read(path, format={".vot": "votable", ".fits": "fits"}[path.suffix], **kind)
    table.convert_bytestring_to_unicode()
    return pd.DataFrame(
        {name: np.ma.filled(table[name], "" if table[name].dtype.kind == "U" else np.nan) for name in table.colnames}
    )


def facts_of(path: Path) -> dict[str, Any]:
    if path.suffix == ".parquet":
        import pyarrow.parquet

        return json.loads(pyarrow.parquet.read_schema(path).metadata[b"truemorph"])
    if path.suffix == ".csv":
        return json.loads(companion(path).read_text())["truemorph"]
    if path.suffix == ".vot":
        return {info.name: info.value for info in votable.parse(path).resources[0].infos}
    header = Table.read(path).meta
    keys = {"truemorph": "TRUEMORP", "model_hash": "MODELSHA", "model_version": "MODELVER"}
    return {name: header[keys.get(name, name.upper())] for name in FACTS}


@pytest.mark.parametrize("ending", list(WRITERS))
def test_rows_and_facts(tmp_path: Path, ending: str) -> None:
    path = write(tmp_path, ending)
    table, wanted = read(path), pd.concat(tables(), ignore_index=True)
    assert list(table.columns) == list(wanted.columns)
    assert table["objid"].tolist() == IDS
    for name in ("alpha", "p_disk"):
        np.testing.assert_array_equal(table[name].astype("float32"), wanted[name])
    for name in ("observed", "label", "status"):
        assert table[name].fillna("").tolist() == wanted[name].fillna("").tolist()
    assert {name: str(value) for name, value in facts_of(path).items()} == {k: str(v) for k, v in FACTS.items()}


@pytest.mark.parametrize("ending", list(WRITERS))
def test_facts_that_are_not_known(tmp_path: Path, ending: str) -> None:
    path = write(tmp_path, ending, FACTS | {"law": None, "theta": None, "model_version": None})
    assert len(read(path)) == 3
    if ending == ".fits":
        assert "THETA" not in Table.read(path).meta
    else:
        assert facts_of(path).get("theta") is None


def test_the_companion_of_a_csv_is_csv_on_the_web(tmp_path: Path) -> None:
    described = json.loads(companion(write(tmp_path, ".csv")).read_text())
    assert (described["@context"], described["url"]) == ("http://www.w3.org/ns/csvw", "p.csv")
    kinds = {column["name"]: column["datatype"] for column in described["tableSchema"]["columns"]}
    assert (kinds["objid"], kinds["p_disk"], kinds["status"]) == ("string", "float", "string")
