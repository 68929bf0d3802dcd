"""How classes and probabilities agree with labels: confusion against a label set, and calibration."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from truemorph.components.evaluator.curves import MIN_PER_BIN, wilson
from truemorph.components.evaluator.scores import confusion

CALIBRATION_BINS = 10


def agreement(classes: Mapping[str, npt.ArrayLike], label_sets: Sequence[str], k: int = 2) -> list[dict[str, Any]]:
    """Confusion of every row's classes with every label set.

    Args:
        classes: for each row's key (N,) classes, 0 smooth, 1 disk, NaN where not known; the label sets among them.
        label_sets: keys of the rows that are label sets.
        k: how many classes there are.

    Returns:
        {"key", "against", "n", "confusion"} for each row and each label set but itself; confusion counts by label
        (row) and class (column), smooth then disk, over the n objects of which both are known; None where n is 0.

    Example:
        >>> agreement({"raw": [0, 1, 1], "network": [0, 0, float("nan")]}, ["raw"])
        [{'key': 'network', 'against': 'raw', 'n': 2, 'confusion': [[1, 0], [1, 0]]}]
    """
    found = []
    for key, values in classes.items():
        for against in label_sets:
            if key == against:
                continue
            row, label = (np.asarray(each, dtype=np.float64) for each in (values, classes[against]))
            both = np.isfinite(row) & np.isfinite(label)
            n = int(both.sum())
            counts = confusion(row[both], label[both], k).tolist() if n else None
            found.append({"key": key, "against": against, "n": n, "confusion": counts})
    return found


def reliability(p_disk: npt.ArrayLike, label: npt.ArrayLike, bins: int = CALIBRATION_BINS) -> list[dict[str, Any]]:
    """Share of objects labelled disk among those with about the same predicted probability of it.

    Args:
        p_disk: (N,) predicted probability that the label is disk, in [0, 1], NaN where not known.
        label: (N,) labels, 0 smooth, 1 disk, NaN where not known.
        bins: equal bins of probability.

    Returns:
        one dict a bin that holds at least 10 objects: {"p", "n", "disk", "fraction", "low", "high"}, p the mean
        probability, low and high Wilson's 68 % interval of the fraction.

    Example:
        >>> found = reliability([0.2] * 10 + [0.9] * 20, [0] * 8 + [1] * 22, bins=2)
        >>> [(round(b["p"], 2), b["n"], b["fraction"]) for b in found]
        [(0.2, 10, 0.2), (0.9, 20, 1.0)]

    References:
        DeGroot & Fienberg 1983, The Statistician 32, 12 (reliability diagram).
    """
    p, seen = np.asarray(p_disk, dtype=np.float64), np.asarray(label, dtype=np.float64)
    known = np.isfinite(p) & np.isfinite(seen)
    p, seen = p[known], seen[known]
    cell = np.minimum((p * bins).astype(int), bins - 1)
    found = []
    for index in range(bins):
        inside = cell == index
        n, disk = int(inside.sum()), int(seen[inside].sum())
        if n >= MIN_PER_BIN:
            low, high = wilson(disk, n)
            found.append(
                {"p": float(p[inside].mean()), "n": n, "disk": disk, "fraction": disk / n, "low": low, "high": high}
            )
    return found
