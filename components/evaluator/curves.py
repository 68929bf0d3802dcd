"""The share of disks in bins of resolution: what a biased set of labels lets one see at a glance."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from truemorph.components.laws import DISK
from truemorph.components.measures.cells import bin_edges

MIN_PER_BIN = 10


def wilson(successes: npt.ArrayLike, n: npt.ArrayLike, z: float = 1.0) -> tuple[npt.NDArray[np.float64], ...]:
    """Wilson's interval of a binomial share, lower and upper end; n must be > 0.

    Formula: (p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n).

    Args:
        successes: (N,) counts, 0 to n.
        n: (N,) trials, > 0.
        z: half-width in standard deviations; 1 covers about 68 %.

    Returns:
        two (N,) float64 arrays in [0, 1].

    Example:
        >>> [end.round(3).tolist() for end in wilson([5], [10])]
        [[0.349], [0.651]]

    References:
        Wilson 1927, JASA 22, 209.
    """
    trials = np.asarray(n, dtype=np.float64)
    share = np.asarray(successes, dtype=np.float64) / trials
    middle = share + z**2 / (2 * trials)
    half = z * np.sqrt(share * (1 - share) / trials + z**2 / (4 * trials**2))
    scale = 1 + z**2 / trials
    return np.clip((middle - half) / scale, 0, 1), np.clip((middle + half) / scale, 0, 1)


def disk_curves(labels: Mapping[str, npt.ArrayLike], alpha: npt.ArrayLike, bins: int) -> list[dict[str, Any]]:
    """Disk fraction of every label set in the same bins of alpha, which hold equally many objects.

    Args:
        labels: for each row's key (N,) labels, 0 smooth, 1 disk, NaN where not known.
        alpha: (N,) resolution, NaN where not known.
        bins: bins wanted; fewer are made where a bin would hold fewer than 10 objects.

    Returns:
        one dict a key, {"key", "bins": [{"alpha", "alpha_low", "alpha_high", "n", "disk", "fraction", "low", "high"}]},
        alpha the bin's median, low and high Wilson's 68 % interval; the last three are None in a bin without
        labelled objects. The bins are [] when fewer than 10 objects have an alpha or none has a label.

    Example:
        >>> curve, = disk_curves({"raw": [0, 1] * 10}, range(1, 21), bins=2)
        >>> [(b["alpha"], b["n"], b["fraction"]) for b in curve["bins"]]
        [(5.5, 10, 0.5), (15.5, 10, 0.5)]
    """
    resolution = np.asarray(alpha, dtype=np.float64)
    known = np.flatnonzero(np.isfinite(resolution))
    order = known[np.argsort(resolution[known], kind="stable")]
    cells = min(bins, len(order) // MIN_PER_BIN)
    groups = np.split(order, bin_edges(len(order), cells)[1:-1]) if cells else []
    return [
        {"key": key, "bins": _curve(np.asarray(values, dtype=np.float64), resolution, groups)}
        for key, values in labels.items()
    ]


def _curve(
    labels: npt.NDArray[np.float64], alpha: npt.NDArray[np.float64], groups: list[npt.NDArray[np.intp]]
) -> list[dict[str, Any]]:
    if not np.isfinite(labels).any():
        return []
    curve = []
    for group in groups:
        seen = labels[group][np.isfinite(labels[group])]
        n, disk = len(seen), int((seen == DISK).sum())
        low, high = (float(end) for end in wilson(disk, n)) if n else (None, None)
        curve.append(
            {
                "alpha": float(np.median(alpha[group])),
                "alpha_low": float(alpha[group[0]]),
                "alpha_high": float(alpha[group[-1]]),
                "n": n,
                "disk": disk,
                "fraction": disk / n if n else None,
                "low": low,
                "high": high,
            }
        )
    return curve
