"""A bias counted in readings of rows that do not fit the memory: the same counts, exactly, as of all rows at once.

What one reading counts can be merged in any order: of batches, of the files of a table, of a cluster's workers. Each
median of the tree, and then the edges of the bins of alpha in all leaves, take two readings: how many objects lie
between values of a sample, then which values lie where the edge must be. A last reading counts the cells.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from truemorph.components.measures.cells import Cells, Counts, Floats, Ints, bin_edges
from truemorph.components.measures.design import BiasDesign
from truemorph.components.measures.ranks import Nodes


class Rows(NamedTuple):
    """Some objects: D intrinsic columns and J observables, (n,) float64 each, and (n,) class codes."""

    columns: list[Floats]
    alpha: list[Floats]
    codes: Counts


class Tally(Protocol):
    """What a reading has counted in some rows."""

    @classmethod
    def merged(cls, parts: Sequence[Any]) -> Any:
        """What it has counted in all of them."""


class Pass(Protocol):
    """A reading of all rows."""

    def tally(self, rows: Rows) -> Tally:
        """Count some rows."""

    def then(self, tally: Any) -> "Pass | Counted":
        """The next reading, all rows counted."""


@dataclass(frozen=True)
class Leaves:
    """The tree of median splits as far as it is known.

    Args:
        design: how the bias is measured.
        sample: some of the objects.
        n_classes: K.
        medians: (2^t,) of the nodes of level t, NaN where a node is empty.
    """

    design: BiasDesign
    sample: Rows
    n_classes: int
    medians: tuple[Floats, ...] = ()

    @property
    def n_nodes(self) -> int:
        """Nodes of the level that is not yet split."""
        return 1 << len(self.medians)

    @property
    def grown(self) -> bool:
        """Whether the nodes are the leaves."""
        return len(self.medians) == self.design.depth

    def nodes(self, rows: Rows) -> Nodes:
        """(n,) node of each object."""
        node = np.zeros(rows.alpha[0].size, dtype=np.int32)
        for level, medians in enumerate(self.medians):
            node = 2 * node + (rows.columns[level % len(rows.columns)] >= medians[node])
        return node

    def ranked(self, rows: Rows) -> list[Floats]:
        """The columns in which ranks are wanted next: the one to split by, or alpha in the leaves."""
        return rows.alpha if self.grown else [rows.columns[len(self.medians) % len(rows.columns)]]

    def ranks(self, sizes: Ints) -> Ints:
        """(Q, R) ranks wanted in nodes of these sizes."""
        return bin_edges(sizes, int(self.design.bins))[:, 1:-1] if self.grown else sizes[:, None] // 2


@dataclass(frozen=True)
class Counted:
    """All rows counted.

    Args:
        n: objects.
        cells: their cells, without the classes that none of them has, or why there are too few for them.
        spans: the least and the greatest value of each observable.
    """

    n: int
    cells: Cells | str
    spans: Sequence[Floats] = ()
