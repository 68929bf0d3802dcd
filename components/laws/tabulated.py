"""A tabulated law: p_flip at some resolutions, falling from each to the next."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from truemorph.components.laws.base import Array, FlipLaw, Floats, Slopes, resolution_of
from truemorph.components.laws.checks import check_keys, positive_number


@dataclass(frozen=True)
class TabulatedLaw(FlipLaw):
    """A law given by a falling table of p_flip, for a bias that no formula describes.

    Formula: u = -log p_flip is linear in alpha between the knots, 0 at alpha = 0, and goes on beyond the last knot with
    the last slope, so that p_flip falls to 0. The learnt parameters are the increments of u between knots, each > 0.

    Args:
        alpha: (M,) knots, dimensionless, finite, > 0 and rising.
        p_flip: (M,) p(smooth | disk) at the knots, in (0, 1) and falling.

    Raises:
        ValueError: if the knots do not rise, or p_flip does not fall within (0, 1), or their lengths differ.

    Examples:
        >>> import math
        >>> knots, table = [0.0, 5.0, 10.0, 20.0], [1.0, 0.9, 0.5, 0.1]
        >>> def reference(a):  # interpolates the logarithm of the table, as a loop
        ...     for i in range(1, 4):
        ...         if a <= knots[i] or i == 3:
        ...             slope = math.log(table[i - 1] / table[i]) / (knots[i] - knots[i - 1])
        ...             return table[i - 1] * math.exp(-slope * (a - knots[i - 1]))
        >>> [round(reference(a), 4) for a in (5.0, 7.5, 30.0)]
        [0.9, 0.6708, 0.02]
        >>> TabulatedLaw((5.0, 10.0, 20.0), (0.9, 0.5, 0.1)).flip_probability([5.0, 7.5, 30.0]).round(4).tolist()
        [0.9, 0.6708, 0.02]
    """

    alpha: tuple[float, ...]
    p_flip: tuple[float, ...]
    kind: ClassVar[str] = "tabulated"
    positive: ClassVar[frozenset[str]] = frozenset({"increments"})

    def __post_init__(self) -> None:
        for name in ("alpha", "p_flip"):
            values = getattr(self, name)
            if not isinstance(values, Sequence) or not values:
                raise ValueError(f"{name} must be a list of numbers. Received: {name}={values!r}")
            object.__setattr__(self, name, tuple(positive_number(name, value) for value in values))
        if len(self.alpha) != len(self.p_flip):
            raise ValueError(
                f"alpha and p_flip must have the same length. Received: {len(self.alpha)} and {len(self.p_flip)}"
            )
        if any(after <= before for before, after in itertools.pairwise(self.alpha)):
            raise ValueError(f"alpha must rise. Received: alpha={self.alpha}")
        shares = (1.0, *self.p_flip)
        if any(after >= before for before, after in itertools.pairwise(shares)):
            raise ValueError(f"p_flip must decrease, and start below 1. Received: p_flip={self.p_flip}")

    @property
    def parameters(self) -> dict[str, Floats]:
        return {"increments": np.diff(-np.log(self.p_flip), prepend=0.0)}

    def with_parameters(self, parameters: Mapping[str, npt.ArrayLike]) -> Self:
        increments = np.asarray((self.parameters | dict(parameters))["increments"], dtype=np.float64)
        return type(self)(self.alpha, tuple(np.exp(-np.cumsum(increments)).tolist()))

    def neg_log_flip(self, observables: Array, parameters: Mapping[str, Array] | None = None, xp: Any = np) -> Array:
        alpha = resolution_of(observables)
        # Python floats take any tensor's dtype.
        increments = parameters["increments"] if parameters else self.parameters["increments"].tolist()
        left = (0.0, *self.alpha)
        u = xp.zeros_like(alpha)
        for index, right in enumerate(self.alpha):
            inside = xp.maximum(alpha - left[index], 0.0)
            if index + 1 < len(self.alpha):
                inside = xp.minimum(inside, right - left[index])
            u = u + increments[index] * (inside / (right - left[index]))
        return u

    def slopes(self, observables: Floats) -> Slopes:
        alpha, increments = resolution_of(observables), self.parameters["increments"]
        knots = np.array([0.0, *self.alpha])
        widths = np.diff(knots)
        inside = np.maximum(alpha[:, None] - knots[:-1], 0.0)
        inside[:, :-1] = np.minimum(inside[:, :-1], widths[:-1])
        by_increments = increments * inside / widths
        steep = (increments / widths)[np.clip(np.searchsorted(knots, alpha) - 1, 0, len(widths) - 1)]
        return Slopes(by_increments.sum(axis=1), alpha * steep, {"increments": by_increments})

    def get_config(self) -> dict[str, Any]:
        return {"law": self.kind, "alpha": list(self.alpha), "p_flip": list(self.p_flip)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        check_keys(cls.kind, config, ("alpha", "p_flip"))
        return cls(config["alpha"], config["p_flip"])
