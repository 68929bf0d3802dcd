"""The likelihood of a catalogue's labels: a logistic classifier of the true class, seen through a law."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from scipy import optimize, special, stats

from truemorph.components.laws.base import DISK, FlipLaw, Floats

HALF_CHI2 = 0.5 * float(stats.chi2.ppf(0.95, 1))
_U = (1e-36, 1e4)
"""Beyond these u = -log p_flip changes no double."""
_ROWS = 4096
_REACH = 30.0
"""Largest logarithm of a parameter that a search may try."""


def label_terms(logit: Floats, u: Floats, seen_disk: npt.NDArray[np.bool_], ratio: float = 1.0) -> tuple[Floats, ...]:
    """Negative log-likelihood of each label, its derivatives by z = logit p(disk | x) and by u = -log p_flip.

    Formula: q = p(seen disk) = sigmoid(z) (1 - exp(-u)); seen disk: softplus(-z) - ln(1 - exp(-u)), seen smooth:
    softplus(z) - softplus(z - u). In a sample that keeps disks `ratio` times as often as smooth labels, q becomes
    ratio q / (ratio q + 1 - q).

    Args:
        logit: (N,) z.
        u: (N,) > 0.
        seen_disk: (N,) whether the label is disk.
        ratio: > 0.

    Returns:
        Value, d/dz, d/du, d2/dz2, d2/dzdu, d2/du2, each (N,).

    Example:
        >>> value, *_ = label_terms(np.zeros(2), np.full(2, 0.5), np.array([True, False]))
        >>> np.exp(-value).round(4).tolist()  # 0.5 (1 - exp(-1/2)) and the rest
        [0.1967, 0.8033]

    References:
        Medina-Rosales & Cabrera-Vives 2021, equations 1 to 4.
    """
    share = special.expit(logit)
    shifted = np.where(seen_disk, -np.inf, logit - u)
    unseen = special.expit(shifted)  # p(true disk | seen smooth)
    with np.errstate(over="ignore"):
        rise = np.where(seen_disk, 1.0 / np.expm1(u), 0.0)
    value = np.where(
        seen_disk,
        -special.log_expit(logit) - np.log(-np.expm1(-u)),
        np.logaddexp(0.0, logit) - np.logaddexp(0, shifted),
    )
    spread = unseen * (1.0 - unseen)
    by_z, by_u = share - np.where(seen_disk, 1.0, unseen), unseen - rise
    zz, zu, uu = share * (1.0 - share) - spread, spread, rise * (1.0 + rise) - spread
    if ratio != 1.0:
        q, flipped = -share * np.expm1(-u), share * np.exp(-u)
        q_z, q_zu = q * (1.0 - share), (1.0 - share) * flipped
        slope = (ratio - 1.0) / (1.0 + (ratio - 1.0) * q)
        value = value + np.log1p((ratio - 1.0) * q) - np.where(seen_disk, np.log(ratio), 0.0)
        by_z, by_u = by_z + slope * q_z, by_u + slope * flipped
        zz = zz + slope * q_z * (1.0 - 2.0 * share) - np.square(slope * q_z)
        zu = zu + slope * q_zu - slope**2 * q_z * flipped
        uu = uu - slope * flipped - np.square(slope * flipped)
    return value, by_z, by_u, zz, zu, uu


class CatalogueLikelihood:
    """The negative log-likelihood over a classifier's weights and a law's parameters, with its derivatives.

    The vector that is searched is (w, b, raw): raw are the parameters, those that must be > 0 as logarithms.

    Args:
        features: (N, D) standardised features; D may be 0.
        labels: (N,) labels seen, 0 smooth or 1 disk.
        observables: (N,) alpha or (N, J), as the law takes them.
        law: the law, at its start.
        free: names of the parameters that are fitted; None: all.
        prior: by name the middle (raw) and the width of a normal prior.
        rates: shares of the smooth and of the disk labels that the sample kept.
    """

    def __init__(
        self,
        features: Floats,
        labels: npt.NDArray[Any],
        observables: Floats,
        law: FlipLaw,
        *,
        free: Sequence[str] | None = None,
        prior: Mapping[str, tuple[npt.ArrayLike, float]] | None = None,
        rates: tuple[float, float] = (1.0, 1.0),
    ) -> None:
        self.x = np.column_stack([features, np.ones(len(features))])
        self.seen_disk = np.asarray(labels) == DISK
        self.observables, self.law, self.ratio = observables, law, rates[1] / rates[0]
        self.free = tuple(law.parameters) if free is None else tuple(free)
        self.sizes = {name: law.parameters[name].size for name in self.free}
        self.d, self.size = self.x.shape[1], self.x.shape[1] + sum(self.sizes.values())
        middle, width = np.zeros(self.size), np.full(self.size, np.inf)
        for name, (at, wide) in (prior or {}).items():
            middle[self.index(name)], width[self.index(name)] = np.ravel(at), wide
        self.middle, self.precision = middle, 1.0 / np.square(width)

    def index(self, name: str) -> slice:
        """Where a parameter of the law stands in the vector."""
        begin = self.d + sum(self.sizes[other] for other in self.free[: self.free.index(name)])
        return slice(begin, begin + self.sizes[name])

    def start(self, weights: Floats | None = None) -> Floats:
        """These weights (None: the share of disks seen, for all) and the law's own parameters."""
        if weights is None:
            weights = np.append(np.zeros(self.d - 1), special.logit(np.clip(self.seen_disk.mean(), 1e-6, 1 - 1e-6)))
        return np.concatenate([weights, *(self._raw(name, self.law.parameters[name]) for name in self.free)])

    def law_at(self, at: Floats) -> FlipLaw:
        """The law at a vector."""
        found = {}
        for name in self.free:
            raw, shape = at[self.index(name)], self.law.parameters[name].shape
            positive = name in self.law.positive
            found[name] = (np.exp(np.clip(raw, -_REACH, _REACH)) if positive else raw).reshape(shape)
        return self.law.with_parameters(found) if found else self.law

    def value(self, at: Floats) -> tuple[float, Floats]:
        """Value and gradient, the prior included."""
        away = at - self.middle
        total, gradient = 0.5 * float(self.precision @ np.square(away)), self.precision * away
        for x, _, slopes, terms in self._blocks(at):
            value, by_z, by_u, *_ = terms
            total += float(value.sum())
            gradient += np.concatenate([by_z @ x, by_u @ slopes])
        return total, gradient

    def unpenalised(self, at: Floats) -> float:
        """The value without the prior."""
        return self.value(at)[0] - 0.5 * float(self.precision @ np.square(at - self.middle))

    def hessian(self, at: Floats) -> Floats:
        """Second derivatives, the prior included: exact where the law has them, else differences of the gradient."""
        if not self._exact(at):
            step = 1e-5
            shifts = step * np.eye(self.size)
            rows = [(self.value(at + e)[1] - self.value(at - e)[1]) / (2.0 * step) for e in shifts]
            return 0.5 * (np.array(rows) + np.array(rows).T)
        d, law, out = self.d, self.law_at(at), np.diag(self.precision)
        for x, observables, slopes, (_, _, by_u, zz, zu, uu) in self._blocks(at):
            out[:d, :d] += (x.T * zz) @ x
            mixed = (x.T * zu) @ slopes
            out[:d, d:] += mixed
            out[d:, :d] += mixed.T
            out[d:, d:] += (slopes.T * uu) @ slopes
            if self.free:
                out[d:, d:] += cast(Floats, law.curvature(observables, by_u))
        return out

    def information(self, at: Floats) -> Floats:
        """The second derivatives that are expected of the labels, the prior included; never negative."""
        out = np.diag(self.precision)
        for x, observables, slopes, _ in self._blocks(at):
            logit, u = x @ at[: self.d], np.clip(self.law_at(at).slopes(observables)[0], *_U)
            for seen in (True, False):
                value, by_z, by_u, *_ = label_terms(logit, u, np.full(len(u), seen), self.ratio)
                each = np.column_stack([by_z[:, None] * x, by_u[:, None] * slopes])
                out += (each.T * np.exp(-value)) @ each
        return out

    def scores(self, at: Floats) -> Floats:
        """(N, size) the gradient of each object."""
        parts = [
            np.column_stack([by_z[:, None] * x, by_u[:, None] * slopes])
            for x, _, slopes, (_, by_z, by_u, *_) in self._blocks(at)
        ]
        return np.concatenate(parts)

    def _exact(self, at: Floats) -> bool:
        """Whether the law has second derivatives by all that is fitted."""
        law = self.law_at(at)
        if not self.free:
            return True
        few = self.observables[:1]
        return self.free == tuple(law.parameters) and law.curvature(few, np.zeros(1)) is not None

    def minimise(self, start: Floats, held: Sequence[int] = ()) -> tuple[float, Floats]:
        """Least value and where it is reached, some elements held at the start: Newton steps within a trust region."""
        moved = np.setdiff1d(np.arange(self.size), held)
        second = self.hessian if self._exact(start) else self.information

        def whole(part: Floats) -> Floats:
            at = start.copy()
            at[moved] = part
            return at

        def value(part: Floats) -> tuple[float, Floats]:
            total, gradient = self.value(whole(part))
            return total, gradient[moved]

        result = optimize.minimize(
            value,
            start[moved],
            jac=True,
            hess=lambda part: second(whole(part))[np.ix_(moved, moved)],
            method="trust-exact",
            options={"gtol": 1e-6 * np.sqrt(len(self.x)), "maxiter": 200},
        )
        return float(result.fun), whole(result.x)

    def end(self, best: float, at: Floats, index: int, bound: float) -> float | None:
        """Where the profile of one element has risen to the 95 % level, towards bound; None: it never does."""
        step, inner = np.copysign(0.02, bound - at[index]), at
        while inner[index] != bound:
            outer = inner.copy()
            outer[index] = np.clip(inner[index] + step, min(bound, inner[index]), max(bound, inner[index]))
            value, found = self.minimise(outer, [index])
            if value - best > HALF_CHI2:
                return self._crossing(best, inner, index, outer[index])
            inner, step = found, 2 * step
        return None

    def _crossing(self, best: float, inner: Floats, index: int, outer: float) -> float:
        """Where the profile crosses the level; every minimum is sought from the same place."""

        def excess(element: float) -> float:
            start = inner.copy()
            start[index] = element
            return self.minimise(start, [index])[0] - best - HALF_CHI2

        return float(optimize.brentq(excess, inner[index], outer, xtol=1e-6))

    def _raw(self, name: str, value: Floats) -> Floats:
        return np.ravel(np.log(value) if name in self.law.positive else value)

    def _blocks(self, at: Floats) -> Iterator[tuple[Floats, Floats, Floats, tuple[Floats, ...]]]:
        """Of a few rows at a time, which stay in the cache: x, observables, du by raw (N, P), and label_terms."""
        law = self.law_at(at)
        for first in range(0, len(self.x), _ROWS):
            rows = slice(first, first + _ROWS)
            u, _, by = law.slopes(self.observables[rows])
            slopes = np.concatenate([np.zeros((len(u), 0)), *(by[name] for name in self.free)], axis=1)
            logit = self.x[rows] @ at[: self.d]
            terms = label_terms(logit, np.clip(u, *_U), self.seen_disk[rows], self.ratio)
            yield self.x[rows], self.observables[rows], slopes, terms
