"""Laplace's approximation of a network's last layer: how well labels that pass through a law fix its weights."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.special import expit

Floats = npt.NDArray[np.float64]
FAR = 30.0
"""A logit beyond which p is 0 or 1 to 13 digits."""
STEPS = 100
"""Of the fixed-point iteration for the width of the prior, at most."""


def label_terms(
    z: npt.ArrayLike, flip: npt.ArrayLike, seen: npt.ArrayLike, rates: tuple[float, float] = (1.0, 1.0)
) -> tuple[Floats, Floats]:
    """What a galaxy's label tells of z = logit p(disk | x): Fisher's information, and the slope of the likelihood.

    Formula: q = p(label disk) = (1 - f) p, in a sample that kept shares r of the labels q' = r_d q / (r_d q + r_s (1 -
    q)); with g = d logit q / dz = (1 - p) / (1 - q) the slope is (seen - q') g and the information q' (1 - q') g^2.

    Args:
        z: (N,) logit of p(disk | x).
        flip: (N,) p(seen smooth | disk), in [0, 1).
        seen: (N,) label seen, 0 or 1.
        rates: shares of the smooth and of the disk labels that the sample kept.

    Returns:
        (N,) information and (N,) slope.

    Examples:
        >>> information, slope = label_terms([0.0], [0.0], [1])  # no law: p (1 - p) and 1 - p
        >>> float(information[0]), float(slope[0])
        (0.25, 0.5)
    """
    margin, f = np.clip(np.asarray(z, np.float64), -FAR, FAR), np.asarray(flip, np.float64)
    p, other = expit(margin), expit(-margin)
    q, rest = (1.0 - f) * p, other + f * p
    kept = rates[1] * q / (rates[1] * q + rates[0] * rest)
    slope = other / rest
    return kept * (1.0 - kept) * slope**2, (np.asarray(seen, np.float64) - kept) * slope


@dataclass(frozen=True)
class Evidence:
    """Sums over training galaxies; h is the last layer's input with a 1 at its end.

    Args:
        information: (D, D) sum of w h h^T, w being Fisher's information of a label, see label_terms; of K classes
            (C D, C D), for C = K - 1 contrasts one after the other, w of class_terms.
        drift: (D,) sum of h times the slope at the upper end of theta's interval less that at the lower end; through a
            confusion (C D, M), by how much each of its M shifts of one standard deviation changes the slope.
        total: (D,) sum of h.
        square: (D, D) sum of h h^T.
    """

    information: Floats
    drift: Floats
    total: Floats
    square: Floats

    @classmethod
    def of(cls, features: npt.ArrayLike, weights: npt.ArrayLike, drifts: npt.ArrayLike) -> Self:
        """The sums of some galaxies: (N, D - 1) features, (N,) information, (N,) differences of slopes.

        Of K classes: (N, C, C) information and (N, C, M) differences.
        """
        h, w, slopes = with_one(features), np.asarray(weights, np.float64), np.asarray(drifts, np.float64)
        if w.ndim == 1:
            return cls(h.T @ (h * w[:, None]), h.T @ slopes, h.sum(axis=0), h.T @ h)
        blocks = [[h.T @ (h * w[:, c, d, None]) for d in range(w.shape[2])] for c in range(w.shape[1])]
        drift = np.einsum("ncm,nd->cdm", slopes, h).reshape(len(blocks) * h.shape[1], slopes.shape[2])
        return cls(np.block(blocks), drift, h.sum(axis=0), h.T @ h)

    def __add__(self, other: Self) -> Self:
        return type(self)(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


def with_one(features: Any, xp: Any = np) -> Any:
    """(N, D - 1) features with a column of ones at the end, float64; xp: numpy, or keras.ops within a network."""
    values = np.asarray(features, np.float64) if xp is np else xp.cast(features, "float64")
    return xp.concatenate([values, xp.ones_like(values[:, :1])], axis=1)


def prior_precision(eigenvalues: Floats, squared_weights: float) -> float:
    """The precision of the normal prior on the weights that makes the labels likeliest.

    Formula: lambda = gamma / |w|^2, gamma = sum_i s_i / (s_i + lambda), s the eigenvalues of the information.

    Args:
        eigenvalues: (D,) of the information, >= 0.
        squared_weights: |w|^2 of the trained layer.

    References:
        MacKay 1992, Neural Computation 4, 415, equation 4.9.
    """
    # Below this a direction that no label speaks of would be anything.
    least = 1e-6 * max(float(eigenvalues.max()), 1e-6)
    found = 1.0
    for _ in range(STEPS):
        before = found
        known = float((eigenvalues / (eigenvalues + found)).sum())
        found = max(known / max(squared_weights, 1e-12), least)
        if abs(found - before) <= 1e-6 * before:
            break
    return found


def posterior_of(evidence: Evidence, squared_weights: float) -> tuple[Floats, Floats]:
    """The weights' posterior: N(trained, root root^T), and how they follow theta.

    Formula: root root^T = (information + lambda I)^-1; the shift is that times the drift.

    Args:
        evidence: of the training galaxies.
        squared_weights: |w|^2 of the trained layer, its bias too.

    Returns:
        (D, D) root and (D,) shift of the weights from the lower to the upper end of theta's interval, or (D, M) for
        each shift of a confusion.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> x = rng.normal(size=(5000, 1))
        >>> weights, _ = label_terms(0.5 + 2 * x[:, 0], np.zeros(5000), np.zeros(5000))
        >>> root, _ = posterior_of(Evidence.of(x, weights, np.zeros(5000)), 0.5**2 + 2**2)
        >>> np.linalg.norm(root, axis=1).round(3).tolist()  # the errors of slope and intercept
        [0.058, 0.038]

    References:
        Kristiadi, Hein & Hennig 2020, arXiv:2002.10118 (the last layer alone).
    """
    values, vectors = np.linalg.eigh(evidence.information)
    values = np.maximum(values, 0.0)
    root = vectors / np.sqrt(values + prior_precision(values, squared_weights))
    return root, root @ (root.T @ evidence.drift)
