"""From the error of a logit to an interval of a probability, and to two entropies."""

import numpy as np
import numpy.typing as npt
from scipy.special import entr, expit, logit

Floats = npt.NDArray[np.float64]
NODES = 63
"""Of the quadrature over the logit."""


def interval(p: npt.ArrayLike, variance: npt.ArrayLike) -> tuple[Floats, Floats]:
    """The 68 % interval of a probability whose logit has an error.

    Formula: sigmoid(logit p -+ sqrt(variance)).

    Args:
        p: (N,) in [0, 1].
        variance: (N,) of the logit; NaN where not known.

    Returns:
        (N,) lower and (N,) upper end.

    Examples:
        >>> [end.round(3).tolist() for end in interval([0.5, 0.9], [1.0, 0.04])]
        [[0.269, 0.881], [0.731, 0.917]]
    """
    z, sigma = logit(np.asarray(p, np.float64)), np.sqrt(np.asarray(variance, np.float64))
    return expit(z - sigma), expit(z + sigma)


def entropies(p: npt.ArrayLike, variance: npt.ArrayLike) -> tuple[Floats, Floats]:
    """What the image leaves open, and what the network does not know, in bits.

    Formula: H(E[p]) = E[H(p)] + rest, with H the entropy of smooth or disk and the mean over the normal distribution of
    the logit: E[H(p)] is left open by an image that is known in full, and the rest by a network that knows too little.

    Args:
        p: (N,) in [0, 1].
        variance: (N,) of the logit; NaN where not known.

    Returns:
        (N,) E[H(p)] and (N,) rest, both >= 0.

    Examples:
        >>> [part.round(2).tolist() for part in entropies([0.5, 0.5], [0.0, 25.0])]
        [[1.0, 0.35], [0.0, 0.65]]

    References:
        Depeweg et al. 2018, arXiv:1710.07283.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    z, sigma = logit(np.asarray(p, np.float64)), np.sqrt(np.asarray(variance, np.float64))
    drawn = expit(z[:, None] + sigma[:, None] * nodes)
    share = weights / weights.sum()
    image = _bits(drawn) @ share
    return image, np.maximum(_bits(drawn @ share) - image, 0.0)


def _bits(p: Floats) -> Floats:
    return (entr(p) + entr(1.0 - p)) / np.log(2.0)
