"""Leaves of like objects, bins of like resolution, and the counts of each class in them."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from truemorph.components.errors import InputError

Column = npt.NDArray[np.generic]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Counts = npt.NDArray[Any]
Codes = npt.NDArray[Any]
# Up to so many cells a comparison with each edge is quicker than a search.
FEW = 24


def as_columns(values: npt.ArrayLike, name: str, n: int | None = None) -> list[Column]:
    """Columns of a table as 1-d arrays, in their own dtype: only ranks matter, so nothing is converted.

    Args:
        values: (N,) or (N, D) real numbers.
        name: what to call them in an error.
        n: number of rows that they must have.

    Raises:
        InputError: if a value is NaN or infinite.
        ValueError: if the shape or the type is wrong.
    """
    array = np.asarray(values)
    if array.dtype.kind not in "iuf":
        array = array.astype(np.float64)
    if array.ndim not in (1, 2) or (n is not None and len(array) != n):
        rows = "N" if n is None else n
        raise ValueError(f"{name} must have shape ({rows},) or ({rows}, D). Received: shape {array.shape}")
    columns = [array] if array.ndim == 1 else list(array.T)
    if array.dtype.kind == "f" and not (finite := np.isfinite(array)).all():
        bad = array.size - np.count_nonzero(finite)
        raise InputError(f"{name}: {bad} of {array.size} values are NaN or infinite; drop or mend those rows first")
    return columns


def encode_labels(labels: npt.ArrayLike, classes: Sequence[object] | None) -> tuple[Codes, tuple[object, ...]]:
    """Labels as positions in the list of classes; a label outside it becomes len(classes).

    Args:
        labels: (N,) integers, or anything that sorts.
        classes: the classes to keep, in any order; None keeps all that are found.

    Returns:
        (N,) codes, and the classes in the order of the codes.

    Raises:
        InputError: if a label is NaN or classes lists one twice.
        ValueError: if labels is not one-dimensional.
    """
    array = np.asarray(labels)
    if array.ndim != 1:
        raise ValueError(f"labels must have shape (N,). Received: shape {array.shape}")
    if array.dtype.kind == "f" and np.isnan(array).any():
        raise InputError(f"labels: {int(np.isnan(array).sum())} of {array.size} are NaN; drop those rows first")
    if array.dtype.kind in "iu" and array.size and int(array.min()) >= 0 and int(array.max()) < 4096:
        counts = np.bincount(array)
        found, inverse = np.flatnonzero(counts), None
    else:
        found, inverse = np.unique(array, return_inverse=True)
    names = tuple(found.tolist()) if classes is None else tuple(np.asarray(classes).tolist())
    if len(set(names)) != len(names):
        raise InputError(f"classes: each class once, please; received {list(names)}")
    position = {name: k for k, name in enumerate(names)}
    kind = np.uint8 if len(names) < 256 else np.int64
    table = np.array([position.get(value, len(names)) for value in found.tolist()], dtype=kind)
    if inverse is not None:
        return table[inverse], names
    lookup = np.zeros(len(counts) if array.size else 1, dtype=kind)
    lookup[found] = table
    return lookup[array], names


class Leaf(NamedTuple):
    """The objects of a leaf: their observables and their class codes."""

    alpha: list[Column]
    codes: Codes


def _split(column: Column, space: Column, use_mean: bool = False) -> npt.NDArray[np.bool_]:
    """Which values lie below the median; space is room for as many.

    The upper of the two middle values stands for the median: 'below' means the same for every set of numbers, and
    no rounding of their mean can move an object.
    """
    middle = column.size // 2
    space[:] = column
    space.partition(middle)
    below = column < space[middle]
    if use_mean and not below.any():
        below = column < column.mean(dtype=np.float64)
    return below


def _widest_split(node: list[Column], codes: Codes, n_classes: int) -> npt.NDArray[np.bool_]:
    """The median split, over all columns, that parts the class fractions most; the first column wins a tie."""
    best, widest = np.zeros(codes.size, dtype=bool), -1.0
    total = np.bincount(codes, minlength=n_classes)
    for column in node:
        below = _split(column, np.empty_like(column), use_mean=True)
        n_below = np.count_nonzero(below)
        if n_below == 0:
            continue
        left, n_above = np.bincount(codes[below], minlength=n_classes), codes.size - n_below
        # Whole numbers but for one division: no rounding of fractions decides between columns that part alike.
        difference = float(np.abs(left * n_above - (total - left) * n_below).sum()) / (n_below * n_above)
        if difference > widest:
            best, widest = below, difference
    return best


def leaves(
    columns: Sequence[Column],
    alpha: Sequence[Column],
    codes: Codes,
    n_codes: int,
    n_classes: int,
    depth: int,
    tree: str,
) -> Iterator[Leaf]:
    """The populated leaves of a tree of median splits, at most 2^depth; fewer where values are tied.

    Values equal to the median go right, all of them, so the leaves depend on values only, never on the order of rows.
    The tree is walked depth first and values move with their node, between two buffers: a small node fits the
    processor's cache, and no memory is asked for on the way.

    Args:
        columns: D intrinsic columns, (N,) each.
        alpha: J observables, (N,) each.
        codes: (N,) class codes, or class * K + second class.
        n_codes: number of codes, K or K^2.
        n_classes: K; the second rule looks at the class, not at the second one.
        depth: number of splits from root to leaf, >= 0.
        tree: 'cyclic' takes the columns in turn; 'highest_fraction_difference' takes in each node the column whose
            split parts the class fractions most (where a median leaves one side empty, it splits at the mean).

    References:
        Cabrera-Vives, Miller & Schneider 2018 (AJ 156, 284).
    """
    d, n = len(columns), codes.size
    buffers = [[np.empty(n, dtype=column.dtype) for column in (*columns, *alpha, codes)] for _ in range(2)]
    for buffer, column in zip(buffers[0], (*columns, *alpha, codes), strict=True):
        buffer[:] = column
    spaces = {column.dtype: np.empty(n, dtype=column.dtype) for column in columns}

    def grow(level: int, start: int, stop: int) -> Iterator[Leaf]:
        node = [buffer[start:stop] for buffer in buffers[level % 2]]
        if level == depth:
            yield Leaf(node[d:-1], node[-1])
            return
        needed = list(range(len(node)))
        if tree == "cyclic":
            column = node[level % d]
            below = _split(column, spaces[column.dtype][start:stop])
            later = {following % d for following in range(level + 1, depth)}
            needed = [i for i in needed if i >= d or i in later]
        else:
            below = _widest_split(node[:d], node[-1] // (n_codes // n_classes), n_classes)
        left, right = np.flatnonzero(below), np.flatnonzero(~below)
        middle = start + left.size
        for i in needed:
            following = buffers[(level + 1) % 2][i]
            # All rows exist: clipping, which never happens, spares the check of each.
            node[i].take(left, out=following[start:middle], mode="clip")
            node[i].take(right, out=following[middle:stop], mode="clip")
        for first, last in ((start, middle), (middle, stop)):
            if first < last:
                yield from grow(level + 1, first, last)

    return grow(0, 0, n)


def _cuts(ordered: Column, edges: Ints) -> Ints:
    """Ranks that cut sorted values at the edges of bins, and around tied values where these straddle an edge."""
    inner = edges[1:-1]
    tied = ordered[inner - 1] == ordered[inner]
    if not tied.any():
        return edges
    across = ordered[inner[tied]]
    starts, ends = np.searchsorted(ordered, across, "left"), np.searchsorted(ordered, across, "right")
    return np.unique(np.concatenate([edges[[0, -1]], inner[~tied], starts, ends]))


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
    return Cells(padded, tuple(_stacked(cut) for cut in zip(*cuts, strict=True)), bins)


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


def _stacked(cuts: Sequence[Ints]) -> Ints:
    """(Q, A + 1) cuts of all leaves; where a leaf has fewer cells its last ones are empty."""
    width = max(cut.size for cut in cuts)
    return np.stack([np.pad(cut, (0, width - cut.size), mode="edge") if cut.size < width else cut for cut in cuts])


def chunks(total: int, size: int) -> Iterator[int]:
    """Sizes that add up to total, none above size."""
    for start in range(0, total, size):
        yield min(size, total - start)
