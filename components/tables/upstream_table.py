"""One upstream table, opened: each column found, each batch in our names and types."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from truemorph.components.classes import CLASS_NAMES
from truemorph.components.errors import InputError
from truemorph.components.tables.coordinates import degrees
from truemorph.components.tables.expressions import Expression
from truemorph.components.tables.table import batches, count_rows
from truemorph.components.tables.values import numbers

IDS = ("objid", "asset_id", "file")
_ALSO = {
    "disk": ("features_or_disk", "features or disk", "featured-or-disk", "featured"),
    "artifact": ("star_or_artifact", "star or artifact"),
}
"""Other words of surveys for a class."""
_FLAGS = {"true": 1.0, "false": 0.0}
_DRIVE = r"^[A-Za-z]:(?=/)"


@dataclass(frozen=True)
class UpstreamTable:
    """One upstream table.

    Args:
        kind: 'votes', 'photometry', 'structure', 'mapping' or 'positions'.
        path: the file.
        columns: the file's name of each column, by ours.
        computed: expressions over the file's columns, by our name.
        classes: names of the classes, in the order of their numbers.
    """

    kind: str
    path: Path
    columns: Mapping[str, str]
    computed: Mapping[str, Expression] = field(default_factory=dict)
    classes: tuple[str, ...] = CLASS_NAMES

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
                table[name] = pd.Series(made.evaluate(values, len(batch)), index=batch.index)
            yield pd.DataFrame(table)

    def rows(self) -> int:
        """Number of rows by `count_rows`, which does not go by what `batches` reads."""
        return count_rows(self.path)

    def _typed(self, name: str, column: str, values: "pd.Series[Any]") -> "pd.Series[Any]":
        if name == "file":
            # As Windows writes a path.
            return values.str.replace("\\", "/").str.replace(_DRIVE, "", regex=True)
        if name in IDS:
            return values
        if name == "sample":
            # Few words, many rows.
            return values.map({value: str(value) for value in values.dropna().unique()}).astype(object)
        if name == "label_raw":
            # A label that is none of the classes is -1, which the join rejects.
            labels = values.astype(str).str.lower().map(_words(self.classes)).fillna(-1.0)
            return labels.where(values.notna(), np.nan).astype("float64")
        if name in ("ra", "dec"):
            return pd.Series(degrees(name, values), index=values.index)
        return self._numbers(column, values)

    def _numbers(self, column: str, values: "pd.Series[Any]") -> "pd.Series[Any]":
        known = numbers(values)
        text = values[known.isna() & values.notna()]
        if text.empty:
            return known
        flags = text.str.lower().map(_FLAGS)
        if flags.isna().any():
            bad = text[flags.isna()]
            cure = "write decimals with a point" if "," in str(bad.iloc[0]) else "fix it or leave it empty"
            raise InputError(
                f"{self.path}: column '{column}' holds {str(bad.iloc[0])[:40]!r} "
                f"in row {bad.index[0] + 1}, not a number; {cure}"
            )
        return known.fillna(flags)


def _words(classes: Sequence[str]) -> dict[str, float]:
    """The number of each class by every word that stands for it."""
    flags = _FLAGS if tuple(classes) == CLASS_NAMES else {}
    found = dict(flags)
    for place, name in enumerate(classes):
        words = (name.lower(), *_ALSO.get(name, ()), str(place), f"{place}.0")
        found |= dict.fromkeys(words, float(place))
    return found
