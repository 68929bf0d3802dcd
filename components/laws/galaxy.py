"""A law with a scale of each galaxy's own: what is seen of it shifts the scale, what is not seen spreads it."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from scipy import special

from truemorph.components.laws.base import Array, FlipLaw, Floats, Slopes
from truemorph.components.laws.checks import check_keys
from truemorph.components.laws.exponential import ExponentialLaw
from truemorph.components.laws.kinds import FLIP_LAWS

NODES = 15
"""Nodes of the quadrature over what is not seen: p_flip is right to 0.002 up to a spread of 1, at any alpha."""
WIDEST = 300.0
"""Logarithm of a factor whose square is still a number: a search may try any spread on its way."""
SLOPE_PRIOR = 0.5
"""Width of the normal prior on each slope: a standard deviation of an observable hardly doubles theta."""


@functools.cache
def quadrature(spread: bool) -> tuple[Floats, Floats]:
    """Nodes and logarithms of weights for the mean over N(0, 1); one node where there is no spread."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES if spread else 1)
    return nodes, np.log(weights / weights.sum())


def _finite_exp(x: Floats) -> Floats:
    """exp(x), where |x| > WIDEST that of WIDEST."""
    return np.asarray(np.exp(np.clip(x, -WIDEST, WIDEST)))


