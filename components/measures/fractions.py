"""The share of a class among some galaxies: as labelled, corrected by a law, and by a network's probabilities."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
# Standard deviations of a 95 % interval.
Z = 1.959963984540054


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


def class_shares(
    seen: npt.ArrayLike, confusion: npt.ArrayLike, others: Iterable[tuple[Floats, Floats]] = ()
) -> list[Share]:
    """Shares of K true classes from labels, of which a law says how the classes are confused.

    Formula: f_c = (1/N) sum_i W_i[seen_i, c], W_i the inverse of galaxy i's confusion: the mean over the labels that a
    galaxy may get is 1 for its own class and 0 for the others. With smooth and disk it is the f of label_share, and so
    is the interval: every g with (f - g)^2 < z^2 (g m + (1 - g) u - g^2) / N, f cut to [0, 1], m the mean of W^2 for
    galaxies of class c, and u for the others.

    Args:
        seen: (N,) class of the label, integers 0 to K - 1.
        confusion: (N, K, K) p(seen = column | true = row) of each.
        others: the same under the law's parameters shifted by one standard deviation, up and down, for each shift that
            is independent of the others; the systematic interval is 1.96 of what they move f by, in quadrature.

    Returns:
        The share of each class; without others nothing is said of what is not known of the law.

    Raises:
        ValueError: if there is no galaxy, or classes cannot be told apart at all.

    Example:
        >>> confusion = [[[1, 0], [0.5, 0.5]], [[1, 0], [0, 1]]] * 2
        >>> smooth, disk = class_shares([0, 0, 1, 0], confusion)
        >>> smooth.value, disk.value, [round(end, 2) for end in disk.statistical]
        (0.5, 0.5, [0.11, 1.0])

    References:
        van den Hout & van der Heijden 2002, Int. Stat. Rev. 70, 269 (the inverse of the confusion).
    """
    labels, p = np.asarray(seen, np.int64), np.asarray(confusion, np.float64)
    n = len(labels)
    if not n or (np.abs(np.linalg.det(p)) < 1e-12).any():
        raise ValueError(f"there must be a galaxy, and an inverse of each confusion. Received: {n} galaxies")
    inverse = np.linalg.inv(p)
    values = inverse[np.arange(n), labels].mean(axis=0)
    moved = [np.subtract(*(np.linalg.inv(each)[np.arange(n), labels].mean(axis=0) for each in pair)) for pair in others]
    away = Z * np.sqrt(np.square(moved).sum(axis=0)) / 2.0 if moved else None
    squares = np.einsum("nkj,njc->kc", p, inverse**2) / n
    shares = []
    for place, value in enumerate(np.clip(values, 0.0, 1.0).tolist()):
        rest = np.delete(np.maximum(values, 0.0), place)
        false = np.delete(squares[:, place], place)
        spread = float(rest @ false / rest.sum()) if rest.sum() else float(false.max())
        ends = None if away is None else [value - float(away[place]), value + float(away[place])]
        shares.append(_share(value, float(squares[place, place]), ends, n, spread))
    return shares


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


def _share(value: float, weight: float, ends: list[float] | None, n: int, spread: float = 0.0) -> Share:
    """A share and its intervals; weight and spread are m and u of the formulas."""
    middle, scale = 2 * n * value + Z**2 * (weight - spread), 2 * (n + Z**2)
    half = np.sqrt(middle**2 - 2 * scale * (n * value**2 - Z**2 * spread))
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
