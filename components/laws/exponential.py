"""The paper's law: p_flip falls as a Gaussian of the resolution."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from truemorph.components.laws.base import Array, Floats, Slopes
from truemorph.components.laws.formula import FormulaLaw


@dataclass(frozen=True)
class ExponentialLaw(FormulaLaw):
    """The paper's law: the worse a disk is resolved, the more often it is called smooth; smooth is never called disk.

    Formula: p(smooth | disk, alpha) = exp(-alpha^2 / (2 theta^2)), p(disk | smooth, alpha) = 0.

    Args:
        theta: resolution scale, dimensionless, finite and > 0.

    Raises:
        ValueError: if theta is not finite and positive.

    Examples:
        >>> law = ExponentialLaw(theta=9.18)
        >>> float(law.flip_probability(9.18).round(4))
        0.6065
        >>> import math
        >>> [round(math.exp(-(a**2) / (2 * 9.18**2)), 3) for a in (4.0, 20.0)]  # the reference, as a loop
        [0.909, 0.093]
        >>> law.flip_probability([4.0, 20.0]).round(3).tolist()
        [0.909, 0.093]

    References:
        Medina-Rosales & Cabrera-Vives 2021, equation 4.
    """

    theta: float
    kind: ClassVar[str] = "exponential"
    positive: ClassVar[frozenset[str]] = frozenset({"theta"})

    @property
    def scale(self) -> float:
        return self.theta

    def formula(self, alpha: Array, at: Mapping[str, Array], xp: Any) -> Array:
        return 0.5 * xp.square(alpha / at["theta"])

    def slopes(self, observables: Floats) -> Slopes:
        u = self.neg_log_flip(observables)
        return Slopes(u, 2.0 * u, {"theta": -2.0 * u[:, None]}, lambda weights: np.array([[4.0 * float(weights @ u)]]))
