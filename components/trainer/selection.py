"""Which epoch's weights are kept: the last one that is as good, as far as the galaxies held back can tell."""

import math

import numpy as np
import numpy.typing as npt


def lower(losses: npt.ArrayLike, lowest: npt.ArrayLike) -> bool:
    """Whether an epoch's mean loss is as low as the lowest so far, or that one is no number.

    Args:
        losses: (N,) of the epoch.
        lowest: (N,) of the lowest so far.
    """
    before = np.sum(lowest)
    return bool(np.sum(losses) <= before or not np.isfinite(before))


def as_good(losses: npt.ArrayLike, lowest: npt.ArrayLike) -> bool:
    """Whether an epoch is not worse than the one with the lowest loss, by the rule of one standard error.

    A few hundred labels, some of them wrong, do not tell apart epochs that lie closer; the lowest of many such losses
    is as often as not a lucky moment early on, while the rate of learning was high. The later epoch is then the better
    choice.

    Formula: mean(d) <= std(d) / sqrt(N), with d = losses - lowest, galaxy by galaxy.

    Args:
        losses: (N,) minus log-likelihood of the label seen, of each galaxy held back.
        lowest: (N,) the same of the epoch in which their mean was lowest; N = 0: every epoch is as good.

    Example:
        >>> as_good([0.2, 0.5, 0.3], [0.1, 0.5, 0.35]), as_good([0.2, 0.6, 0.5], [0.1, 0.5, 0.35])
        (True, False)

    References:
        Breiman, Friedman, Olshen & Stone 1984, Classification and Regression Trees, section 3.4.3.
    """
    difference = np.asarray(losses, np.float64) - np.asarray(lowest, np.float64)
    if difference.size < 2:
        return bool(np.sum(difference) <= 0.0)
    return bool(np.mean(difference) <= np.std(difference, ddof=1) / math.sqrt(difference.size))
