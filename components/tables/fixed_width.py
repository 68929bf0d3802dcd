"""Lines cut into fields at fixed places."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa


@dataclass(frozen=True)
class Column:
    """A column of such lines.

    Args:
        name: its name.
        start: its first byte or letter.
        end: the one after its last.
        null: what stands for no value; empty: nothing does.
    """

    name: str
    start: int
    end: int
    null: str = ""


def cut(lines: Sequence[bytes] | Sequence[str], columns: Sequence[Column]) -> list[Any]:
    """The fields of some lines, an Arrow array of text for each column.

    Args:
        lines: at least one.
        columns: where the fields are.

    Example:
        >>> [field.to_pylist() for field in cut([b"ab 1", b"c 23"], [Column("a", 0, 2), Column("b", 2, 4)])]
        [['ab', 'c '], [' 1', '23']]
    """
    kind = "U" if isinstance(lines[0], str) else "S"
    width = max([*(column.end for column in columns), *map(len, lines)])
    grid = np.array(lines, dtype=f"{kind}{width}").view(f"{kind}1").reshape(len(lines), -1)
    fields = []
    for column in columns:
        letters = np.ascontiguousarray(grid[:, column.start : column.end])
        cells = letters.view(f"{kind}{column.end - column.start}").ravel()
        words = np.char.decode(cells, "latin-1") if kind == "S" else cells
        fields.append(pa.array(words.astype(object), pa.string()))
    return fields
