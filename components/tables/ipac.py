"""IPAC tables, as IRSA and Gator write them: fixed columns between the bars of the header's lines."""

from collections.abc import Iterator
from itertools import islice, pairwise, takewhile
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
from pyarrow import compute

from truemorph.components.errors import InputError
from truemorph.components.tables.fixed_width import Column, cut
from truemorph.components.tables.opened import open_table


def names(path: Path) -> list[str]:
    """Names of the columns, from the first line with bars."""
    return [column.name for column in _columns(path)]


def count(path: Path) -> int:
    """Number of rows, from the lines alone."""
    with open_table(path) as file:
        return sum(1 for _ in _lines(file))


def read(path: Path, places: list[int], rows: int) -> Iterator[Any]:
    """Some columns, by their places, as Arrow tables of up to a number of rows; every field is text or null."""
    columns = _columns(path)
    bars = [column.start - 1 for column in columns]
    wanted = [columns[place] for place in places]
    with open_table(path) as file:
        lines, seen = _lines(file), 0
        while batch := list(islice(lines, rows)):
            for number, line in enumerate(batch, seen + 1):
                if line[columns[-1].end :].strip() or any(line[bar : bar + 1].strip() for bar in bars):
                    raise InputError(f"{path}: row {number} reaches beyond the bars of the header; widen its columns")
            seen += len(batch)
            fields = [compute.utf8_trim_whitespace(field) for field in cut(batch, wanted)]
            fields = [compute.if_else(compute.equal(f, c.null), None, f) for f, c in zip(fields, wanted, strict=True)]
            yield pa.table(fields, names=[str(place) for place in places])


def _lines(file: IO[bytes]) -> Iterator[str]:
    return (line for line in map(_text, file) if line and not line.startswith(("\\", "|")))


def _text(line: bytes) -> str:
    try:
        return line.decode().rstrip()
    except UnicodeDecodeError:
        return line.decode("latin-1").rstrip()


def _columns(path: Path) -> list[Column]:
    """Name, place and word for null, from the up to four lines with bars: names, types, units, nulls."""
    with open_table(path) as file:
        lines = takewhile(lambda line: line.startswith((b"\\", b"|")) or not line.strip(), file)
        head = [_text(line) for line in lines if line.startswith(b"|")][:4]
    if len(head) < 2 or head[0].count("|") < 2:
        raise InputError(f"{path}: has no line of names between bars, as an IPAC table has; name other text .txt")
    bars = [place for place, letter in enumerate(head[0]) if letter == "|"]
    spans = [(start + 1, end) for start, end in pairwise(bars)]
    nulls = head[3] if len(head) > 3 else ""
    return [Column(head[0][start:end].strip(" -"), start, end, nulls[start:end].strip()) for start, end in spans]
