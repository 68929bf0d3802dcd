"""Values at given ranks of each node, exactly, of rows that do not fit the memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from truemorph.components.errors import InputError
from truemorph.components.measures.cells import Floats, Ints

Nodes = npt.NDArray[np.int32]
# Bins of a node, and of all nodes together: 8 KB of a processor's cache, 4 MB of memory.
BINS, ALL_BINS = 1 << 10, 1 << 19
# Different values that may lie in the bins looked into: a gigabyte.
MOST_VALUES = 1 << 26


class Rank(NamedTuple):
    """The value at a rank, and the ranks at which its ties begin and end."""

    value: float
    start: int
    end: int


@dataclass(frozen=True)
class Ladder:
    """Values that part the objects of each node into bins.

    Args:
        steps: for each node rising values; an object lies in the bin of how many are not above its own value.
    """

    steps: tuple[Floats, ...]

    @property
    def width(self) -> int:
        """Bins of the node that has most."""
        return 1 + max(map(len, self.steps))

    def bins(self, node: Nodes, values: Floats) -> npt.NDArray[np.int64]:
        """(n,) bin of each object, from its node and value (n,)."""
        result = np.empty(values.size, dtype=np.int64)
        for q, rows in _by_node(node, len(self.steps)):
            result[rows] = np.searchsorted(self.steps[q], values[rows], "right")
        return result


def ladder(node: Nodes, values: Floats, n_nodes: int) -> Ladder:
    """Steps at the quantiles of a sample of objects, their node and value (m,): the bins hold about equal counts."""
    most = max(1, min(BINS, ALL_BINS // n_nodes))
    steps = [np.empty(0)] * n_nodes
    for q, rows in _by_node(node, n_nodes):
        found = np.sort(values[rows])
        steps[q] = np.unique(found[np.linspace(0, found.size - 1, min(most, found.size)).astype(np.int64)])
    return Ladder(tuple(steps))


@dataclass(frozen=True)
class Ties:
    """The different values of some objects, each with the bin of its node, and how many objects have it.

    Args:
        place, value, count: (n,) each, sorted by place, a number for the bin and its node, and by value.
    """

    place: Ints
    value: Floats
    count: Ints

    @classmethod
    def merged(cls, parts: Sequence["Ties"]) -> "Ties":
        """The values of all parts, and how many objects have each.

        Raises:
            InputError: if there are more values than fit.
        """
        place = np.concatenate([part.place for part in parts])
        value = np.concatenate([part.value for part in parts])
        order = np.lexsort((value, place))
        place, value = place[order], value[order]
        new = np.ones(place.size, dtype=bool)
        new[1:] = (np.diff(place) != 0) | (np.diff(value) != 0)
        first = np.flatnonzero(new)
        if first.size > MOST_VALUES:
            raise InputError("this many leaves and bins of such a large table do not fit into memory; use fewer")
        counts = np.concatenate([part.count for part in parts])[order]
        return cls(place[first], value[first], np.add.reduceat(counts, first) if first.size else counts)

    def rank(self, place: int, below: int, rank: int) -> Rank:
        """The value at a rank of a node, which lies in the bin of this place with `below` objects below it."""
        first, last = np.searchsorted(self.place, [place, place + 1])
        ends = below + np.cumsum(self.count[first:last])
        found = int(np.searchsorted(ends, rank, "right"))
        start = int(ends[found - 1]) if found else below
        return Rank(float(self.value[first + found]), start, int(ends[found]))


def _by_node(node: Nodes, n_nodes: int) -> Iterator[tuple[int, Ints | slice]]:
    """Each node that has objects, and their rows."""
    if n_nodes == 1:
        if node.size:
            yield 0, slice(None)
        return
    order = np.argsort(node.astype(np.uint16) if n_nodes <= 1 << 16 else node, kind="stable")
    ends = np.cumsum(np.bincount(node, minlength=n_nodes))
    for q in np.flatnonzero(np.diff(ends, prepend=0)).tolist():
        yield q, order[ends[q - 1] if q else 0 : ends[q]]
