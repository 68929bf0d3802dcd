"""A logistic law: p_flip falls along a sigmoid of the resolution."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from scipy import special

from truemorph.components.laws.base import Array, Floats, Slopes, resolution_of
from truemorph.components.laws.formula import FormulaLaw

_LINEAR = 30.0
"""Beyond it log(1 + exp(z)) is z to the last digit."""


@dataclass(frozen=True)
class LogisticLaw(FormulaLaw):
    """A logistic law: half of the disks are called smooth at the midpoint.

    Formula: p(smooth | disk, alpha) = 1 / (1 + exp((alpha - midpoint) / width)).

    Args:
        midpoint: alpha at which p_flip = 1/2, dimensionless, finite and > 0.
        width: alpha over which the odds change by e, dimensionless, finite and > 0.

    Raises:
        ValueError: if a parameter is not finite and positive.

    Examples:
        >>> import math
        >>> [round(1 / (1 + math.exp((a - 10.0) / 2.0)), 4) for a in (4.0, 10.0, 20.0)]  # the reference, as a loop
        [0.9526, 0.5, 0.0067]
        >>> LogisticLaw(midpoint=10.0, width=2.0).flip_probability([4.0, 10.0, 20.0]).round(4).tolist()
        [0.9526, 0.5, 0.0067]
    """

    midpoint: float
    width: float
    kind: ClassVar[str] = "logistic"
    positive: ClassVar[frozenset[str]] = frozenset({"midpoint", "width"})

    def formula(self, alpha: Array, at: Mapping[str, Array], xp: Any) -> Array:
        z = (alpha - at["midpoint"]) / at["width"]
        # log(1 + exp(z)) without overflow, its gradient exact at z = 0 too
        return xp.log1p(xp.exp(xp.minimum(z, _LINEAR))) + xp.maximum(z - _LINEAR, 0.0)

    def slopes(self, observables: Floats) -> Slopes:
        alpha = resolution_of(observables)
        z = (alpha - self.midpoint) / self.width
        rise = special.expit(z)
        by = {"midpoint": -rise * self.midpoint / self.width, "width": -rise * z}
        columns = {name: each[:, None] for name, each in by.items()}
        return Slopes(self.neg_log_flip(alpha), rise * alpha / self.width, columns)
