"""The upstream tables, opened: each column found, each batch in our names and types."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from truemorph.components.errors import InputError
from truemorph.components.example_gen.columns import resolve
from truemorph.components.tables import batches

VOTES_COLUMNS = ("fraction", "weighted_fraction", "count")
_TEXT = ("objid", "sample", "asset_id")
_ANSWERS = ("smooth", "disk", "artifact")


@dataclass(frozen=True)
class Source:
    """One upstream table.

    Args:
        kind: 'votes', 'photometry', 'structure' or 'mapping'.
        path: the file.
        columns: the file's name of each column, by ours.
    """

    kind: str
    path: Path
    columns: Mapping[str, str]

    def batches(self) -> Iterator[pd.DataFrame]:
        """The table in our names, in batches: objid, sample and asset_id as text, all others float64.

        Raises:
            InputError: if the file is damaged, holds floats as ids, or text where a number must be.
        """
        ids = [self.columns[name] for name in ("objid", "asset_id") if name in self.columns]
        for batch in batches(self.path, list(self.columns.values()), ids):
            yield pd.DataFrame({name: self._typed(name, batch[column]) for name, column in self.columns.items()})

    def rows(self) -> int:
        """Number of rows, from a pass over the id column."""
        column = self.columns["objid"]
        return sum(len(batch) for batch in batches(self.path, [column], [column]))

    def _typed(self, name: str, values: "pd.Series[Any]") -> "pd.Series[Any]":
        if name in _TEXT:
            return values.where(values.isna(), values.astype(str).str.strip()).astype(object)
        numbers = pd.to_numeric(values, errors="coerce").astype("Float64").astype("float64")
        text = values[numbers.isna() & values.notna()]
        if len(text):
            raise InputError(
                f"{self.path}: column '{self.columns[name]}' holds {str(text.iloc[0])[:40]!r} "
                f"in row {text.index[0] + 1}, not a number; mend it or leave it empty"
            )
        return numbers


@dataclass(frozen=True)
class Sources:
    """All upstream input of one ingest.

    Args:
        tables: the tables, votes first.
        images: folder of the images; None where only the catalogue is wanted.
        votes_column: which votes make label_raw: 'fraction', 'weighted_fraction' or 'count'.
    """

    tables: tuple[Source, ...]
    images: Path | None
    votes_column: str

    @property
    def votes(self) -> Source:
        """The table whose rows are the galaxies."""
        return self.tables[0]


def open_sources(
    votes: Path,
    photometry: Path,
    images: Path | None,
    mapping: Path | None = None,
    structure: Path | None = None,
    votes_column: str = "fraction",
) -> Sources:
    """Find every column in every table, reading headers only.

    Raises:
        InputError: if a file, a folder or a needed column is missing, or votes_column is unknown.
    """
    if votes_column not in VOTES_COLUMNS:
        raise InputError(f"votes.column: {votes_column!r} is not one of {', '.join(VOTES_COLUMNS)}")
    if images is not None and not images.is_dir():
        raise InputError(f"{images}: {'is not a folder' if images.exists() else 'no such folder'}; give that of images")
    kinds = dict.fromkeys((votes_column, "count", "debiased"))
    named = {kind: [f"{answer}_{kind}" for answer in _ANSWERS] for kind in kinds}
    needed = ["objid", *named.pop(votes_column)]
    others = [name for names in named.values() for name in names]
    tables = [
        Source("votes", votes, resolve(votes, "votes", needed, [*others, "sample", "redshift"])),
        Source(
            "photometry",
            photometry,
            resolve(photometry, "photometry", ["objid", "petroRad_r", "psfWidth_r"], ["petroMag_r", "redshift"]),
        ),
    ]
    if structure is not None:
        tables.append(Source("structure", structure, resolve(structure, "structure", ["objid", "ng", "e", "Rhlr"])))
    if mapping is not None:
        tables.append(Source("mapping", mapping, resolve(mapping, "mapping", ["objid", "asset_id"], ["sample"])))
    return Sources(tuple(tables), images, votes_column)
