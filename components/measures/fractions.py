"""The share of disks among some galaxies: as labelled, corrected by a law, and by a network's probabilities."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

# Standard deviations of a 95 % interval.
Z = 1.959963984540054
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Share:
    """A share with its 95 % intervals.

    Args:
        value: in [0, 1].
        statistical: from the number of galaxies and the chance of a flip.
        systematic: from what is not known of the law or the network; None where nothing is said about it.
        combined: both, added in quadrature on each side.
        n: galaxies.
    """

    value: float
    statistical: tuple[float, float]
    systematic: tuple[float, float] | None
    combined: tuple[float, float]
    n: int


def label_share(disk: npt.ArrayLike, p_flip: npt.ArrayLike = 0.0, others: Sequence[npt.ArrayLike] = ()) -> Share:
    """Share of true disks from labels, of which a law says how often a disk is called smooth.

    Formula: f = (1/N) sum_i y_i / (1 - p_flip,i), at most 1: each disk seen stands for those like it that were not. No
    assumption is made on how the share goes with the resolution. The interval is of the population that the galaxies
    are drawn from: every g with (f - g)^2 < z^2 g (m - g) / N, f not cut, m the mean of 1 / (1 - p_flip,i), which is
    Wilson's where nothing flips.
    The systematic interval holds f under every other law.

    Args:
        disk: (N,) whether the label is disk.
        p_flip: (N,) p(seen smooth | true disk) of each, in [0, 1); 0: the labels as they are.
        others: (N,) each, p_flip under other laws that may hold as well, such as those at the ends of theta's interval.

    Raises:
        ValueError: if there is no galaxy, or a disk can not be seen at all.

    Example:
        >>> share = label_share([1, 1, 0, 0, 0, 0], [0.5, 0.0, 0.5, 0.5, 0.0, 0.0])
        >>> share.value, [round(end, 2) for end in share.statistical]
        (0.5, [0.15, 1.0])

    References:
        Horvitz & Thompson 1952, JASA 47, 663; Wilson 1927, JASA 22, 209.
    """
    seen = np.asarray(disk, dtype=np.float64)
    flips = [np.broadcast_to(np.asarray(p, dtype=np.float64), seen.shape) for p in (p_flip, *others)]
    if not seen.size or any(np.max(flip) >= 1 for flip in flips):
        raise ValueError(f"there must be a galaxy, and p_flip below 1. Received: {seen.size} galaxies")
    values = [float((seen / (1.0 - flip)).mean()) for flip in flips]
    return _share(values[0], float(np.mean(1.0 / (1.0 - flips[0]))), values if others else None, seen.size)


def network_share(p_disk: npt.ArrayLike, others: Sequence[npt.ArrayLike] = ()) -> Share:
    """Share of true disks from a network's probabilities: their mean.

    Args:
        p_disk: (N,) in [0, 1].
        others: (N,) each, the same by other networks that may be as right, or the ends of each one's interval.

    Raises:
        ValueError: if there is no galaxy.
    """
    p = np.asarray(p_disk, dtype=np.float64)
    if not p.size:
        raise ValueError("there must be a galaxy. Received: 0 galaxies")
    value = float(p.mean())
    ends = [value, *(float(np.asarray(other, np.float64).mean()) for other in others)] if len(others) else None
    return _share(value, 1.0, ends, p.size)


def _share(value: float, weight: float, ends: list[float] | None, n: int) -> Share:
    """A share and its intervals; weight is m of the formula."""
    middle, scale = 2 * n * value + Z**2 * weight, 2 * (n + Z**2)
    half = np.sqrt(middle**2 - 2 * scale * n * value**2)
    low, high = float((middle - half) / scale), float((middle + half) / scale)
    if low >= 1:  # as many disks are hardly seen among so few galaxies, even if all are disks
        return _share(1.0, weight, ends and [min(1.0, end) for end in ends], n)
    below = above = 0.0
    if ends is not None:
        below, above = value - min(ends), max(ends) - value
    combined = value - float(np.hypot(value - low, below)), value + float(np.hypot(high - value, above))
    systematic = None if ends is None else _cut(value - below, value + above)
    return Share(min(1.0, value), _cut(low, high), systematic, _cut(*combined), n)


def _cut(low: float, high: float) -> tuple[float, float]:
    """Both ends within [0, 1]."""
    return min(1.0, max(0.0, low)), min(1.0, max(0.0, high))
