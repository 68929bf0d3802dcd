"""How well predicted classes agree with labels: accuracy, and precision, recall and f1 as means over the classes."""

from typing import Any

import numpy as np
import numpy.typing as npt

SCORES = ("accuracy", "precision", "recall", "f1")


def confusion(predicted: npt.ArrayLike, labels: npt.ArrayLike, classes: int = 2) -> npt.NDArray[np.int64]:
    """Counts of objects by label (row) and predicted class (column), in the order smooth, disk.

    Args:
        predicted: (N,) predicted class, 0 to K - 1.
        labels: (N,) label, 0 to K - 1.
        classes: K.

    Returns:
        (K, K) int64, with sum N.

    Raises:
        ValueError: if the lengths differ or a value is no class.

    Example:
        >>> confusion([1, 1, 0, 0], [1, 0, 0, 0]).tolist()
        [[2, 1], [0, 1]]
    """
    guess, label = np.asarray(predicted), np.asarray(labels)
    if guess.shape != label.shape or guess.ndim != 1:
        raise ValueError(f"predicted and labels must be (N,) each. Received: {guess.shape} and {label.shape}")
    for name, values in (("predicted", guess), ("labels", label)):
        if strangers := set(values.tolist()) - set(range(classes)):
            raise ValueError(f"{name} must be 0 to {classes - 1}. Received: {sorted(strangers)}")
    cells = classes * label.astype(np.int64) + guess.astype(np.int64)
    return np.bincount(cells, minlength=classes**2).reshape(classes, classes)


def scores(counts: npt.ArrayLike) -> dict[str, Any]:
    """Accuracy, and precision, recall and f1 as macro averages; None where a ratio is 0/0.

    Formula: accuracy = sum_k c_kk / N; for each class k precision = c_kk / sum_l c_lk, recall = c_kk / sum_l c_kl,
    f1 = 2 c_kk / (sum_l c_lk + sum_l c_kl), and of each the mean over the classes, whatever their numbers. The paper's
    Table 1 most probably holds such averages: of the disks alone, row d would need a sample with 40 % disks.

    Args:
        counts: (K, K) from `confusion`.

    Returns:
        a dict from each name of SCORES to a float in [0, 1] or None.

    Example:
        >>> {name: round(value, 3) for name, value in scores([[2, 1], [0, 1]]).items()}
        {'accuracy': 0.75, 'precision': 0.75, 'recall': 0.833, 'f1': 0.733}
        >>> scores([[3, 0], [0, 0]])["precision"] is None
        True
    """
    counts = np.asarray(counts, dtype=np.int64)
    right, labelled, predicted = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    ratios = {
        "accuracy": (right.sum()[None], counts.sum()[None]),
        "precision": (right, predicted),
        "recall": (right, labelled),
        "f1": (2 * right, labelled + predicted),
    }
    return {name: float((part / whole).mean()) if whole.all() else None for name, (part, whole) in ratios.items()}
