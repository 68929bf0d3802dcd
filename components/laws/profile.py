"""The likelihood of theta: how much worse every other theta explains the labels than the best one."""

import numpy as np
import numpy.typing as npt

from truemorph.components.laws.base import Floats
from truemorph.components.laws.catalogue import CatalogueLikelihood
from truemorph.components.laws.exponential import ExponentialLaw


def theta_profile(
    weights: npt.ArrayLike,
    theta: npt.ArrayLike,
    features: npt.ArrayLike,
    labels: npt.ArrayLike,
    alpha: npt.ArrayLike,
    rates: tuple[float, float] = (1.0, 1.0),
) -> Floats:
    """Least negative log-likelihood over the weights of the classifier, at each of several theta.

    Formula: min over w, b of -sum_i [y ln q + (1 - y) ln(1 - q)], with q as in `label_terms`. Each theta starts from
    the weights found at the one before, so give them in an order in which neighbours are near.

    Args:
        weights: (D + 1,) w and b from which the first search starts.
        theta: (T,) resolution scales, dimensionless, > 0.
        features: (N, D) standardised features.
        labels: (N,) labels seen, 0 smooth or 1 disk.
        alpha: (N,) resolution, dimensionless, > 0.
        rates: shares of the smooth and of the disk labels that the sample kept.

    Returns:
        (T,) float64, summed over objects; twice its rise above the least is 3.84 at the ends of a 95 % interval.

    Examples:
        >>> x, alpha = np.linspace(-1, 1, 60)[:, None], np.tile([3.0, 9.0, 30.0], 20)
        >>> seen = ((x[:, 0] > -0.2) & (alpha > 5)).astype(int)
        >>> theta_profile([0.0, 0.0], [2.0, 6.0, 12.0], x, seen, alpha).argmin()
        np.int64(1)

    References:
        Medina-Rosales & Cabrera-Vives 2021, equations 1 to 4.
    """
    at, found = np.asarray(weights, np.float64), []
    x, resolution = np.asarray(features, np.float64), np.asarray(alpha, np.float64)
    for scale in np.asarray(theta, np.float64):
        law = ExponentialLaw(float(scale))
        likelihood = CatalogueLikelihood(x, np.asarray(labels), resolution, law, free=(), rates=rates)
        value, at = likelihood.minimise(likelihood.start(at))
        found.append(value)
    return np.array(found)
