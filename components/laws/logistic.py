"""A logistic law: p_flip falls along a sigmoid of the resolution."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from truemorph.components.laws.base import Array, FlipLaw, Floats, check_keys, positive_number

_LINEAR = 30.0
"""Beyond it log(1 + exp(z)) is z to the last digit."""


@dataclass(frozen=True)
class LogisticLaw(FlipLaw):
    """A logistic law: half of the disks are called smooth at the midpoint.

    Formula: p(smooth | disk, alpha) = 1 / (1 + exp((alpha - midpoint) / width)).

    Args:
        midpoint: alpha at which p_flip = 1/2, dimensionless, finite and > 0.
        width: alpha over which the odds change by e, dimensionless, finite and > 0.

    Raises:
        ValueError: if a parameter is not finite and positive.

    Example:
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

    def __post_init__(self) -> None:
        for name in ("midpoint", "width"):
            object.__setattr__(self, name, positive_number(name, getattr(self, name)))

    @property
    def parameters(self) -> dict[str, Floats]:
        return {"midpoint": np.array(self.midpoint), "width": np.array(self.width)}

    def with_parameters(self, parameters: Mapping[str, npt.ArrayLike]) -> Self:
        return type(self)(**{name: float(np.asarray(v)) for name, v in (self.parameters | dict(parameters)).items()})

    def exponent(self, alpha: Array, parameters: Mapping[str, Array] | None = None, xp: Any = np) -> Array:
        at = parameters or {"midpoint": self.midpoint, "width": self.width}
        z = (alpha - at["midpoint"]) / at["width"]
        # log(1 + exp(z)) without overflow, its gradient exact at z = 0 too
        return xp.log1p(xp.exp(xp.minimum(z, _LINEAR))) + xp.maximum(z - _LINEAR, 0.0)

    def get_config(self) -> dict[str, Any]:
        return {"law": self.kind, "midpoint": self.midpoint, "width": self.width}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        check_keys(cls.kind, config, ("midpoint", "width"))
        return cls(config["midpoint"], config["width"])
