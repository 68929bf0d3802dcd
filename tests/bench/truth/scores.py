"""Scores of predictions against the truth."""

from typing import Any

import numpy as np
import numpy.typing as npt
from sky import INTRINSIC, Sky

from truemorph.components.measures.cv14 import cv14_bias
from truemorph.components.measures.cv18 import cv18_bias
from truemorph.components.measures.result import BiasResult

ALPHA_EDGES = (0.0, 8.0, 12.0, 18.0, np.inf)
"""Four bins of resolution."""
CLIP = 1e-6
"""Probabilities are taken this far from 0 and 1 before the logarithm: a label is no probability."""


def score(p_disk: npt.ArrayLike, test: Sky) -> dict[str, Any]:
    """Accuracy, log-loss, share of disks, in all and in four bins of alpha; bias of predictions and truth; calibration.

    The balanced accuracy is the mean of those of both classes.

    Args:
        p_disk: (N,) p(disk), or a class 0 or 1; NaN where nothing is predicted: those are left out and counted.
        test: the galaxies.
    """
    p, alpha = np.asarray(p_disk, np.float64), test.table["alpha"].to_numpy()
    known = np.isfinite(p)
    p, alpha, truth = p[known], alpha[known], test.truth[known]
    beta = test.table[list(INTRINSIC)].to_numpy()[known]
    disk = (p > 0.5).astype(np.int64)
    right = disk == truth
    clipped = np.clip(p, CLIP, 1.0 - CLIP)
    loss = -np.log(np.where(truth == 1, clipped, 1.0 - clipped))
    place = np.searchsorted(ALPHA_EDGES, alpha, side="right") - 1
    bins = [place == index for index in range(len(ALPHA_EDGES) - 1)]
    return {
        "n": int(known.sum()),
        "left_out": int((~known).sum()),
        "accuracy": float(right.mean()),
        "balanced_accuracy": float(np.mean([right[truth == value].mean() for value in (0, 1)])),
        "log_loss": float(loss.mean()),
        "accuracy_by_alpha": [float(right[part].mean()) for part in bins],
        "n_by_alpha": [int(part.sum()) for part in bins],
        "share_error_by_alpha": [_share_error((p - truth)[part]) for part in bins],
        "calibration_error": calibration_error(p, truth),
        "cv14": _bias(cv14_bias(disk, alpha)),
        "cv14_truth": _bias(cv14_bias(truth, alpha)),
        "cv18": _bias(cv18_bias(disk, alpha, beta)),
        "cv18_truth": _bias(cv18_bias(truth, alpha, beta)),
    }


def _share_error(error: npt.NDArray[np.float64]) -> list[float] | None:
    """Share of disks found less the true one, and half of its 95 % interval; None for fewer than two galaxies."""
    if len(error) < 2:
        return None
    return [float(error.mean()), float(1.96 * error.std(ddof=1) / np.sqrt(len(error)))]


def calibration_error(p_disk: npt.NDArray[np.float64], truth: npt.NDArray[np.int64], bins: int = 10) -> float:
    """Expected calibration error: mean distance of p(disk) and the share of disks, over bins of equal width in p."""
    place = np.minimum((p_disk * bins).astype(int), bins - 1)
    n = np.bincount(place, minlength=bins)
    mean, share = (np.bincount(place, weights=w, minlength=bins) for w in (p_disk, truth))
    return float(np.abs(mean - share).sum() / n.sum())


def _bias(result: BiasResult) -> dict[str, Any]:
    interval = None if result.interval is None else [float(end) for end in result.interval]
    return {"value": result.value, "interval": interval}
