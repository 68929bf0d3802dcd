"""The upstream tables, opened: each column found, each batch in our names and types."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from truemorph.components.errors import InputError
from truemorph.components.images.stores import open_store
from truemorph.components.tables.columns import resolve
from truemorph.components.tables.expressions import Expression
from truemorph.components.tables.table import batches

VOTES_COLUMNS = ("fraction", "weighted_fraction", "count")
IDS = ("objid", "asset_id", "file")
_ANSWERS = ("smooth", "disk", "artifact")
# A label that is none of these is -1, which the join rejects.
_LABELS = {"smooth": 0.0, "0": 0.0, "0.0": 0.0, "false": 0.0, "disk": 1.0, "1": 1.0, "1.0": 1.0, "true": 1.0}
_LABELS |= {"features_or_disk": 1.0, "features or disk": 1.0, "featured-or-disk": 1.0, "featured": 1.0}


@dataclass(frozen=True)
class Source:
    """One upstream table.

    Args:
        kind: 'votes', 'photometry', 'structure' or 'mapping'.
        path: the file.
        columns: the file's name of each column, by ours.
        computed: expressions over the file's columns, by our name.
    """

    kind: str
    path: Path
    columns: Mapping[str, str]
    computed: Mapping[str, Expression] = field(default_factory=dict)

    def batches(self) -> Iterator[pd.DataFrame]:
        """The table in our names, in batches: objid, sample, asset_id and file as text, all others float64.

        Raises:
            InputError: if the file is damaged, holds floats as ids, or text where a number must be.
        """
        ids = list(dict.fromkeys(self.columns[name] for name in IDS if name in self.columns))
        needed = [*self.columns.values(), *(name for made in self.computed.values() for name in made.columns)]
        for batch in batches(self.path, list(dict.fromkeys(needed)), ids):
            table = {name: self._typed(name, column, batch[column]) for name, column in self.columns.items()}
            for name, made in self.computed.items():
                values = {column: self._numbers(column, batch[column]).to_numpy() for column in made.columns}
                table[name] = pd.Series(made.evaluate(values), index=batch.index)
            yield pd.DataFrame(table)

    def rows(self) -> int:
        """Number of rows, from a pass over the id column."""
        column = self.columns["objid"]
        return sum(len(batch) for batch in batches(self.path, [column]))

    def _typed(self, name: str, column: str, values: "pd.Series[Any]") -> "pd.Series[Any]":
        if name in IDS:
            return values
        if name == "sample":
            # Few words, many rows.
            return values.map({value: str(value).strip() for value in values.dropna().unique()}).astype(object)
        if name == "label_raw":
            labels = values.astype(str).str.strip().str.lower().map(_LABELS).fillna(-1.0)
            return labels.where(values.notna(), np.nan).astype("float64")
        return self._numbers(column, values)

    def _numbers(self, column: str, values: "pd.Series[Any]") -> "pd.Series[Any]":
        if isinstance(values.dtype, np.dtype) and values.dtype.kind in "iuf":
            return values.astype("float64")
        numbers = pd.to_numeric(values, errors="coerce").astype("Float64").astype("float64")
        text = values[numbers.isna() & values.notna()]
        if len(text):
            raise InputError(
                f"{self.path}: column '{column}' holds {str(text.iloc[0])[:40]!r} "
                f"in row {text.index[0] + 1}, not a number; mend it or leave it empty"
            )
        return numbers


@dataclass(frozen=True)
class Sources:
    """All upstream input of one ingest.

    Args:
        tables: the tables, votes first.
        images: folder, .zip or URL of the images, see `stores`; None where only the catalogue is wanted.
        votes_column: which votes make label_raw: 'fraction', 'weighted_fraction' or 'count'.
    """

    tables: tuple[Source, ...]
    images: str | None
    votes_column: str

    @property
    def votes(self) -> Source:
        """The table whose rows are the galaxies."""
        return self.tables[0]

    def files(self) -> str:
        """The files, for a line of an error."""
        return ", ".join(dict.fromkeys(str(table.path) for table in self.tables))


def open_sources(
    *,
    votes: Path | None = None,
    photometry: Path | None = None,
    images: Path | None = None,
    mapping: Path | None = None,
    structure: Path | None = None,
    table: Path | None = None,
    columns: Mapping[str, str] | None = None,
    bucket: str | None = None,
    votes_column: str = "fraction",
) -> Sources:
    """Find every column in every table, reading headers only.

    Args:
        votes, photometry, mapping, structure: the upstream tables; the first two are needed, unless there is `table`.
        images: folder or .zip.
        table: one's own survey in one table, instead of all the others.
        columns: for `table`: a column or an expression by our name, see `survey`.
        bucket: URL of the images, such as gs://bucket/folder, instead of `images`.
        votes_column: 'fraction', 'weighted_fraction' or 'count'.

    Raises:
        InputError: if a file, a folder or a needed column is missing, or votes_column is unknown.
    """
    from truemorph.components.example_gen.survey import open_survey

    if votes_column not in VOTES_COLUMNS:
        raise InputError(f"votes.column: {votes_column!r} is not one of {', '.join(VOTES_COLUMNS)}")
    location = bucket or (None if images is None else str(images))
    if location is not None:
        open_store(location)
    if table is not None:
        tables, votes_column = open_survey(table, columns or {}, votes_column)
        return Sources(tables, location, votes_column)
    if votes is None or photometry is None:
        raise InputError("--votes and --photometry: both are needed, or --table with a survey of your own")
    return Sources(_upstream(votes, photometry, mapping, structure, votes_column), location, votes_column)


def _upstream(
    votes: Path, photometry: Path, mapping: Path | None, structure: Path | None, votes_column: str
) -> tuple[Source, ...]:
    kinds = dict.fromkeys((votes_column, "count", "debiased"))
    named = {kind: [f"{answer}_{kind}" for answer in _ANSWERS] for kind in kinds}
    needed = ["objid", *named.pop(votes_column)]
    others = [name for names in named.values() for name in names]
    sizes = ["objid", "petroRad_r", "psfWidth_r"]
    tables = [
        Source("votes", votes, resolve(votes, "votes", needed, [*others, "sample", "redshift"])),
        Source("photometry", photometry, resolve(photometry, "photometry", sizes, ["petroMag_r", "redshift"])),
    ]
    if structure is not None:
        tables.append(Source("structure", structure, resolve(structure, "structure", ["objid", "ng", "e", "Rhlr"])))
    if mapping is not None:
        tables.append(Source("mapping", mapping, resolve(mapping, "mapping", ["objid", "asset_id"], ["sample"])))
    return tuple(tables)
