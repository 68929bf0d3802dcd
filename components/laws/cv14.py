"""The classifier of CV14 as bias_law.json stores it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from truemorph.components.laws.base import Floats


def cv14_p_disk(cv14: Mapping[str, Any], features: npt.ArrayLike, alpha: npt.ArrayLike) -> Floats:
    """p(true disk | x) of a stored fit for other objects.

    Formula: sigmoid(w . z + b), z of standardised, and with class_on_alpha its weight times standardised ln alpha as
    well.

    Args:
        cv14: the section 'cv14' of bias_law.json.
        features: (N, D) in the order of cv14["features"], NaN where a value is absent.
        alpha: (N,) resolution, dimensionless, > 0.

    Returns:
        (N,) probabilities; NaN, meaning not known, where a feature is absent and everywhere if there are no weights.

    Examples:
        >>> law = {"weights": [2.0], "intercept": 0.0, "mean": [1.0], "std": [0.5], "status": "ok"}
        >>> cv14_p_disk(law, [[1.0], [1.5], [float("nan")]], [9.0, 9.0, 9.0]).round(2).tolist()
        [0.5, 0.88, nan]

    References:
        Cabrera, Miller & Schneider 2014, ICPR, 4417.
    """
    x = np.asarray(features, dtype=np.float64)
    if cv14.get("weights") is None:
        return np.full(len(x), np.nan)
    logit = standardised(cv14, x) @ np.asarray(cv14["weights"]) + cv14["intercept"]
    own = cv14.get("class_on_alpha")
    if own:
        logit = logit + own["weight"] * (np.log(np.asarray(alpha, dtype=np.float64)) - own["mean"]) / own["std"]
    return np.asarray(special.expit(logit))


def standardised(cv14: Mapping[str, Any], features: npt.ArrayLike) -> Floats:
    """What a stored fit multiplies by its weights: (x - mean) / std, x with products where it has more weights.

    Args:
        cv14: see cv14_p_disk.
        features: (N, D).

    Examples:
        >>> law = {"mean": [1.0, 1.0], "std": [0.5, 2.0]}
        >>> standardised(law, [[2.0]]).tolist()  # z = 2, and (z^2 - 1) / 2
        [[2.0, 1.5]]
    """
    x, mean, std = np.asarray(features, np.float64), np.asarray(cv14["mean"]), np.asarray(cv14["std"])
    d = x.shape[1]
    return np.asarray(((with_products(x, mean[:d], std[:d]) if len(mean) > d else x) - mean) / std)


def with_products(x: Floats, mean: Floats, std: Floats) -> Floats:
    """Features, and after them the squares and products of the standardised ones.

    Args:
        x: (N, D) features.
        mean: (D,) their means.
        std: (D,) their standard deviations, > 0.

    Returns:
        (N, D + D (D + 1) / 2): x, then z_i z_j for i <= j, z = (x - mean) / std.

    Examples:
        >>> with_products(np.array([[3.0, 1.0]]), np.array([1.0, 0.0]), np.array([1.0, 2.0])).tolist()
        [[3.0, 1.0, 4.0, 1.0, 0.25]]
    """
    z = (x - mean) / std
    first, second = np.triu_indices(x.shape[1])
    return np.column_stack([x, z[:, first] * z[:, second]])
