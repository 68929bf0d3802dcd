"""A stretched exponential: as the paper's law, with the steepness free."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from truemorph.components.laws.base import Array, Floats, Slopes, resolution_of
from truemorph.components.laws.formula import FormulaLaw

_MOST = 60.0
"""Largest logarithm of the exponent: beyond it no float32 holds p_flip, and its gradient would overflow."""


@dataclass(frozen=True)
class StretchedLaw(FormulaLaw):
    """A stretched exponential: the paper's law where beta = 2; larger beta is a sharper limit of resolution.

    Formula: p(smooth | disk, alpha) = exp(-(alpha / theta)^beta / 2).

    Args:
        theta: resolution scale, dimensionless, finite and > 0.
        beta: steepness, dimensionless, finite and > 0.

    Raises:
        ValueError: if a parameter is not finite and positive.

    Examples:
        >>> import math
        >>> [round(math.exp(-0.5 * (a / 9.0) ** 3.0), 4) for a in (4.0, 9.0, 20.0)]  # the reference, as a loop
        [0.9571, 0.6065, 0.0041]
        >>> StretchedLaw(theta=9.0, beta=3.0).flip_probability([4.0, 9.0, 20.0]).round(4).tolist()
        [0.9571, 0.6065, 0.0041]
    """

    theta: float
    beta: float
    kind: ClassVar[str] = "stretched"
    positive: ClassVar[frozenset[str]] = frozenset({"theta", "beta"})

    def formula(self, alpha: Array, at: Mapping[str, Array], xp: Any) -> Array:
        logarithm = at["beta"] * xp.log(xp.maximum(alpha / at["theta"], 1e-30))
        return 0.5 * xp.exp(xp.minimum(logarithm, _MOST))

    def slopes(self, observables: Floats) -> Slopes:
        u = self.neg_log_flip(observables)
        steep = self.beta * u
        by_beta = steep * np.log(resolution_of(observables) / self.theta)
        return Slopes(u, steep, {"theta": -steep[:, None], "beta": by_beta[:, None]})
