"""Lines cut into fields at fixed places."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa


def cut(lines: Sequence[bytes] | Sequence[str], spans: Sequence[tuple[int, int]]) -> list[Any]:
    """The fields of some lines, an Arrow array of text for each span.

    Args:
        lines: at least one.
        spans: first byte or letter, and end, of each field.

    Example:
        >>> [field.to_pylist() for field in cut([b"ab 1", b"c 23"], [(0, 2), (2, 4)])]
        [['ab', 'c '], [' 1', '23']]
    """
    kind = "U" if isinstance(lines[0], str) else "S"
    width = max([*(end for _, end in spans), *map(len, lines)])
    grid = np.array(lines, dtype=f"{kind}{width}").view(f"{kind}1").reshape(len(lines), -1)
    fields = []
    for start, end in spans:
        cells = np.ascontiguousarray(grid[:, start:end]).view(f"{kind}{end - start}").ravel()
        words = np.char.decode(cells, "latin-1") if kind == "S" else cells
        fields.append(pa.array(words.astype(object), pa.string()))
    return fields
