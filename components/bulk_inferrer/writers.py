"""Predictions as Parquet, CSV, FITS and VOTable, with what they were made by in the file's own metadata."""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

Facts = Mapping[str, Any]
FACTS = "truemorph"
"""Key of the facts in Parquet's metadata, as JSON; in CSV's companion too."""


def companion(out: Path) -> Path:
    """Where a CSV's metadata stand: CSV has no place for them, and CSV on the Web names this one."""
    return out.with_name(f"{out.name}-metadata.json")


def write_parquet(tables: Iterable[pd.DataFrame], facts: Facts, path: Path) -> None:
    """Write tables one after the other; the facts are JSON under the metadata key 'truemorph'."""
    import pyarrow as pa
    import pyarrow.parquet

    writer = None
    try:
        for table in tables:
            block = pa.Table.from_pandas(table, schema=_schema(table.columns), preserve_index=False)
            block = block.replace_schema_metadata({FACTS: json.dumps(dict(facts))})
            writer = writer or pyarrow.parquet.ParquetWriter(path, block.schema)
            writer.write_table(block)
    finally:
        if writer is not None:
            writer.close()


def write_csv(tables: Iterable[pd.DataFrame], facts: Facts, path: Path) -> None:
    """Write tables one after the other; the facts stand in the companion, see write_facts."""
    for place, table in enumerate(tables):
        table.to_csv(path, index=False, mode="a" if place else "w", header=not place)


def write_facts(out: Path, columns: Iterable[str], facts: Facts, path: Path) -> None:
    """Write the companion of a CSV, in CSV on the Web's vocabulary.

    References:
        W3C Recommendation 'Metadata Vocabulary for Tabular Data', 2015.
    """
    kinds = [{"name": name, "datatype": "float" if name in _FLOATS else "string"} for name in columns]
    described = {"@context": "http://www.w3.org/ns/csvw", "url": out.name, "tableSchema": {"columns": kinds}}
    path.write_text(json.dumps(described | {FACTS: dict(facts)}, indent=1) + "\n", encoding="utf-8")


def write_fits(tables: Iterable[pd.DataFrame], facts: Facts, path: Path) -> None:
    """Write tables as one, which is held in memory; the facts are cards of the header."""
    table = _astropy(tables)
    table.meta = {_CARDS.get(name, name.upper()): value for name, value in facts.items() if value is not None}
    table.write(path, format="fits", overwrite=True)


def write_votable(tables: Iterable[pd.DataFrame], facts: Facts, path: Path) -> None:
    """Write tables as one, which is held in memory; the facts are INFO elements."""
    from astropy.io.votable import from_table
    from astropy.io.votable.tree import Info

    document = from_table(_astropy(tables))
    infos = [Info(name=name, value=str(value)) for name, value in facts.items() if value is not None]
    document.resources[0].infos.extend(infos)
    document.to_xml(str(path))


WRITERS: Mapping[str, Callable[[Iterable[pd.DataFrame], Facts, Path], None]] = {
    ".parquet": write_parquet,
    ".csv": write_csv,
    ".fits": write_fits,
    ".vot": write_votable,
}
_CARDS = {"truemorph": "TRUEMORP", "model_version": "MODELVER", "model_hash": "MODELSHA"}
_FLOATS = ("alpha", "p_disk", "p_disk_posterior")


def _schema(columns: Iterable[str]) -> Any:
    """The same for every part: one whose images are all damaged would have a label of no type."""
    import pyarrow as pa

    return pa.schema([(name, pa.float32() if name in _FLOATS else pa.string()) for name in columns])


def _astropy(tables: Iterable[pd.DataFrame]) -> Any:
    """One astropy table: text without nulls, '' instead, and NaN where a number is not known."""
    from astropy.table import Table

    table = pd.concat(list(tables), ignore_index=True)
    columns = {
        name: table[name].to_numpy(np.float32) if name in _FLOATS else table[name].fillna("").to_numpy(str)
        for name in table.columns
    }
    return Table(columns)
