"""The likelihood of a catalogue's labels: a logistic classifier of the true class, seen through a law."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from truemorph.components.classes import DISK
from truemorph.components.laws.base import FlipLaw, Floats, Slopes
from truemorph.components.laws.label_terms import label_terms
from truemorph.components.laws.search import Search

_U = (1e-36, 1e4)
"""Beyond these u = -log p_flip changes no double."""
FEW = 20_000
"""Objects that tell where a search begins; all of them, where there are many more, are then a few steps away."""
_ROWS = 4096
_REACH = 30.0
"""Largest logarithm of a parameter that a search may try."""


class CatalogueLikelihood(Search):
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
        self.mistaken = 0.0
        self.free = tuple(law.parameters) if free is None else tuple(free)
        self.sizes = {name: law.parameters[name].size for name in self.free}
        self.d, self.size = self.x.shape[1], self.x.shape[1] + sum(self.sizes.values())
        middle, width = np.zeros(self.size), np.full(self.size, np.inf)
        for name, (at, wide) in (prior or {}).items():
            middle[self.index(name)], width[self.index(name)] = np.ravel(at), wide
        self.middle, self.precision = middle, 1.0 / np.square(width)
        # Whether the law has second derivatives by all that is fitted.
        known = Slopes(*law.slopes(np.asarray(observables[:1]))).second is not None
        self.exact = not self.free or (known and self.free == tuple(law.parameters))
        self._last: tuple[Floats, tuple[float, Floats, Floats]] | None = None

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

    @property
    def objects(self) -> int:
        return len(self.x)

    def value(self, at: Floats) -> tuple[float, Floats]:
        """Value and gradient, the prior included."""
        return self._derivatives(at)[:2]

    def unpenalised(self, at: Floats) -> float:
        """The value without the prior."""
        return self.value(at)[0] - 0.5 * float(self.precision @ np.square(at - self.middle))

    def hessian(self, at: Floats) -> Floats:
        """Second derivatives, the prior included: exact where the law has them, else differences of the gradient."""
        if self.exact:
            return self._derivatives(at)[2].copy()
        step = 1e-5
        shifts = step * np.eye(self.size)
        rows = [(self.value(at + e)[1] - self.value(at - e)[1]) / (2.0 * step) for e in shifts]
        return 0.5 * (np.array(rows) + np.array(rows).T)

    def _derivatives(self, at: Floats) -> tuple[float, Floats, Floats]:
        """Value, gradient and, where the law has them, second derivatives, in one pass; the last are kept."""
        if self._last is not None and np.array_equal(self._last[0], at):
            return self._last[1]
        away, d = at - self.middle, self.d
        total, gradient, second = 0.5 * float(self.precision @ np.square(away)), self.precision * away, self._prior()
        for x, u, slopes, (value, by_z, by_u, zz, zu, uu) in self._blocks(at):
            total += float(value.sum())
            gradient += np.concatenate([by_z @ x, by_u @ slopes])
            if not self.exact:
                continue
            second[:d, :d] += (x.T * zz) @ x
            second[:d, d:] += (x.T * zu) @ slopes
            second[d:, d:] += (slopes.T * uu) @ slopes
            if self.free and u.second:
                second[d:, d:] += u.second(by_u)
        second[d:, :d] = second[:d, d:].T
        self._last = at.copy(), (total, gradient, second)
        return total, gradient, second

    def _prior(self) -> Floats:
        return np.diag(self.precision)

    def information(self, at: Floats) -> Floats:
        """The second derivatives that are expected of the labels, the prior included; never negative."""
        out = self._prior()
        for x, of, slopes, _ in self._blocks(at):
            logit, u = x @ at[: self.d], np.clip(of.u, *_U)
            for seen in (True, False):
                value, by_z, by_u, *_ = label_terms(logit, u, np.full(len(u), seen), self.ratio, self.mistaken)
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

    def through(self, law: FlipLaw) -> "CatalogueLikelihood":
        """The same with another law of this kind."""
        other = copy.copy(self)
        other.law, other._last = law, None
        return other

    def assuming(
        self, features: Floats | None = None, *, width: float = np.inf, mistaken: float = 0.0
    ) -> "CatalogueLikelihood":
        """The same under another assumption on the classes.

        Args:
            features: (N, D') other features: those there were, and before them any that are new.
            width: of the normal prior on the weights of the new ones.
            mistaken: share of the smooth that are called disk.
        """
        other = copy.copy(self)
        other.mistaken, other._last = mistaken, None
        if features is not None:
            other.x = np.column_stack([features, np.ones(len(features))])
            more = other.x.shape[1] - self.d
            other.d, other.size = self.d + more, self.size + more
            other.middle = np.append(np.zeros(more), self.middle)
            other.precision = np.append(np.full(more, 1.0 / width**2), self.precision)
        return other

    def few(self) -> "CatalogueLikelihood":
        """The likelihood of FEW of the objects, drawn with a fixed seed, where there are many more; else itself."""
        if len(self.x) <= 2 * FEW:
            return self
        rows = np.random.default_rng(0).permutation(len(self.x))[:FEW]
        few = copy.copy(self)
        few.x, few.seen_disk, few.observables, few._last = (
            self.x[rows],
            self.seen_disk[rows],
            self.observables[rows],
            None,
        )
        return few

    def _raw(self, name: str, value: Floats) -> Floats:
        return np.ravel(np.log(value) if name in self.law.positive else value)

    def _blocks(self, at: Floats) -> Iterator[tuple[Floats, Slopes, Floats, tuple[Floats, ...]]]:
        """Of a few rows at a time, which stay in the cache: x, u, du by raw (N, P), and label_terms."""
        law = self.law_at(at)
        for first in range(0, len(self.x), _ROWS):
            rows = slice(first, first + _ROWS)
            u = Slopes(*law.slopes(self.observables[rows]))
            slopes = np.concatenate([np.zeros((len(u.u), 0)), *(u.by[name] for name in self.free)], axis=1)
            logit = self.x[rows] @ at[: self.d]
            yield (
                self.x[rows],
                u,
                slopes,
                label_terms(logit, np.clip(u.u, *_U), self.seen_disk[rows], self.ratio, self.mistaken),
            )
