"""From the error of a logit to an interval of a probability, and to two entropies."""

from collections.abc import Sequence
from typing import Any

import numpy as np

Array = Any
NODES = np.linspace(-4.0, 4.0, 65)
"""Of the trapezoidal rule over the logit, in its errors; right to 1e-3 up to an error of 20."""
FAR = 700.0
"""A logit beyond which no other probability is told from 0 and 1."""


def log_expit(z: Array, xp: Any = np) -> Array:
    """log 1 / (1 + exp(-z)), finite for any finite z.

    Examples:
        >>> log_expit(np.array([0.0, -1e6])).round(3).tolist()
        [-0.693, -700.0]
    """
    near = xp.clip(z, -FAR, FAR)
    # Not log1p, which ONNX does not have; the last digit of a number near 0 is all that is lost.
    return xp.minimum(near, 0.0) - xp.log(1.0 + xp.exp(-xp.abs(near)))


def interval(z: Array, variance: Array, xp: Any = np) -> tuple[Array, Array]:
    """The 68 % interval of a probability whose logit has an error.

    Formula: sigmoid(z -+ sqrt(variance)).

    Args:
        z: (N,) logit of the probability.
        variance: (N,) of the logit; NaN where not known.
        xp: numpy, or keras.ops within a network.

    Returns:
        (N,) lower and (N,) upper end.

    Examples:
        >>> [end.round(3).tolist() for end in interval(np.log([1.0, 9.0]), np.array([1.0, 0.04]))]
        [[0.269, 0.881], [0.731, 0.917]]
    """
    sigma = xp.sqrt(variance)
    return xp.exp(log_expit(z - sigma, xp)), xp.exp(log_expit(z + sigma, xp))


def entropies(z: Array, variance: Array, xp: Any = np) -> tuple[Array, Array]:
    """What the image leaves open, and what the network does not know, in bits.

    Formula: H(E[p]) = E[H(p)] + rest, with H the entropy of smooth or disk and the mean over the normal distribution of
    the logit: E[H(p)] is left open by an image that is known in full, and the rest by a network that knows too little.

    Args:
        z: (N,) logit of the probability.
        variance: (N,) of the logit; NaN where not known.
        xp: numpy, or keras.ops within a network.

    Returns:
        (N,) E[H(p)] and (N,) rest, both >= 0.

    Examples:
        >>> [part.round(2).tolist() for part in entropies(np.zeros(2), np.array([0.0, 25.0]))]
        [[1.0, 0.35], [0.0, 0.65]]

    References:
        Depeweg et al. 2018, arXiv:1710.07283.
    """
    drawn = z[:, None] + xp.sqrt(variance)[:, None] * NODES
    return _parted([log_expit(drawn, xp), log_expit(-drawn, xp)], xp)


def entropies_of_classes(z: Sequence[Array], variance: Sequence[Array], xp: Any = np) -> tuple[Array, Array]:
    """The same of K classes, the logit of each having an error of its own.

    Formula: as entropies, summed over the classes; the mean of p_k log p_k is that over the normal distribution of
    logit p_k, which is what its interval is made of.

    Args:
        z: K of (N,) logit p_k.
        variance: K of (N,), of these; NaN where not known.
        xp: numpy, or keras.ops within a network.

    Examples:
        >>> thirds = [np.log([0.5])] * 3
        >>> [part.round(2).tolist() for part in entropies_of_classes(thirds, [np.zeros(1)] * 3)]
        [[1.58], [0.0]]
    """
    pairs = zip(z, variance, strict=True)
    return _parted([log_expit(each[:, None] + xp.sqrt(v)[:, None] * NODES, xp) for each, v in pairs], xp)


def _parted(logs: Sequence[Array], xp: Any) -> tuple[Array, Array]:
    """Entropies of classes by log p of each, (N, nodes)."""
    weights = np.exp(-0.5 * NODES**2)
    share = (weights / weights.sum())[:, None]

    def mean(values: Array) -> Array:
        return xp.matmul(values, share)[:, 0]

    image = -sum(mean(xp.exp(log) * log) for log in logs) / np.log(2.0)
    known = [mean(xp.exp(log)) for log in logs]
    whole = -sum(p * xp.log(xp.maximum(p, np.exp(-FAR))) for p in known) / np.log(2.0)
    return image, xp.maximum(whole - image, xp.zeros_like(whole))
