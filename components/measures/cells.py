"""Cells of like objects, and the counts of each class in them."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from truemorph.components.measures.columns import Column
from truemorph.components.measures.tree import Leaf

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Counts = npt.NDArray[Any]
# Up to so many cells a comparison with each edge is quicker than a search.
FEW = 24


@dataclass(frozen=True)
class Cells:
    """Counts of each class in cells of objects that no rule tells apart.

    A cell is a bin of alpha in a leaf. Where objects of equal alpha straddle the edge of a bin they are a cell of
    their own and belong to both bins in proportion: the mean over all orders of the tied objects, so that neither the
    order of rows nor the names of classes decides.

    Args:
        counts: (Q, A_1, ..., A_J, K) objects of class k in leaf q and, for each observable j, its cell.
        cuts: for each observable (Q, A_j + 1), ranks at which the cells of a leaf begin and end.
        bins: B, number of bins of alpha.
    """

    counts: Ints
    cuts: tuple[Ints, ...]
    bins: int

    @property
    def leaf_sizes(self) -> Ints:
        """(Q,) objects in each populated leaf."""
        return self.cuts[0][:, -1]

    @cached_property
    def overlaps(self) -> tuple[Floats, ...]:
        """For each observable (Q, B, A_j): share of the objects of a cell that fall into bin l."""
        edges = bin_edges(self.leaf_sizes, self.bins)
        shares = []
        for cuts in self.cuts:
            upper = np.minimum(cuts[:, None, 1:], edges[:, 1:, None])
            lower = np.maximum(cuts[:, None, :-1], edges[:, :-1, None])
            shares.append(np.clip(upper - lower, 0, None) / np.maximum(np.diff(cuts), 1)[:, None, :])
        return tuple(shares)

    def along(self, j: int, counts: Counts | None = None) -> Counts:
        """(..., Q, A_j, K): counts by the cells of observable j alone, of these counts or of replicates of them."""
        counts = self.counts if counts is None else counts
        first = counts.ndim - 1 - len(self.cuts)
        others = tuple(first + i for i in range(len(self.cuts)) if i != j)
        return counts.sum(axis=others) if others else counts


def bin_edges(sizes: npt.ArrayLike, bins: int) -> Ints:
    """(..., bins + 1) ranks that cut n objects into bins of equal count: rint(l n / bins), halves to even."""
    return np.rint(np.linspace(0.0, np.asarray(sizes, dtype=np.float64), bins + 1, axis=-1)).astype(np.int64)


def count_cells(nodes: Iterable[Leaf], n_classes: int, bins: int) -> Cells | None:
    """Counts of each class by leaf and bin of alpha, or None where a leaf has fewer objects than bins."""
    cuts: list[tuple[Ints, ...]] = []
    counts = []
    # Leaves have few sizes, mostly two.
    edges_of = lru_cache(maxsize=64)(lambda size: bin_edges(size, bins))
    for leaf in nodes:
        if leaf.codes.size < bins:
            return None
        edges = edges_of(leaf.codes.size)
        cells, ranks = zip(*(_cells_of(column, edges) for column in leaf.alpha), strict=True)
        shape = [*(cut.size - 1 for cut in ranks), n_classes]
        total = math.prod(shape)
        # Few cells fit two bytes, and counting them then takes half as long.
        key = cells[0].astype(np.uint16 if total < 1 << 16 else np.intp)
        for cell, width in zip(cells[1:], shape[1:], strict=False):
            key *= width
            key += cell.astype(key.dtype)
        key *= n_classes
        key += leaf.codes.astype(key.dtype)
        counts.append(np.bincount(key, minlength=total).reshape(shape))
        cuts.append(ranks)
    padded = np.zeros((len(counts), *np.max([count.shape for count in counts], axis=0)), dtype=np.int64)
    for whole, count in zip(padded, counts, strict=True):
        whole[tuple(slice(width) for width in count.shape)] = count
    return Cells(padded, tuple(stacked(cut) for cut in zip(*cuts, strict=True)), bins)


def _cells_of(values: Column, edges: Ints) -> tuple[Counts, Ints]:
    """(n,) cell of each object of a leaf, and the ranks that cut the leaf into cells."""
    ordered = np.sort(values)
    cuts = _cuts(ordered, edges)
    first = ordered[cuts[1:-1]]
    if first.size > FEW:
        return np.searchsorted(first, values, "right"), cuts
    cell = np.zeros(values.size, dtype=np.uint8)
    for least in first:
        cell += (values >= least).view(np.uint8)
    return cell, cuts


def _cuts(ordered: Column, edges: Ints) -> Ints:
    """Ranks that cut sorted values at the edges of bins, and around tied values where these straddle an edge."""
    inner = edges[1:-1]
    tied = ordered[inner - 1] == ordered[inner]
    if not tied.any():
        return edges
    across = ordered[inner[tied]]
    starts, ends = np.searchsorted(ordered, across, "left"), np.searchsorted(ordered, across, "right")
    return np.unique(np.concatenate([edges[[0, -1]], inner[~tied], starts, ends]))


def stacked(cuts: Sequence[Ints]) -> Ints:
    """(Q, A + 1) cuts of all leaves; where a leaf has fewer cells its last ones are empty."""
    width = max(cut.size for cut in cuts)
    return np.stack([np.pad(cut, (0, width - cut.size), mode="edge") if cut.size < width else cut for cut in cuts])
