"""How many were called smooth, seen and expected, in bins."""

import numpy as np
import numpy.typing as npt
from scipy import stats

from truemorph.components.laws.base import Floats

BINS, LEAST = 8, 10


def flips_by(
    values: Floats, called_smooth: npt.NDArray[np.bool_], expected: Floats, bins: int = BINS
) -> list[dict[str, float]]:
    """Shares called smooth, seen and expected, in bins of equal count, with a 95 % Wilson interval of the share seen.

    Args:
        values: (N,) what the bins are of.
        called_smooth: (N,) whether the label is smooth.
        expected: (N,) the chance of it: p_flip where all are disks.
        bins: how many, if each can hold 10 objects.

    Returns:
        For each bin low, high, middle (the median), n, seen and expected (shares), seen_low, seen_high.

    Examples:
        >>> rows = flips_by(np.arange(40.0), np.arange(40) < 10, np.full(40, 0.25), bins=2)
        >>> [(row["low"], row["high"], row["seen"], row["expected"]) for row in rows]
        [(0.0, 19.0, 0.5, 0.25), (20.0, 39.0, 0.0, 0.25)]

    References:
        Wilson 1927, JASA 22, 209.
    """
    order = np.argsort(values, kind="stable")
    rows = []
    for part in np.array_split(order, max(1, min(bins, len(order) // LEAST))):
        count = int(called_smooth[part].sum())
        interval = stats.binomtest(count, len(part)).proportion_ci(method="wilson")
        rows.append(
            {
                "low": float(values[part[0]]),
                "high": float(values[part[-1]]),
                "middle": float(np.median(values[part])),
                "n": len(part),
                "seen": count / len(part),
                "seen_low": float(interval.low),
                "seen_high": float(interval.high),
                "expected": float(expected[part].mean()),
            }
        )
    return rows
