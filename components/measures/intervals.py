"""The interval of a bias: every L whose replicates reach the value measured in neither too few nor too many cases."""

from typing import NamedTuple

import numpy as np
from scipy import optimize

from truemorph.components.measures.cells import Floats
from truemorph.components.measures.redraw import enough
from truemorph.components.measures.statistic import BiasStatistic

# Share of the measured deviations that counts as bias at the least, in the family of fractions that an interval tries.
LEAST = 0.9
# Levels of L between which the ends of an interval are interpolated.
LEVELS = 25
Interval = tuple[float, float]


class Limits(NamedTuple):
    """Ends of the 95 % interval of the noise-free L, and the mean L that labels show at this size if it is `high`."""

    low: float
    high: float
    expected: float


def limits(statistic: BiasStatistic, value: float, corrected: float, replicates: int, seed: int) -> Limits:
    """The noise-free L whose replicates, at this size, reach the value measured in neither too few nor too many cases.

    Noise is drawn once, around fractions that are biased as much as the noise-free L says, and added to the likeliest
    true deviations of each L on a grid (Neyman's construction along the profile). So neither the noise in the measured
    fractions nor that of the resampling is mistaken for bias. Near L = 0, where no value is too small, the 5 % that
    may be missed lie on the upper side alone.
    """
    keep = bias_share(value, corrected)
    p = statistic.fractions(keep)
    trial = np.sqrt(np.concatenate([statistic.square(c) for c in statistic.draws(p, min(replicates, 100), seed)]))
    grid = np.linspace(0.0, value + 6.0 * float(trial.std()), LEVELS)
    family = _family(statistic, grid, max(keep, LEAST))
    centre = statistic.deviations(statistic.cells.counts.sum(axis=-1, keepdims=True) * p)
    squares = []
    for counts in statistic.draws(p, enough(p, replicates), seed):
        noise = (statistic.deviations(counts) - centre).reshape(len(counts), -1)
        squares.append(2.0 * noise @ family.T + np.square(noise).sum(axis=1)[:, None])
    total = (np.concatenate(squares) + np.square(family).sum(axis=1)) / family.shape[1]
    reached = np.sqrt(np.clip(total, 0.0, None))
    mean = reached.mean(axis=0)
    tail = 0.025 * np.minimum(1.0, grid / max(mean[0], 1e-300))
    common = [float(np.quantile(column, below + 0.95)) for column, below in zip(reached.T, tail, strict=True)]
    rare = [float(np.quantile(column, below)) for column, below in zip(reached.T, tail, strict=True)]
    low, high = float(np.interp(value, common, grid)), float(np.interp(value, rare, grid))
    return Limits(low, high, float(np.interp(high, grid, mean)))


def _family(statistic: BiasStatistic, levels: Floats, keep: float) -> Floats:
    """For each level L of `levels` (G,) the likeliest true deviations with that L, (G, J Q B K).

    Formula: minimise (d - m)' S^-1 (d - m) with mean m^2 = L^2: m = (1 + x S)^-1 d, where S is the covariance of
    the measured deviations d, leaf by leaf and class by class, and x is solved for. The noise of the reference,
    which all bins of a leaf share, is the first to be blamed. d is as measured times `keep`: the noise in d would
    otherwise pass for bias of other bins, and the interval be too narrow.
    """
    rotations, rotated, spreads = [], [], []
    for j, (contrast, n) in enumerate(zip(statistic.contrasts, statistic.n_cells, strict=True)):
        p = (statistic.cells.along(j) + 0.5) / (n[..., None] + 1.0)
        weighted = contrast[:, None] * np.moveaxis(n[..., None] * p * (1.0 - p), -1, 1)[:, :, None, :]
        spread, rotation = np.linalg.eigh(weighted @ np.swapaxes(contrast, 1, 2)[:, None])
        deviation = keep * np.moveaxis(statistic.deviations()[j], -1, 1)
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


def bias_share(value: float, corrected: float) -> float:
    """How much of the deviations measured is bias and not noise, in [0, 1]."""
    return corrected / value if value > 0 else 0.0
