"""The bias of a table that does not fit the memory: readings of its parts, whose counts merge in any order."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
import numpy.typing as npt

from truemorph.components.errors import InputError
from truemorph.components.evaluator.complete_rows import CompleteRows, no_row
from truemorph.components.evaluator.kept_rows import KeptRows
from truemorph.components.measures.design import BiasDesign
from truemorph.components.measures.edge_passes import first_pass
from truemorph.components.measures.passes import Counted, Pass, Rows
from truemorph.components.measures.row_sample import RowSample
from truemorph.components.tables.nulls import is_listed
from truemorph.components.tables.table import batches

ROWS_PER_BATCH = 250_000
# Counts held until they are merged.
HELD = 8
Columns = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Question:
    """What bias of a table to measure.

    Args:
        table: path, for messages.
        label: column of labels.
        alpha: J columns.
        intrinsic: D columns, none for CV14.
        design: how.
        sentinel: numbers that stand for no value, None: as in CompleteRows.
    """

    table: str
    label: str
    alpha: tuple[str, ...]
    intrinsic: tuple[str, ...]
    design: BiasDesign
    sentinel: tuple[float, ...] | None = None

    @property
    def columns(self) -> list[str]:
        """The columns of numbers, each once."""
        return list(dict.fromkeys([*self.alpha, *self.intrinsic]))

    @property
    def read(self) -> list[str]:
        """The columns to read, each once."""
        return list(dict.fromkeys([self.label, *self.columns]))

    def rows(self, part: Path, classes: Sequence[Any] = ()) -> CompleteRows:
        """Complete rows of a part, none yet."""
        return CompleteRows(part, self.label, self.columns, self.sentinel, classes)

    def batches(self, part: Path) -> Iterator[Any]:
        """The rows of a part."""
        return batches(part, self.read, rows=ROWS_PER_BATCH)

    def ranked(self, columns: Mapping[str, npt.NDArray[Any]], codes: npt.NDArray[Any]) -> Rows:
        """Complete rows as the measures take them."""
        exact = {name: np.asarray(values, dtype=np.float64) for name, values in columns.items()}
        return Rows([exact[name] for name in self.intrinsic], [exact[name] for name in self.alpha], codes)


@dataclass(frozen=True)
class Surveyed:
    """What the first reading has found: labels, what tells which numbers stand for none, a sample of the rows."""

    classes: frozenset[Any]
    telling: Columns
    sample: RowSample

    @classmethod
    def merged(cls, parts: Sequence["Surveyed"]) -> "Surveyed":
        columns = {name: np.concatenate([part.telling[name] for part in parts]) for name in parts[0].telling}
        telling = {name: _telling(values) for name, values in columns.items()}
        sample = RowSample.merged([part.sample for part in parts])
        return cls(frozenset().union(*(part.classes for part in parts)), telling, sample)


def _telling(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Of a column all that `nulls.sentinels` looks at: the listed numbers, twice if seen so, and the others' range."""
    listed = is_listed(values)
    others = values[~listed]
    found, seen = np.unique(values[listed], return_counts=True)
    twice = np.repeat(found, np.minimum(seen, 2))
    return np.concatenate([twice, [others.min(), others.max()] if others.size else []])


@dataclass(frozen=True)
class Survey:
    """The first reading."""

    question: Question

    def tallies(self, part: Path) -> Iterator[Surveyed]:
        """What each batch of a part holds."""
        rows = self.question.rows(part)
        for batch in self.question.batches(part):
            start = rows.rows
            codes, found = rows.complete(batch)
            drawn = np.random.default_rng([crc32(str(part).encode()), start]).random(len(codes))
            columns = {name: np.asarray(values, dtype=np.float64) for name, values in found.items()}
            telling = {name: _telling(values) for name, values in columns.items()}
            yield Surveyed(frozenset(rows.classes), telling, RowSample(drawn, list(columns.values())))

    def then(self, tally: Surveyed | None) -> "Reading":
        """The next reading.

        Raises:
            InputError: if no row is complete.
        """
        question = self.question
        if tally is None or not tally.sample.drawn.size:
            raise no_row(Path(question.table), [question.label, *question.columns])
        rows = question.rows(Path(question.table))
        stand = {name: rows.stand_for_none(values) for name, values in tally.telling.items()}
        if question.sentinel is not None:
            stand = dict.fromkeys(question.columns, np.unique(question.sentinel))
        columns = dict(zip(question.columns, tally.sample.columns, strict=True))
        codes, sample = rows.measured(np.zeros(tally.sample.drawn.size, dtype=np.uint8), columns, stand)
        classes = tuple(sorted(tally.classes, key=lambda name: (str(type(name)), name)))
        return Reading(
            question, classes, stand, first_pass(question.design, question.ranked(sample, codes), len(classes))
        )


