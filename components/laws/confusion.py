"""A confusion of K classes that depends on one or several observables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from truemorph.components.laws.base import Array, Floats, Law
from truemorph.components.laws.checks import check_keys

Nested = tuple[tuple[Any, ...], ...]
TINY = 1e-6
"""A slope that is as good as none, and yet one, as a mistake that is possible needs."""


@dataclass(frozen=True)
class Observable:
    """A measured quantity on which mistakes depend.

    Args:
        name: the column's name.
        better: 'high' or 'low': on which side the data are good.
        scale: 'log' for what is > 0, such as a resolution or a redshift; 'linear' for magnitudes.

    Raises:
        ValueError: if better or scale is another word.
    """

    name: str
    better: str = "high"
    scale: str = "log"

    def __post_init__(self) -> None:
        if self.better not in ("high", "low"):
            raise ValueError(f"better must be 'high' or 'low'. Received: better={self.better!r}")
        if self.scale not in ("log", "linear"):
            raise ValueError(f"scale must be 'log' or 'linear'. Received: scale={self.scale!r}")

    def quality(self, values: Array, xp: Any = np) -> Array:
        """(N,) quality of the data: rises without bound as they get better."""
        known = xp.log(values) if self.scale == "log" else values
        return known if self.better == "high" else -known


@dataclass(frozen=True)
class ConfusionLaw(Law):
    """Any confusion of K classes whose odds of a mistake fall with the quality of the data.

    Formula: p(seen = j | true = k) / p(seen = k | true = k) = exp(b_kj - sum over i of w_kji q_i), with the quality q_i
    of observable o_i: +-o_i or +-ln o_i. With one observable of scale 'log', the odds fall as alpha^-w; with 'linear'
    and two classes it is the logistic law. Every mistake that is possible must have a w > 0, so that the confusion is
    the identity in the limit of good data.

    Args:
        names: (K,) names of the classes.
        observables: (J,) what mistakes depend on.
        intercept: (K, K) b, None where a mistake is impossible; the diagonal is not used and must be None.
        slope: (K, K, J) w, >= 0 and finite; not used where the mistake is impossible.

    Raises:
        ValueError: if shapes differ, a slope is negative, or a possible mistake has no slope above 0.

    Examples:
        >>> law = ConfusionLaw(
        ...     ("smooth", "disk", "artifact"),
        ...     (Observable("alpha"), Observable("redshift", better="low")),
        ...     ((None, None, -4.0), (5.0, None, -4.0), (1.0, None, None)),
        ...     (((0, 0), (0, 0), (1, 0)), ((2.0, 0.5), (0, 0), (1, 0)), ((1, 0), (0, 0), (0, 0))),
        ... )
        >>> import math
        >>> def reference(alpha, z):  # p(smooth | disk), as a loop over the classes seen
        ...     odds = [0.0, 0.0, 0.0]
        ...     for j, (b, w) in enumerate(zip((5.0, None, -4.0), ((2.0, 0.5), (0, 0), (1, 0)))):
        ...         quality = w[0] * math.log(alpha) + w[1] * -math.log(z)
        ...         odds[j] = 1.0 if j == 1 else math.exp(b - quality)
        ...     return odds[0] / sum(odds)
        >>> [round(reference(a, z), 4) for a, z in ((5.0, 0.1), (5.0, 0.01), (30.0, 0.1))]
        [0.6516, 0.3717, 0.0495]
        >>> law.matrix([[5.0, 0.1], [5.0, 0.01], [30.0, 0.1]])[:, 1, 0].round(4).tolist()
        [0.6516, 0.3717, 0.0495]
    """

    names: tuple[str, ...]
    observables: tuple[Observable, ...]
    intercept: Nested
    slope: Nested
    kind: ClassVar[str] = "confusion"
    positive: ClassVar[frozenset[str]] = frozenset({"slope"})

    def __post_init__(self) -> None:
        k, j = len(self.names), len(self.observables)
        if k < 2 or len(set(self.names)) != k or j < 1:
            raise ValueError(
                "names must be two classes or more, each once, and observables one or more. "
                f"Received: names={self.names}, observables={self.observables}"
            )
        try:
            intercept = np.array(self.intercept, dtype=np.float64)  # None becomes NaN
            slope = np.array(self.slope, dtype=np.float64)
        except (TypeError, ValueError):
            intercept, slope = np.empty(0), np.empty(0)
        if intercept.shape != (k, k) or slope.shape != (k, k, j):
            raise ValueError(
                f"intercept and slope must have shapes {(k, k)} and {(k, k, j)}. "
                f"Received: intercept={self.intercept}, slope={self.slope}"
            )
        if not np.isnan(np.diag(intercept)).all() or np.isinf(intercept).any():
            raise ValueError(f"intercept must be finite, or None, on the diagonal None. Received: {self.intercept}")
        if not (np.isfinite(slope) & (slope >= 0)).all():
            raise ValueError(f"slope must be finite and >= 0. Received: slope={self.slope}")
        if not (slope.max(axis=2) > 0)[~np.isnan(intercept)].all():
            raise ValueError(f"a mistake that is possible needs a slope > 0. Received: slope={self.slope}")
        object.__setattr__(self, "names", tuple(self.names))
        object.__setattr__(self, "observables", tuple(self.observables))
        object.__setattr__(self, "intercept", _nested(self.intercept))
        object.__setattr__(self, "slope", _nested(self.slope))

    @property
    def classes(self) -> tuple[str, ...]:
        return self.names

    @property
    def possible(self) -> npt.NDArray[np.bool_]:
        """(K, K) whether a mistake is possible; False on the diagonal."""
        return np.asarray(np.isfinite(np.array(self.intercept, dtype=np.float64)))

    @property
    def parameters(self) -> dict[str, Floats]:
        intercept = np.where(self.possible, np.array(self.intercept, dtype=np.float64), 0.0)
        return {"intercept": intercept, "slope": np.array(self.slope, dtype=np.float64)}

    def with_parameters(self, parameters: Mapping[str, npt.ArrayLike]) -> Self:
        at = self.parameters | {name: np.asarray(value, np.float64) for name, value in parameters.items()}
        intercept = tuple(
            tuple(float(b) if known else None for b, known in zip(row, possible, strict=True))
            for row, possible in zip(at["intercept"], self.possible, strict=True)
        )
        return type(self)(self.names, self.observables, intercept, _nested(at["slope"]))

    def shifted(self, by: Mapping[str, npt.ArrayLike], sign: float) -> Self:
        """The law with its parameters moved by a shift of theirs times a number; no slope falls to 0."""
        at = {name: value + sign * np.asarray(by[name], np.float64) for name, value in self.parameters.items()}
        return self.with_parameters(at | {"slope": np.maximum(at["slope"], np.minimum(self.parameters["slope"], TINY))})

    def log_confusion(self, observables: Array, parameters: Mapping[str, Array] | None = None, xp: Any = np) -> Array:
        at = parameters or self.parameters
        columns = xp.reshape(observables, (-1, len(self.observables)))
        intercept, slope = (xp.cast(at[name], columns.dtype) if xp is not np else at[name] for name in sorted(at))
        odds = intercept
        for index, observable in enumerate(self.observables):
            quality = observable.quality(columns[:, index], xp)
            odds = odds - slope[:, :, index] * xp.reshape(quality, (-1, 1, 1))
        odds = xp.where(np.eye(len(self.names), dtype=bool), xp.zeros_like(odds), odds)
        odds = xp.where(self.possible | np.eye(len(self.names), dtype=bool), odds, -float("inf"))
        # The diagonal is 0, so the largest is finite.
        most = xp.max(odds, axis=-1, keepdims=True)
        return odds - most - xp.log(xp.sum(xp.exp(odds - most), axis=-1, keepdims=True))

    def get_config(self) -> dict[str, Any]:
        return {
            "law": self.kind,
            "names": list(self.names),
            "observables": [{"name": o.name, "better": o.better, "scale": o.scale} for o in self.observables],
            "intercept": [list(row) for row in self.intercept],
            "slope": [[list(pair) for pair in row] for row in self.slope],
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        check_keys(cls.kind, config, ("names", "observables", "intercept", "slope"))
        observables = tuple(Observable(**observable) for observable in config["observables"])
        return cls(tuple(config["names"]), observables, config["intercept"], config["slope"])


def _nested(values: Any) -> Any:
    """Lists and arrays as tuples, so that the law is a value."""
    if isinstance(values, Sequence | np.ndarray):
        return tuple(_nested(value) for value in values)
    return None if values is None else float(values)