@dataclass(frozen=True)
class GalaxyLaw(FlipLaw):
    """A law of alpha whose scale is each galaxy's own.

    Formula: ln theta_i = ln theta + sum over k of slope_k z_ik + spread eps_i, eps ~ N(0, 1), z = (observable - mean) /
    std; p_flip = E over eps of form(alpha exp(-(slope . z + spread eps))), by Gauss-Hermite quadrature. An observable
    that is not known (NaN) is one more part of what is not seen: its slope adds to the spread, in quadrature.

    Args:
        form: the law of the mean galaxy.
        names: (J,) names of the observables, in the order in which the law takes them after alpha.
        mean: (J,) their means.
        std: (J,) their standard deviations, > 0.
        slope: (J,) shift of ln theta for one standard deviation.
        spread: standard deviation of ln theta that no observable tells, >= 0.

    Raises:
        ValueError: if lengths differ, or a number is not finite or out of range.

    Examples:
        >>> law = GalaxyLaw(ExponentialLaw(9.0), ("mu",), (21.0,), (1.0,), (0.5,), 0.0)
        >>> import math
        >>> [round(math.exp(-(9.0**2) / (2 * (9.0 * math.exp(0.5 * z)) ** 2)), 4) for z in (-1.0, 0.0, 1.0)]
        [0.2569, 0.6065, 0.832]
        >>> law.flip_probability([[9.0, 20.0], [9.0, 21.0], [9.0, 22.0]]).round(4).tolist()
        [0.2569, 0.6065, 0.832]

    References:
        Frailty: Vaupel, Manton & Stallard 1979, Demography 16, 439; the form: Medina-Rosales & Cabrera-Vives 2021.
    """

    form: FlipLaw
    names: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    slope: tuple[float, ...]
    spread: float
    kind: ClassVar[str] = "galaxy"

    def __post_init__(self) -> None:
        for name in ("mean", "std", "slope"):
            values = tuple(float(value) for value in getattr(self, name))
            bad = len(values) != len(self.names) or not np.isfinite(values).all()
            if bad or (name == "std" and min(values, default=1.0) <= 0):
                raise ValueError(f"{name} must be a finite number for each of {self.names}. Received: {name}={values}")
            object.__setattr__(self, name, values)
        object.__setattr__(self, "names", tuple(self.names))
        object.__setattr__(self, "spread", float(self.spread))
        if not (np.isfinite(self.spread) and self.spread >= 0):
            raise ValueError(f"spread must be a finite number >= 0. Received: spread={self.spread}")
        if not isinstance(self.form, FlipLaw) or isinstance(self.form, GalaxyLaw):
            raise ValueError(f"form must be a law of alpha alone. Received: form={self.form}")

    @property
    def positive(self) -> frozenset[str]:  # type: ignore[override]
        return self.form.positive

    @property
    def observables(self) -> tuple[str, ...]:
        return self.names

    @property
    def scale(self) -> float:
        return self.form.scale

    @property
    def parameters(self) -> dict[str, Floats]:
        return {**self.form.parameters, "slope": np.array(self.slope), "spread": np.array(self.spread)}

    def with_parameters(self, parameters: Mapping[str, npt.ArrayLike]) -> Self:
        own = {name: np.asarray(value, np.float64) for name, value in parameters.items()}
        slope = own.pop("slope", np.array(self.slope))
        # The likelihood is the same for a spread and for its negative.
        spread = abs(float(own.pop("spread", np.array(self.spread))))
        form = self.form.with_parameters(own) if own else self.form
        return type(self)(form, self.names, self.mean, self.std, tuple(np.ravel(slope).tolist()), spread)

    def neg_log_flip(self, observables: Array, parameters: Mapping[str, Array] | None = None, xp: Any = np) -> Array:
        at: dict[str, Any] = dict(parameters) if parameters else {"slope": self.slope, "spread": self.spread}
        slope, spread = at.pop("slope"), at.pop("spread")
        alpha, z = self._columns(observables, xp)
        shift, unseen = xp.zeros_like(alpha), xp.zeros_like(alpha) + spread * spread
        for k, each in enumerate(z):
            known = xp.logical_not(xp.isnan(each))
            shift = shift + slope[k] * xp.where(known, each, xp.zeros_like(each))
            unseen = unseen + xp.where(known, xp.zeros_like(each), xp.ones_like(each)) * slope[k] * slope[k]
        if not parameters and xp is np and not np.any(unseen):
            return self.form.neg_log_flip(alpha * np.exp(-shift))
        # The gradient of a root at 0 is infinite.
        wide = xp.sqrt(unseen + 1e-12)
        parts = []
        for node, weight in zip(*(each.tolist() for each in quadrature(True)), strict=True):
            parts.append(weight - self.form.neg_log_flip(alpha * xp.exp(-(shift + wide * node)), at or None, xp))
        parts = xp.stack(parts, axis=0)
        most = xp.max(parts, axis=0)
        # Not below 0 by a rounding.
        return xp.maximum(-(most + xp.log(xp.sum(xp.exp(parts - most), axis=0))), 0.0)

    def slopes(self, observables: Floats) -> Slopes:
        alpha, columns = self._columns(observables, np)
        z = np.column_stack([*columns, np.zeros((len(alpha), 0))])
        alpha = alpha * np.exp(-z @ np.array(self.slope))
        if isinstance(self.form, ExponentialLaw):
            return self._exponential_slopes(self.form.neg_log_flip(alpha), z)
        (weights, parts), nodes = self.by_node(observables), quadrature(self.spread > 0)[0]
        logs = weights[:, None] - np.stack([part.u for part in parts])
        share, u = special.softmax(logs, axis=0), -special.logsumexp(logs, axis=0)
        steep = share * np.stack([part.by_alpha for part in parts])
        by_form = {name: sum(share[q][:, None] * part.by[name] for q, part in enumerate(parts)) for name in parts[0].by}
        by_alpha = steep.sum(axis=0)
        return Slopes(u, by_alpha, {**by_form, "slope": -by_alpha[:, None] * z, "spread": -(nodes @ steep)[:, None]})  # type: ignore[dict-item]

    def by_node(self, observables: Floats) -> tuple[Floats, list[Slopes]]:
        alpha, columns = self._columns(observables, np)
        z, slope = np.column_stack([*columns, np.zeros((len(alpha), 0))]), np.array(self.slope)
        known = np.isfinite(z)
        wide = np.sqrt(self.spread**2 + (~known) @ np.square(slope))
        alpha = alpha * np.exp(-np.where(known, z, 0.0) @ slope)
        nodes, weights = quadrature(bool(wide.any()))
        return weights, [Slopes(*self.form.slopes(alpha * _finite_exp(-wide * node))) for node in nodes]

    def _exponential_slopes(self, v: Floats, z: Floats) -> Slopes:
        """Of u = -log sum_q w_q exp(-v s_q), s_q = exp(-2 spread n_q), n_q the nodes.

        One exponential an object and node, and one product with a small matrix for all the means over nodes.
        """
        nodes, weights = quadrature(self.spread > 0)
        s = _finite_exp(-2.0 * self.spread * nodes)
        powers = np.stack([np.ones_like(nodes), nodes, np.square(nodes)])
        shares = np.multiply.outer(s.min() - s, v)
        shares += weights[:, None]
        np.exp(shares, out=shares)
        total, *means = np.vstack([np.ones_like(s), s * powers, np.square(s) * powers]) @ shares
        first, twice = 2.0 * v / total * means[:3], np.square(2.0 * v) / total * means[3:]
        seen, by_alpha = np.column_stack([np.ones(len(z)), z]), first[0]

        def second(weights: Floats) -> Floats:
            out, mean = np.empty((z.shape[1] + 2,) * 2), np.column_stack([by_alpha[:, None] * seen, first[1]])
            own, mixed, last = (2.0 * first - twice) * weights
            out[:-1, :-1], out[-1, -1] = (seen.T * own) @ seen, last.sum()
            out[-1, :-1] = out[:-1, -1] = mixed @ seen
            return out + (mean.T * weights) @ mean

        by = {"theta": -by_alpha[:, None], "slope": -by_alpha[:, None] * z, "spread": -first[1][:, None]}
        return Slopes(v * s.min() - np.log(total), by_alpha, by, second)

    def _columns(self, observables: Array, xp: Any) -> tuple[Array, list[Array]]:
        """Alpha, and each observable in its standard deviations; of alpha alone nothing else is known."""
        if len(observables.shape) < 2 or (self.names and observables.shape[1] == 1):
            alpha = observables if len(observables.shape) < 2 else observables[:, 0]
            return alpha, [xp.zeros_like(alpha) * float("nan") for _ in self.names]
        if observables.shape[1] != 1 + len(self.names):
            raise ValueError(f"this law takes alpha, {', '.join(self.names)}. Received: {tuple(observables.shape)}")
        return observables[:, 0], [(observables[:, 1 + k] - self.mean[k]) / self.std[k] for k in range(len(self.names))]

    def get_config(self) -> dict[str, Any]:
        return {
            "law": self.kind,
            "form": self.form.get_config(),
            "observables": list(self.names),
            "mean": list(self.mean),
            "std": list(self.std),
            "slope": list(self.slope),
            "spread": self.spread,
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        check_keys(cls.kind, config, ("form", "observables", "mean", "std", "slope", "spread"))
        kind = config["form"].get("law")
        if kind not in FLIP_LAWS:
            raise ValueError(f"form must be one of {', '.join(FLIP_LAWS)}. Received: law={config['form']}")
        form = FLIP_LAWS[kind].from_config(config["form"])
        rest = (tuple(config[name]) for name in ("observables", "mean", "std", "slope"))
        return cls(form, *rest, config["spread"])  # type: ignore[arg-type, call-arg]
