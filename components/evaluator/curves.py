"""The share of disks in bins of resolution: what a biased set of labels lets one see at a glance."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from truemorph.components.laws import CLASS_NAMES, DISK
from truemorph.components.measures.cells import bin_edges

MIN_PER_BIN = 10
ONE_SIGMA = float(stats.norm.cdf(1) - stats.norm.cdf(-1))


def wilson(successes: int, n: int) -> tuple[float, float]:
    """Wilson's 68 % interval of a binomial share.

    Args:
        successes: 0 to n.
        n: trials, > 0.

    Example:
        >>> [round(end, 3) for end in wilson(5, 10)]
        [0.349, 0.651]

    References:
        Wilson 1927, JASA 22, 209.
    """
    low, high = stats.binomtest(successes, n).proportion_ci(ONE_SIGMA, method="wilson")
    return float(low), float(high)


def disk_curves(
    labels: Mapping[str, npt.ArrayLike], alpha: npt.ArrayLike, bins: int, classes: Sequence[str] = CLASS_NAMES
) -> list[dict[str, Any]]:
    """Disk fraction of every label set in the same bins of alpha, which hold equally many objects.

    Args:
        labels: for each row's key (N,) labels, 0 smooth, 1 disk, NaN where not known.
        alpha: (N,) resolution, NaN where not known.
        bins: bins wanted; fewer are made where a bin would hold fewer than 10 objects.
        classes: names of the classes; of those of your own each has its curves, with "class".

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
    found = {key: np.asarray(values, dtype=np.float64) for key, values in labels.items()}
    if tuple(classes) == CLASS_NAMES:
        return [{"key": key, "bins": _curve(values, resolution, groups)} for key, values in found.items()]
    return [
        {"key": key, "class": name, "bins": _curve(values, resolution, groups, place)}
        for place, name in enumerate(classes)
        for key, values in found.items()
    ]


def _curve(
    labels: npt.NDArray[np.float64],
    alpha: npt.NDArray[np.float64],
    groups: list[npt.NDArray[np.intp]],
    place: int = DISK,
) -> list[dict[str, Any]]:
    if not np.isfinite(labels).any():
        return []
    curve = []
    for group in groups:
        seen = labels[group][np.isfinite(labels[group])]
        n, disk = len(seen), int((seen == place).sum())
        low, high = wilson(disk, n) if n else (None, None)
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
