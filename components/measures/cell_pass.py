"""The reading that counts the cells, once the tree and the edges of its cells are known."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from truemorph.components.measures.cells import Cells, Floats, Ints
from truemorph.components.measures.passes import Counted, Leaves, Rows
from truemorph.components.measures.ranks import Ladder


@dataclass(frozen=True)
class CellCounts:
    """(Q, A_1, ..., A_J, K) objects by leaf, cells and class; the least and the greatest value of each observable."""

    counts: Ints
    least: Floats
    greatest: Floats

    @classmethod
    def merged(cls, parts: Sequence["CellCounts"]) -> "CellCounts":
        return cls(
            np.sum([part.counts for part in parts], axis=0),
            np.min([part.least for part in parts], axis=0),
            np.max([part.greatest for part in parts], axis=0),
        )


@dataclass(frozen=True)
class CellPass:
    """How many objects of each class lie in each cell.

    Args:
        leaves: the whole tree.
        ladders: for each observable the least values of the cells of each leaf.
        cuts: for each observable (Q, A_j + 1), as in Cells.
    """

    leaves: Leaves
    ladders: tuple[Ladder, ...]
    cuts: tuple[Ints, ...]

    def tally(self, rows: Rows) -> CellCounts:
        node = self.leaves.nodes(rows)
        shape = (self.leaves.n_nodes, *(cut.shape[1] - 1 for cut in self.cuts), self.leaves.n_classes)
        key = node.astype(np.int64)
        for each, values, width in zip(self.ladders, rows.alpha, shape[1:], strict=False):
            key = key * width + each.bins(node, values)
        key = key * shape[-1] + rows.codes
        counts = np.bincount(key, minlength=int(np.prod(shape))).reshape(shape)
        least, greatest = (
            [side(v, initial=start) for v in rows.alpha] for side, start in ((np.min, np.inf), (np.max, -np.inf))
        )
        return CellCounts(counts, np.array(least), np.array(greatest))

    def then(self, tally: CellCounts) -> "Counted":
        full = tally.counts.reshape(self.leaves.n_nodes, -1).any(axis=1)
        present = tally.counts.reshape(-1, self.leaves.n_classes).any(axis=0)
        cells = Cells(
            tally.counts[full][..., present], tuple(cut[full] for cut in self.cuts), int(self.leaves.design.bins)
        )
        spans = [np.array([low, high]) for low, high in zip(tally.least, tally.greatest, strict=True)]
        return Counted(int(tally.counts.sum()), cells, spans)
