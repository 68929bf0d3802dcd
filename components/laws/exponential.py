"""The seed's law: p_flip falls as a Gaussian of the resolution."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from truemorph.components.laws.base import Array, FlipLaw, Floats, check_keys, positive_number


@dataclass(frozen=True)
class ExponentialLaw(FlipLaw):
    """The seed's law: a disk is called smooth the more often the worse it is resolved; smooth is never called disk.

    Formula: p(smooth | disk, alpha) = exp(-alpha^2 / (2 theta^2)), p(disk | smooth, alpha) = 0.

    Args:
        theta: resolution scale, dimensionless, finite and > 0.

    Raises:
        ValueError: if theta is not finite and positive.

    Example:
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

    def __post_init__(self) -> None:
        object.__setattr__(self, "theta", positive_number("theta", self.theta))

    @property
    def parameters(self) -> dict[str, Floats]:
        return {"theta": np.array(self.theta)}

    @property
    def scale(self) -> float:
        return self.theta

    def with_parameters(self, parameters: Mapping[str, npt.ArrayLike]) -> Self:
        return type(self)(**{"theta": self.theta} | {name: float(np.asarray(v)) for name, v in parameters.items()})

    def exponent(self, alpha: Array, parameters: Mapping[str, Array] | None = None, xp: Any = np) -> Array:
        return 0.5 * xp.square(alpha / (parameters or {"theta": self.theta})["theta"])

    def get_config(self) -> dict[str, Any]:
        return {"law": self.kind, "theta": self.theta}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        check_keys(cls.kind, config, ("theta",))
        return cls(config["theta"])
