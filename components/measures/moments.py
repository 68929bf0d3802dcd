"""The squared bias of labels counted in cells, and what sampling noise makes of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from scipy import optimize

from truemorph.components.measures.binning import Cells, Counts, Floats, bin_edges, chunks

# Numbers drawn at a time: replicates of large trees stay within tens of megabytes.
DRAWS = 1_000_000
# Rounds in which observables share out what they explain together.
SWEEPS = 30
# Share of the measured deviations that counts as bias at the least, in the family of fractions that an interval tries.
LEAST = 0.9
# Replicates that tell the tails of a distribution well.
ENOUGH = 5000
# Levels of L between which the ends of an interval are interpolated.
LEVELS = 25
Interval = tuple[float, float]


@dataclass(frozen=True)
class Moments:
    """The squared bias of labels counted in cells, with what sampling noise adds to it.

    Args:
        cells: the counts.
        references: for each observable 'last', 'first' or 'overall'.
    """

    cells: Cells
    references: tuple[str, ...]

    @cached_property
    def contrasts(self) -> tuple[Floats, ...]:
        """For each observable T (Q, B, A_j): T counts = fraction in bin l minus the reference fraction."""
        sizes = self.cells.leaf_sizes
        widths = np.diff(bin_edges(sizes, self.cells.bins))
        result = []
        for overlap, reference in zip(self.cells.overlaps, self.references, strict=True):
            weights = overlap / widths[..., None]
            everyone = np.broadcast_to(1.0 / sizes[:, None, None], (*sizes.shape, 1, overlap.shape[2]))
            base = {"last": weights[:, -1:], "first": weights[:, :1], "overall": everyone}[reference]
            result.append(weights - base)
        return tuple(result)

    @cached_property
    def n_cells(self) -> tuple[Floats, ...]:
        """For each observable (Q, A_j): objects in each cell."""
        return tuple(np.diff(cuts).astype(np.float64) for cuts in self.cells.cuts)

    def deviations(self, counts: Counts | None = None) -> Floats:
        """(..., J, Q, B, K) fractions minus the reference fraction, of counts (..., Q, A_1, ..., K), or as measured."""
        each = [contrast @ self.cells.along(j, counts) for j, contrast in enumerate(self.contrasts)]
        return np.stack(each, axis=-4)

    def square(self, counts: Counts | None = None) -> Any:
        """L^2 of counts (..., Q, A_1, ..., K): the mean of the squared deviations."""
        return np.mean(np.square(self.deviations(counts)), axis=(-4, -3, -2, -1))

    def noise(self, counts: Counts | None = None) -> Any:
        """What the sampling of labels adds to L^2 on average, estimated without bias from the counts themselves.

        Formula: mean over j, k, q, l of sum_a T_la^2 n_a^2 p_a (1 - p_a) / (n_a - 1), p_a the fraction in cell a.
        """
        terms = []
        for j, (contrast, n) in enumerate(zip(self.contrasts, self.n_cells, strict=True)):
            fraction = self.cells.along(j, counts) / np.maximum(n, 1.0)[..., None]
            weight = np.square(contrast).mean(axis=1) * np.square(n) / np.maximum(n - 1.0, 1.0)
            spread = (fraction * (1.0 - fraction)).mean(axis=-1)
            terms.append((weight * spread).sum(axis=-1).mean(axis=-1))
        return np.mean(terms, axis=0)

    def floor(self) -> float:
        """L of labels permuted within the leaves, the root of its mean square over all permutations, exactly.

        Formula: L_0^2 = mean over j, k, q, l of f (1 - f) n / (n - 1) sum_a T_la^2 n_a, f the class fraction in leaf q.
        """
        n_leaf = self.cells.leaf_sizes.astype(np.float64)
        totals = self.cells.along(0).sum(axis=1)
        fraction = totals / n_leaf[:, None]
        spread = (fraction * (1.0 - fraction)).mean(axis=1) * n_leaf / np.maximum(n_leaf - 1.0, 1.0)
        terms = [
            (np.square(contrast).mean(axis=1) * n).sum(axis=1) * spread
            for contrast, n in zip(self.contrasts, self.n_cells, strict=True)
        ]
        return float(np.sqrt(np.mean(terms)))

    def fractions(self, keep: float) -> Floats:
        """(Q, A_1, ..., A_J, K) class fractions of each cell, their deviations from the leaf's multiplied by keep.

        With several observables the deviations add up, and the fractions along each are as wanted. The bootstrap
        draws labels from these. Drawn from the fractions as counted (keep = 1), every replicate would carry the noise
        twice: once from the counts and once from the draw.
        """
        counts = self.cells.counts
        n_axes, n_observables = counts.ndim - 1, len(self.cells.cuts)
        n_joint = counts.sum(axis=-1, keepdims=True)
        leaf = self.cells.along(0).sum(axis=1) / self.cells.leaf_sizes[:, None]
        shape = (leaf.shape[0], *(1,) * (n_axes - 1), leaf.shape[1])
        result = np.broadcast_to(leaf.reshape(shape), counts.shape).copy()
        # Observables that go together share their deviations: each takes what the others have not explained yet.
        for _ in range(SWEEPS if n_observables > 1 else 1):
            for j, n in enumerate(self.n_cells):
                least, held = np.maximum(n, 1.0)[..., None], (n > 0)[..., None]
                goal = leaf[:, None, :] + keep * (self.cells.along(j) / least - leaf[:, None, :])
                missing = np.where(held, goal - self.cells.along(j, n_joint * result) / least, 0.0)
                axes = (leaf.shape[0], *(-1 if i == j else 1 for i in range(n_axes - 1)), leaf.shape[1])
                result += missing.reshape(axes)
        result = np.clip(result, 0.0, 1.0)
        return result / result.sum(axis=-1, keepdims=True)

    def draws(self, p: Floats, replicates: int, seed: int) -> Iterator[Counts]:
        """Counts of labels drawn anew in every cell, class fractions p from `fractions`, some replicates at a time."""
        rng, n = np.random.default_rng(seed), self.cells.counts.sum(axis=-1)
        for size in chunks(replicates, max(1, DRAWS // p.size)):
            yield draw(rng, n, p, size)

    def family(self, levels: Floats, keep: float = 1.0) -> Floats:
        """For each level L of `levels` (G,) the likeliest true deviations with that L, (G, J Q B K).

        Formula: minimise (d - m)' S^-1 (d - m) with mean m^2 = L^2: m = (1 + x S)^-1 d, where S is the covariance of
        the measured deviations d, leaf by leaf and class by class, and x is solved for. The noise of the reference,
        which all bins of a leaf share, is the first to be blamed. d is as measured times `keep`: the noise in d would
        otherwise pass for bias of other bins, and the interval be too narrow.
        """
        rotations, rotated, spreads = [], [], []
        for j, (contrast, n) in enumerate(zip(self.contrasts, self.n_cells, strict=True)):
            p = (self.cells.along(j) + 0.5) / (n[..., None] + 1.0)
            weighted = contrast[:, None] * np.moveaxis(n[..., None] * p * (1.0 - p), -1, 1)[:, :, None, :]
            spread, rotation = np.linalg.eigh(weighted @ np.swapaxes(contrast, 1, 2)[:, None])
            deviation = keep * np.moveaxis(self.deviations()[j], -1, 1)
            rotations.append(rotation)
            spreads.append(np.clip(spread, 0.0, None))
            rotated.append((np.swapaxes(rotation, 2, 3) @ deviation[..., None])[..., 0])
        along, spread = np.stack(rotated), np.stack(spreads) / max(np.max(spreads), 1e-300)
        result = np.empty((levels.size, along.size))
        for g, level in enumerate(levels):
            shrunk = along / (1.0 + _multiplier(along, spread, level) * spread)
            back = (np.stack(rotations) @ shrunk[..., None])[..., 0]
            result[g] = np.moveaxis(back, -2, -1).ravel()
        return result

    def permuted(self, replicates: int, seed: int) -> Floats:
        """(replicates,) L of labels permuted within the leaves."""
        rng = np.random.default_rng(seed)
        sizes = self.cells.counts.sum(axis=-1)
        flat = sizes.reshape(len(sizes), -1)
        totals = self.cells.along(0).sum(axis=1)
        values = []
        for size in chunks(replicates, max(1, DRAWS // self.cells.counts.size)):
            drawn = permute(rng, flat, totals, size)
            values.append(np.sqrt(self.square(drawn.reshape(size, *self.cells.counts.shape))))
        return np.concatenate(values)


def _multiplier(along: Floats, spread: Floats, level: float) -> float:
    """x > -1 for which along / (1 + x spread) has this root mean square; infinite for a level of 0."""

    def excess(x: float) -> float:
        return float(np.sqrt(np.mean(np.square(along / (1.0 + x * spread))))) - level

    low, high = -0.5, 1.0
    while excess(low) < 0 and low > -1 + 1e-9:
        low = -1 + (low + 1) / 4
    while excess(high) > 0 and high < 1e12:
        high *= 4
    if excess(low) < 0 or excess(high) > 0:
        return low if excess(low) < 0 else high
    return float(optimize.brentq(excess, low, high, xtol=1e-6))


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


def bias_share(value: float, corrected: float) -> float:
    """How much of the deviations measured is bias and not noise, in [0, 1]."""
    return corrected / value if value > 0 else 0.0


class Limits(NamedTuple):
    """Ends of the 95 % interval of the noise-free L, and the mean L that labels show at this size if it is `high`."""

    low: float
    high: float
    expected: float


def limits(moments: Moments, value: float, corrected: float, replicates: int, seed: int) -> Limits:
    """The noise-free L whose replicates, at this size, reach the value measured in neither too few nor too many cases.

    Noise is drawn once, around fractions that are biased as much as the noise-free L says, and added to the likeliest
    true deviations of each L on a grid (Neyman's construction along the profile). So neither the noise in the measured
    fractions nor that of the resampling is mistaken for bias. Near L = 0, where no value is too small, the 5 % that
    may be missed lie on the upper side alone.
    """
    keep = bias_share(value, corrected)
    p = moments.fractions(keep)
    trial = np.sqrt(np.concatenate([moments.square(c) for c in moments.draws(p, min(replicates, 100), seed)]))
    grid = np.linspace(0.0, value + 6.0 * float(trial.std()), LEVELS)
    family, centre = (
        moments.family(grid, max(keep, LEAST)),
        moments.deviations(moments.cells.counts.sum(axis=-1, keepdims=True) * p),
    )
    squares = []
    for counts in moments.draws(p, enough(p, replicates), seed):
        noise = (moments.deviations(counts) - centre).reshape(len(counts), -1)
        squares.append(2.0 * noise @ family.T + np.square(noise).sum(axis=1)[:, None])
    total = (np.concatenate(squares) + np.square(family).sum(axis=1)) / family.shape[1]
    reached = np.sqrt(np.clip(total, 0.0, None))
    mean = reached.mean(axis=0)
    tail = 0.025 * np.minimum(1.0, grid / max(mean[0], 1e-300))
    common = [float(np.quantile(column, below + 0.95)) for column, below in zip(reached.T, tail, strict=True)]
    rare = [float(np.quantile(column, below)) for column, below in zip(reached.T, tail, strict=True)]
    low, high = float(np.interp(value, common, grid)), float(np.interp(value, rare, grid))
    return Limits(low, high, float(np.interp(high, grid, mean)))