class Clean(NamedTuple):
    """A batch: its rows, those dropped by reason, and those kept."""

    rows: int
    dropped: Counter[str]
    kept: Rows


@dataclass(frozen=True)
class Read:
    """What a later reading has counted: rows, those dropped by reason, kept by class, and what its pass counts."""

    rows: int
    dropped: Counter[str]
    labels: npt.NDArray[np.int64]
    counted: Any

    @classmethod
    def merged(cls, parts: Sequence["Read"]) -> "Read":
        counted = type(parts[0].counted).merged([part.counted for part in parts])
        dropped: Counter[str] = sum((part.dropped for part in parts), Counter())
        labels = np.sum([part.labels for part in parts], axis=0)
        return cls(sum(part.rows for part in parts), dropped, labels, counted)


@dataclass(frozen=True)
class Reading:
    """A later reading, or what all of them have found.

    Args:
        question: what to measure.
        classes: K of them.
        stand: by column the numbers that stand for no value.
        step: its pass, or the counts.
        read: what the reading before has counted.
    """

    question: Question
    classes: tuple[Any, ...]
    stand: Columns
    step: Pass | Counted
    read: Read | None = None

    def tallies(self, part: Path) -> Iterator[Read]:
        """What each batch of a part counts; nothing where all is found."""
        if not isinstance(self.step, Counted):
            yield from map(self.tally, self.clean(part))

    def clean(self, part: Path) -> Iterator[Clean]:
        """The batches of a part.

        Raises:
            InputError: if the part holds a label that it did not hold before.
        """
        for batch in self.question.batches(part):
            rows = self.question.rows(part, self.classes)
            codes, columns = rows.measured(*rows.complete(batch), self.stand)
            if len(rows.classes) > len(self.classes):
                raise InputError(f"{part}: changed while it was read; measure its bias when it is complete")
            yield Clean(len(batch), Counter(rows.dropped), self.question.ranked(columns, codes))

    def tally(self, batch: Clean) -> Read:
        """What a batch counts."""
        if isinstance(self.step, Counted):
            raise ValueError("all is counted")
        labels = np.bincount(batch.kept.codes, minlength=len(self.classes))
        return Read(batch.rows, batch.dropped, labels, self.step.tally(batch.kept))

    def then(self, tally: Read | None) -> "Reading":
        """The next reading."""
        if tally is None or isinstance(self.step, Counted):
            return self
        return replace(self, step=self.step.then(tally.counted), read=tally)


def merged(tallies: Iterable[Any]) -> Any:
    """What was counted in all; None where nothing was. Only some counts are held at a time."""
    held: list[Any] = []
    for tally in tallies:
        held.append(tally)
        if len(held) == HELD:
            held = [type(tally).merged(held)]
    return type(held[0]).merged(held) if held else None


def count_in_passes(question: Question, parts: Sequence[Path]) -> Reading:
    """Read all parts as often as it takes; clean rows are kept on the disk for the later readings where it has room.

    Raises:
        InputError: if a part cannot be read or no row is complete.
    """
    survey = Survey(question)
    reading = survey.then(merged(tally for part in parts for tally in survey.tallies(part)))
    with TemporaryFile() as file:
        kept = KeptRows(file)
        while not isinstance(reading.step, Counted):
            clean = kept.batches(batch for part in parts for batch in reading.clean(part))
            reading = reading.then(merged(map(reading.tally, clean)))
    return reading
