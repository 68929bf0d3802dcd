"""How well predicted classes agree with labels: accuracy, precision, recall, f1."""

from typing import Any

import numpy as np
import numpy.typing as npt

from truemorph.components.laws import DISK, SMOOTH

SCORES = ("accuracy", "precision", "recall", "f1")


def confusion(predicted: npt.ArrayLike, labels: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Counts of objects by label (row) and predicted class (column), in the order smooth, disk.

    Args:
        predicted: (N,) predicted class, 0 smooth or 1 disk.
        labels: (N,) label, 0 smooth or 1 disk.

    Returns:
        (2, 2) int64, with sum N.

    Raises:
        ValueError: if the lengths differ or a value is neither 0 nor 1.

    Example:
        >>> confusion([1, 1, 0, 0], [1, 0, 0, 0]).tolist()
        [[2, 1], [0, 1]]
    """
    guess, label = np.asarray(predicted), np.asarray(labels)
    if guess.shape != label.shape or guess.ndim != 1:
        raise ValueError(f"predicted and labels must be (N,) each. Received: {guess.shape} and {label.shape}")
    for name, values in (("predicted", guess), ("labels", label)):
        if not np.isin(values, (SMOOTH, DISK)).all():
            raise ValueError(f"{name} must be 0 or 1. Received: {sorted(set(values.tolist()) - {0, 1})}")
    return np.bincount(2 * label.astype(np.int64) + guess.astype(np.int64), minlength=4).reshape(2, 2)


def scores(counts: npt.ArrayLike) -> dict[str, Any]:
    """Accuracy, precision, recall and f1, the disk being the positive class; None where a ratio is 0/0.

    Formula: accuracy = (tp + tn) / N, precision = tp / (tp + fp), recall = tp / (tp + fn),
    f1 = 2 tp / (2 tp + fp + fn).

    Args:
        counts: (2, 2) from `confusion`.

    Returns:
        a dict from each name of SCORES to a float in [0, 1] or None.

    Example:
        >>> scores([[2, 1], [0, 1]])
        {'accuracy': 0.75, 'precision': 0.5, 'recall': 1.0, 'f1': 0.6666666666666666}
        >>> scores([[3, 0], [0, 0]])["precision"] is None
        True
    """
    (tn, fp), (fn, tp) = np.asarray(counts, dtype=np.int64).tolist()
    ratios = {
        "accuracy": (tp + tn, tp + tn + fp + fn),
        "precision": (tp, tp + fp),
        "recall": (tp, tp + fn),
        "f1": (2 * tp, 2 * tp + fp + fn),
    }
    return {name: part / whole if whole else None for name, (part, whole) in ratios.items()}
