"""The rows of a table that have a label and all numbers; the others counted by the first thing that they lack."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from truemorph.components.errors import InputError
from truemorph.components.tables.nulls import is_listed, is_null, sentinels

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
        classes: those that are known before; others that are found come after them.
    """

    def __init__(
        self,
        path: Path,
        label: str,
        columns: Sequence[str],
        sentinel: Sequence[float] | None = None,
        classes: Sequence[Any] = (),
    ) -> None:
        self.path, self.label, self.columns, self.sentinel = path, label, list(columns), sentinel
        self.classes: list[Any] = list(classes)
        self.rows = 0
        self.dropped: dict[str, int] = {}
        self._codes: list[npt.NDArray[np.uint8]] = []
        self._values: dict[str, list[npt.NDArray[Any]]] = {name: [] for name in self.columns}

    def add(self, batch: pd.DataFrame) -> None:
        """Take the complete rows of a batch."""
        codes, found = self.complete(batch)
        self._codes.append(codes)
        for name, values in found.items():
            self._values[name].append(values)

    def complete(self, batch: pd.DataFrame) -> tuple[npt.NDArray[np.uint8], dict[str, npt.NDArray[Any]]]:
        """Codes of the labels, and the columns, of the complete rows of a batch."""
        self.rows += len(batch)
        codes = self._encode(batch[self.label])
        keep = self._without(np.ones(len(batch), dtype=bool), codes < 0, f"no {self.label}")
        found = {name: numbers(self.path, name, batch[name]) for name in self.columns}
        for name, values in found.items():
            keep = self._without(keep, ~np.isfinite(values), f"no finite value of {name}")
        return codes[keep].astype(np.uint8), {name: values[keep] for name, values in found.items()}

    def arrays(self) -> tuple[npt.NDArray[np.uint8], dict[str, npt.NDArray[Any]]]:
        """What was taken, without the rows whose number stands for no value.

        Raises:
            InputError: if no row is complete.
        """
        columns = {name: np.concatenate(self._values.pop(name)) for name in self.columns}
        stand = {name: self.stand_for_none(values) for name, values in columns.items()}
        codes, columns = self.measured(np.concatenate(self._codes), columns, stand)
        if not len(codes):
            raise no_row(self.path, [self.label, *self.columns])
        return codes, columns

    def stand_for_none(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The numbers of a whole column that stand for no value."""
        return np.unique(values[sentinels(values) if self.sentinel is None else np.isin(values, list(self.sentinel))])

    def measured(
        self, codes: npt.NDArray[Any], columns: dict[str, npt.NDArray[Any]], stand: Mapping[str, npt.NDArray[Any]]
    ) -> tuple[npt.NDArray[Any], dict[str, npt.NDArray[Any]]]:
        """Complete rows without those in which a column holds one of the numbers that `stand` for none in it."""
        keep = np.ones(len(codes), dtype=bool)
        for name, values in columns.items():
            for value in stand[name]:
                keep = self._without(keep, values == value, f"{name} is {value:g}, which stands for no value")
        if keep.all():
            return codes, columns
        return codes[keep], {name: values[keep] for name, values in columns.items()}

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
                self._check_case(name)
                position[name] = len(self.classes)
                self.classes.append(name)
            table[k] = position[name]
            if len(self.classes) > MOST_CLASSES:
                raise InputError(
                    f"{self.path}: column '{self.label}' holds more than {MOST_CLASSES} different values, such as "
                    f"{self.classes[0]!r} and {name!r}; give a column of class labels"
                )
        return np.array(table, dtype=np.int16)[codes]

    def _check_case(self, name: Any) -> None:
        twin = next((other for other in self.classes if str(other).casefold() == str(name).casefold()), None)
        if twin is not None:
            raise InputError(
                f"{self.path}: column '{self.label}' holds {twin!r} and {name!r}, which differ "
                "only in case; use one spelling"
            )


def class_name(path: Path, column: str, value: Any) -> Any:
    """A label as word or whole number, None where it is a null or -9999: 1.0, Decimal('1') and the word '1' are 1."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, str):
        word = value.strip()
        # A batch of a CSV without any other word has been read as numbers.
        if word.removeprefix("-").isdecimal() and str(int(word)) == word:
            return class_name(path, column, int(word))
        return None if is_null([word])[0] else word
    if isinstance(value, (float, Decimal)):
        if not np.isfinite(float(value)) or int(value) != value:
            raise _no_label(path, column, value)
        value = int(value)
    if not isinstance(value, (bool, int)):
        raise _no_label(path, column, value)
    return None if value < 0 and is_listed([value])[0] else value


def no_row(path: Path, columns: Sequence[str]) -> InputError:
    """What to say of a table without a complete row."""
    return InputError(f"{path}: no row has a value in each of {', '.join(columns)}")


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
            if isinstance(held[row], bool) or "_" in str(held[row]):
                raise ValueError  # Python would read 5_0 as 50
            values_of[row] = float(held[row])
        except (TypeError, ValueError):
            comma = isinstance(held[row], str) and re.fullmatch(r"[+-]?\d+,\d+", held[row])
            hint = "; write decimals with a point" if comma else ""
            raise InputError(f"{path}: column '{name}' must hold numbers; received {held[row]!r}{hint}") from None
    return values_of
