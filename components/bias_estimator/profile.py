"""The likelihood of theta: how much worse every other theta explains the labels than the best one."""

import numpy as np
import numpy.typing as npt
from scipy import optimize

from truemorph.components.bias_estimator.cv14 import cv14_nll

Floats = npt.NDArray[np.float64]


def theta_profile(
    weights: npt.ArrayLike,
    theta: npt.ArrayLike,
    features: npt.ArrayLike,
    labels: npt.ArrayLike,
    alpha: npt.ArrayLike,
) -> Floats:
    """Least negative log-likelihood over the weights of the classifier, at each of several theta.

    Formula: min over w, b of -sum_i [y ln q + (1 - y) ln(1 - q)], with q as in `cv14_nll`. Each theta starts from the
    weights found at the one before, so give them in an order in which neighbours are near.

    Args:
        weights: (D + 1,) w and b from which the first search starts.
        theta: (T,) resolution scales, dimensionless, > 0.
        features: (N, D) standardised features.
        labels: (N,) labels seen, 0 smooth or 1 disk.
        alpha: (N,) resolution, dimensionless, > 0.

    Returns:
        (T,) float64, summed over objects; twice its rise above the least is 3.84 at the ends of a 95 % interval.

    Example:
        >>> x, alpha = np.linspace(-1, 1, 60)[:, None], np.tile([3.0, 9.0, 30.0], 20)
        >>> seen = ((x[:, 0] > -0.2) & (alpha > 5)).astype(int)
        >>> theta_profile([0.0, 0.0], [2.0, 6.0, 12.0], x, seen, alpha).argmin()
        np.int64(1)

    References:
        Medina-Rosales & Cabrera-Vives 2021, equations 1 to 4.
    """
    at = np.asarray(weights, dtype=np.float64)
    found = []
    for scale in np.asarray(theta, dtype=np.float64):

        def value(w: Floats, scale: float = scale) -> tuple[float, Floats]:
            nll, gradient = cv14_nll(np.append(w, scale), features, labels, alpha)
            return nll, gradient[:-1]

        result = optimize.minimize(
            value, at, jac=True, method="BFGS", options={"gtol": 1e-6 * len(np.atleast_1d(alpha))}
        )
        at = result.x
        found.append(float(result.fun))
    return np.array(found)
