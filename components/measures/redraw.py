"""Labels drawn anew in cells, and dealt anew to them."""

from collections.abc import Iterator

import numpy as np

from truemorph.components.measures.cells import Counts, Floats

# Numbers drawn at a time: replicates of large trees stay within tens of megabytes.
DRAWS = 1_000_000
# Replicates that tell the tails of a distribution well.
ENOUGH = 5000


def chunks(replicates: int, numbers: int) -> Iterator[int]:
    """How many replicates, of so many numbers each, to draw at a time; they add up to all."""
    most = max(1, DRAWS // numbers)
    for start in range(0, replicates, most):
        yield min(most, replicates - start)


def enough(p: Floats, replicates: int) -> int:
    """Replicates to draw from p: where cells are few more than asked for, since an interval is as good as its tails."""
    return max(replicates, min(ENOUGH, DRAWS // p.size))


def draw(rng: np.random.Generator, n: Counts, p: Floats, size: int) -> Counts:
    """(size, ..., K) multinomial counts of n (...) objects with fractions p (..., K)."""
    if p.shape[-1] != 2:
        return rng.multinomial(n, p, size=(size, *n.shape))
    second = rng.binomial(n, p[..., 1], size=(size, *n.shape))
    return np.stack([n - second, second], axis=-1)


def permute(rng: np.random.Generator, sizes: Counts, totals: Counts, size: int) -> Counts:
    """(size, Q, A, K) counts when the labels of a leaf, totals (Q, K), are dealt at random to cells of sizes (Q, A)."""
    n_leaves, n_cells = sizes.shape
    n_classes = totals.shape[1]
    result = np.zeros((size, n_leaves, n_cells, n_classes), dtype=np.int64)
    free = np.broadcast_to(sizes, (size, n_leaves, n_cells)).copy()
    for k in range(n_classes - 1):
        left = np.broadcast_to(totals[:, k], (size, n_leaves)).copy()
        later = free.sum(axis=-1)
        for a in range(n_cells - 1):
            later -= free[..., a]
            dealt = rng.hypergeometric(free[..., a], later, left)
            result[..., a, k] = dealt
            left -= dealt
        result[..., -1, k] = left
        free -= result[..., k]
    result[..., -1] = free
    return result
