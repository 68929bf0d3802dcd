"""The tree of median splits that parts objects into leaves of intrinsically alike ones."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from truemorph.components.measures.columns import Codes, Column


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
