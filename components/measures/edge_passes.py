"""The readings that find the medians of the tree, then the edges of the bins of alpha in its leaves."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from truemorph.components.measures.cell_pass import CellPass
from truemorph.components.measures.cells import Counts, Floats, Ints, bin_edges, stacked
from truemorph.components.measures.design import BiasDesign
from truemorph.components.measures.passes import Counted, Leaves, Pass, Rows
from truemorph.components.measures.ranks import Ladder, Rank, Ties, ladder
from truemorph.components.measures.sample import check_joint, too_few


def first_pass(design: BiasDesign, sample: Rows, n_classes: int) -> Pass:
    """The first reading.

    Args:
        design: how the bias is measured; its tree is 'cyclic'.
        sample: some of the objects, drawn at random: the better it stands for all, the less memory is needed.
        n_classes: K.
    """
    check_joint(design, len(sample.alpha), n_classes)
    return _next(Leaves(design, sample, n_classes))


def _next(leaves: Leaves) -> "BinPass":
    node = leaves.nodes(leaves.sample)
    return BinPass(leaves, tuple(ladder(node, values, leaves.n_nodes) for values in leaves.ranked(leaves.sample)))


@dataclass(frozen=True)
class Binned:
    """(M, Q, W) objects by ranked column, node and bin."""

    counts: Ints

    @classmethod
    def merged(cls, parts: Sequence["Binned"]) -> "Binned":
        return cls(np.sum([part.counts for part in parts], axis=0))


@dataclass(frozen=True)
class BinPass:
    """How many objects lie between the steps of each ladder."""

    leaves: Leaves
    ladders: tuple[Ladder, ...]

    def tally(self, rows: Rows) -> Binned:
        node, n_nodes = self.leaves.nodes(rows), self.leaves.n_nodes
        width = max(each.width for each in self.ladders)
        places = [
            node.astype(np.int64) * width + each.bins(node, values)
            for each, values in zip(self.ladders, self.leaves.ranked(rows), strict=True)
        ]
        return Binned(np.stack([np.bincount(p, minlength=n_nodes * width).reshape(n_nodes, width) for p in places]))

    def then(self, tally: Binned) -> "EdgePass | Counted":
        """See Pass; the end where there are too few objects."""
        sizes, design = tally.counts[0].sum(axis=1), self.leaves.design
        why = too_few(design, int(sizes.sum()))
        if why is None and self.leaves.grown and sizes[sizes > 0].min() < design.bins:
            why = f"a leaf has fewer objects than the {design.bins} bins of alpha"
        return Counted(int(sizes.sum()), why) if why else EdgePass(self.leaves, self.ladders, tally.counts)


@dataclass(frozen=True)
class EdgePass:
    """Which values lie in the bins that hold a rank that is wanted.

    Args:
        leaves: the tree so far.
        ladders: the bins.
        counts: (M, Q, W) objects in them.
    """

    leaves: Leaves
    ladders: tuple[Ladder, ...]
    counts: Ints

    def tally(self, rows: Rows) -> Ties:
        node, (_, n_nodes, width) = self.leaves.nodes(rows), self.counts.shape
        parts = []
        for m, (each, values) in enumerate(zip(self.ladders, self.leaves.ranked(rows), strict=True)):
            place = (m * n_nodes + node.astype(np.int64)) * width + each.bins(node, values)
            found = self._wanted[place]
            parts.append(Ties(place[found], values[found], np.ones(np.count_nonzero(found), dtype=np.int64)))
        return Ties.merged(parts)

    def then(self, tally: Ties) -> "BinPass | CellPass":
        found = self._found(tally)
        if self.leaves.grown:
            edges = [[_cuts(ranks, int(size)) for ranks, size in zip(each, self._sizes, strict=True)] for each in found]
            return CellPass(
                self.leaves,
                tuple(Ladder(tuple(first for _, first in each)) for each in edges),
                tuple(stacked([cuts for cuts, _ in each]) for each in edges),
            )
        medians = np.array([ranks[0].value if ranks else np.nan for ranks in found[0]])
        return _next(replace(self.leaves, medians=(*self.leaves.medians, medians)))

    @cached_property
    def _sizes(self) -> Ints:
        return self.counts[0].sum(axis=1)

    @cached_property
    def _wanted(self) -> Counts:
        """Whether a bin, numbered through columns, nodes and bins, holds a wanted rank of a node that has objects."""
        wanted = np.zeros(self.counts.size, dtype=bool)
        wanted[self._places[:, self._sizes > 0]] = True
        return wanted

    @cached_property
    def _places(self) -> Ints:
        """(M, Q, R) the bins of the wanted ranks, numbered so."""
        ends = np.cumsum(self.counts, axis=-1)
        ranks = self.leaves.ranks(self._sizes)
        bins = [[np.searchsorted(e, r, "right") for e, r in zip(each, ranks, strict=True)] for each in ends]
        first = np.arange(ends[..., 0].size).reshape(*ends.shape[:2], 1) * ends.shape[2]
        return first + np.asarray(bins)

    def _found(self, tally: Ties) -> list[list[list[Rank]]]:
        """For each column and node the wanted ranks, none where the node is empty."""
        ends, places = np.cumsum(self.counts, axis=-1).ravel(), self._places
        counts, ranks = self.counts.ravel(), self.leaves.ranks(self._sizes)
        return [
            [
                [
                    tally.rank(int(place), int(ends[place] - counts[place]), int(rank))
                    for place, rank in zip(places[m, q], ranks[q], strict=True)
                    if self._sizes[q]
                ]
                for q in range(places.shape[1])
            ]
            for m in range(places.shape[0])
        ]


def _cuts(ranks: list[Rank], size: int) -> tuple[Ints, Floats]:
    """Ranks that cut a leaf into cells, as `cells` cuts it, and the least value of each cell but the first."""
    least: dict[int, float] = {}
    edges = bin_edges(size, len(ranks) + 1)[1:-1] if ranks else ()
    for edge, (value, start, end) in zip(edges, ranks, strict=True):
        least[start] = value
        if start < edge:  # ties straddle the edge: a cell of their own
            least[end] = float(np.nextafter(value, np.inf))
    inner = sorted(set(least) - {0, size})
    return np.array([0, *inner, size], dtype=np.int64), np.array([least[cut] for cut in inner])
