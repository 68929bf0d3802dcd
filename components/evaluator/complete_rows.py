"""The rows of a table that have a label and all numbers; the others counted by the first thing that they lack."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from truemorph.components.errors import InputError
from truemorph.components.tables.nulls import is_null, sentinels

# More classes than this and the column is hardly a column of labels.
MOST_CLASSES = 100
Mask = npt.NDArray[np.bool_]


class CompleteRows:
    """The complete rows of a table, gathered batch by batch as compact columns.

    Args:
        path: the table, for messages.
        label: its column of labels.
        columns: its columns of numbers.
        sentinel: numbers that stand for no value; None: those of the known list that lie far off all others.
    """

    def __init__(self, path: Path, label: str, columns: Sequence[str], sentinel: Sequence[float] | None = None) -> None:
        self.path, self.label, self.columns, self.sentinel = path, label, list(columns), sentinel
        self.classes: list[Any] = []
        self.rows = 0
        self.dropped: dict[str, int] = {}
        self._codes: list[npt.NDArray[np.uint8]] = []
        self._values: dict[str, list[npt.NDArray[Any]]] = {name: [] for name in self.columns}

    def add(self, batch: pd.DataFrame) -> None:
        """Take the complete rows of a batch."""
        self.rows += len(batch)
        codes = self._encode(batch[self.label])
        keep = self._without(np.ones(len(batch), dtype=bool), codes < 0, f"no {self.label}")
        found = {name: numbers(self.path, name, batch[name]) for name in self.columns}
        for name, values in found.items():
            keep = self._without(keep, ~np.isfinite(values), f"no finite value of {name}")
        self._codes.append(codes[keep].astype(np.uint8))
        for name, values in found.items():
            self._values[name].append(values[keep])

    def arrays(self) -> tuple[npt.NDArray[np.uint8], dict[str, npt.NDArray[Any]]]:
        """Codes of the labels, and the columns, without the rows whose number stands for no value.

        Raises:
            InputError: if no row is complete.
        """
        codes = np.concatenate(self._codes)
        columns = {name: np.concatenate(self._values.pop(name)) for name in self.columns}
        keep = np.ones(len(codes), dtype=bool)
        for name, values in columns.items():
            stands = sentinels(values) if self.sentinel is None else np.isin(values, list(self.sentinel))
            for value in np.unique(values[stands]):
                keep = self._without(keep, values == value, f"{name} is {value:g}, which stands for no value")
        if not keep.all():
            codes, columns = codes[keep], {name: values[keep] for name, values in columns.items()}
        if not len(codes):
            raise InputError(f"{self.path}: no row has a value in each of {', '.join([self.label, *self.columns])}")
        return codes, columns

    def _without(self, keep: Mask, missing: Mask, reason: str) -> Mask:
        lost = int(np.count_nonzero(keep & missing))
        if lost:
            self.dropped[reason] = self.dropped.get(reason, 0) + lost
        return keep & ~missing

    def _encode(self, labels: "pd.Series[Any]") -> npt.NDArray[np.int16]:
        """The position of each label in the list of classes; -1 where there is none."""
        try:
            codes, found = pd.factorize(labels)
        except TypeError:
            raise _no_label(self.path, self.label, labels.dropna().iloc[0]) from None
        position = {name: k for k, name in enumerate(self.classes)}
        table = [-1] * (len(found) + 1)
        for k, value in enumerate(np.asarray(found, dtype=object).tolist()):
            name = class_name(self.path, self.label, value)
            if name is None:
                continue
            if name not in position:
                position[name] = len(self.classes)
                self.classes.append(name)
            table[k] = position[name]
            if len(self.classes) > MOST_CLASSES:
                raise InputError(
                    f"{self.path}: column '{self.label}' holds over {MOST_CLASSES} different values, such as "
                    f"{self.classes[0]!r} and {name!r}; give a column of class labels"
                )
        return np.array(table, dtype=np.int16)[codes]


def class_name(path: Path, column: str, value: Any) -> Any:
    """A label as word or whole number, None where it is a null: 1.0, Decimal('1') and the word '1' are 1."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, str):
        word = value.strip()
        # A batch of a CSV without any other word has been read as numbers.
        if word.removeprefix("-").isdecimal() and str(int(word)) == word:
            return int(word)
        return None if is_null([word])[0] else word
    if isinstance(value, (float, Decimal)):
        if not np.isfinite(float(value)) or int(value) != value:
            raise _no_label(path, column, value)
        return int(value)
    if not isinstance(value, (bool, int)):
        raise _no_label(path, column, value)
    return value


def _no_label(path: Path, column: str, value: object) -> InputError:
    return InputError(f"{path}: column '{column}' holds {value!r}; labels are words or whole numbers")


def numbers(path: Path, name: str, values: "pd.Series[Any]") -> npt.NDArray[Any]:
    """A column as numbers, NaN where there is none; float32 stays float32."""
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        kind = np.float32 if values.dtype == np.float32 else np.float64
        return values.to_numpy(dtype=kind, na_value=np.nan)
    held = values.astype(object).to_numpy()
    known = ~is_null(held)
    values_of = np.full(len(held), np.nan)
    for row in np.flatnonzero(known):
        try:
            if isinstance(held[row], bool):
                raise ValueError
            values_of[row] = float(held[row])
        except (TypeError, ValueError):
            raise InputError(f"{path}: column '{name}' must hold numbers; received {held[row]!r}") from None
    return values_of
