"""The features that a survey measures: what blur does to them."""

import numpy as np
import pandas as pd
from scipy.special import ndtri

from truemorph.components.simulator.survey import uniform

FEATURES = {
    "ng": (1.30, -1.0, 0.5, 8.0),
    "e": (0.24, -1.0, 0.0, 0.95),
    "Rhlr": (2.54, 1.0, 0.1, 60.0),
}
"""Spread over galaxies; sign of the bias: blur makes light less concentrated, rounder, wider; least and most."""
ALPHA = 8.0
"""The resolution at which error and bias have the size that is asked for."""


def measure(sky: pd.DataFrame, seed: int, size: float) -> pd.DataFrame:
    """Structure with the errors and biases of a fit to a blurred image.

    Formula: x' = x + size spread(x) (8 / alpha) (eps +- 1), eps normal, the sign that of blur; kept in range.

    Args:
        sky: galaxies with ng, e, Rhlr, alpha.
        seed: the sky's number.
        size: of error and of bias at alpha = 8, in the feature's spread over galaxies; 0: the truth.

    Returns:
        Columns ng, e, Rhlr as measured.
    """
    if size == 0.0:
        return sky[list(FEATURES)]
    u = uniform(int(sky.index.max()) + 1, seed)[:, sky.index]
    reach = size * ALPHA / sky["alpha"].to_numpy()
    found = {
        name: np.clip(sky[name] + reach * spread * (ndtri(u[16 + k]) + sign), low, high).round(2)
        for k, (name, (spread, sign, low, high)) in enumerate(FEATURES.items())
    }
    return pd.DataFrame(found, index=sky.index)
