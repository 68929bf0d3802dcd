"""How far an image is from all that a network was trained on."""

from typing import Any

import numpy as np
import numpy.typing as npt

from truemorph.components.certainty.laplace import Evidence

Floats = npt.NDArray[np.float64]
FLOOR = 0.01
"""Variance that each direction has at least, of the mean variance: a feature that was never seen to change has some."""


def whitening(evidence: Evidence, count: int) -> tuple[Floats, Floats]:
    """The mean of the training features, and the matrix that makes their covariance one.

    Args:
        evidence: of the training galaxies, D - 1 features.
        count: how many they are.

    Returns:
        (D - 1,) mean and (D - 1, D - 1) matrix.
    """
    mean = evidence.total[:-1] / count
    covariance = evidence.square[:-1, :-1] / count - np.outer(mean, mean)
    values, vectors = np.linalg.eigh(covariance)
    floor = max(FLOOR * float(np.maximum(values, 0.0).mean()), 1e-12)
    return mean, vectors / np.sqrt(np.maximum(values, 0.0) + floor)


def distances(features: Any, mean: Any, whiten: Any, xp: Any = np) -> Any:
    """Mahalanobis's distance of each (N, D - 1) features from the middle of the training set, (N,).

    The features are float64; xp: numpy, or keras.ops within a network.
    """
    return xp.sqrt(xp.sum(xp.square(xp.matmul(features - mean, whiten)), axis=1))


def share_nearer(found: Any, reference: Any, xp: Any = np) -> Any:
    """The share of known galaxies that are nearer than each of some others.

    Args:
        found: (N,) distances, NaN where one is not known.
        reference: (M,) distances of galaxies that the network was not trained on, but are as those; M > 0.
        xp: numpy, or keras.ops within a network.

    Returns:
        (N,) in 0..1: evenly spread for galaxies as the known ones, 1 where none of them is as far.

    Examples:
        >>> share_nearer(np.array([0.5, 2.5, 9.0]), np.array([1.0, 2.0, 3.0, 4.0])).tolist()
        [0.0, 0.5, 1.0]
    """
    far = found[:, None]
    return xp.mean(xp.where(reference < far, 1.0, 0.0 * far), axis=1)  # NaN stays NaN
