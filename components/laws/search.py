"""The search for the least value of a likelihood, and for the ends of a profile."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Self

import numpy as np
from scipy import optimize, special

from truemorph.components.laws.base import Floats

HALF_CHI2 = 0.5 * float(special.chdtri(1, 0.05))
_FIRST = 0.25
"""Longest first step of a profile in the logarithm of a parameter."""


class Search(ABC):
    """A negative log-likelihood with derivatives, whose least value is sought."""

    size: int
    """Elements of the vector that is searched."""
    exact: bool
    """Whether hessian gives exact second derivatives at little cost."""

    @property
    @abstractmethod
    def objects(self) -> int:
        """Objects that it is the sum over."""

    @abstractmethod
    def value(self, at: Floats) -> tuple[float, Floats]:
        """Value and gradient."""

    @abstractmethod
    def hessian(self, at: Floats) -> Floats:
        """Second derivatives."""

    @abstractmethod
    def information(self, at: Floats) -> Floats:
        """Their expectation, which is never negative."""

    @abstractmethod
    def few(self) -> Self:
        """The same for some of the objects, where there are very many; else itself."""

    def minimise(self, start: Floats, held: Sequence[int] = ()) -> tuple[float, Floats]:
        """Least value and where it is reached, some elements held at the start; of many objects a few go before."""
        few = self.few()
        return self._descend(start if few is self else few._descend(start, held)[1], held)

    def _descend(self, start: Floats, held: Sequence[int]) -> tuple[float, Floats]:
        """Newton steps within a trust region."""
        moved = np.setdiff1d(np.arange(self.size), held)
        second = self.hessian if self.exact else self.information

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
            options={"gtol": 1e-6 * np.sqrt(self.objects), "maxiter": 200},
        )
        return float(result.fun), whole(result.x)

    def end(self, best: float, at: Floats, index: int, bound: float) -> float | None:
        """Where the profile of one element has risen to the 95 % level, towards bound; None: it never does.

        The search begins where the curvature says that it has, with the other elements moved along; the signed root of
        the rise, which is next to straight, tells each further step, and the crossing between the last two.
        """
        along, precision = self._along(at, index)
        level, side = np.sqrt(2.0 * HALF_CHI2), np.copysign(1.0, bound - at[index])
        step = min(level / np.sqrt(precision), _FIRST) if precision > 0 else 0.02

        def excess(element: float, near: Floats) -> tuple[float, Floats]:
            value, found = self._descend(near + (element - near[index]) * along, [index])
            return float(np.sqrt(2.0 * max(value - best, 0.0)) - level), found

        inner, short = at, -float(level)
        while inner[index] != bound:
            outer = float(np.clip(inner[index] + side * step, min(bound, inner[index]), max(bound, inner[index])))
            over, found = excess(outer, inner)
            if over > 0:
                known = {float(inner[index]): short, outer: over}

                def root(element: float) -> float:
                    return known[element] if element in known else excess(element, inner)[0]  # noqa: B023

                return float(optimize.brentq(root, inner[index], outer, xtol=1e-5 * step))
            # A little beyond where a straight line would cross, at most twice as far.
            rise = max((over - short) / step, 1e-300)
            inner, short, step = found, over, min(1.1 * -over / rise + 0.02 * step, 2.0 * step)
        return None

    def _along(self, at: Floats, index: int) -> tuple[Floats, float]:
        """How all elements move with one at the least value, and the curvature of its profile."""
        curvature, others = self.hessian(at), np.delete(np.arange(self.size), index)
        along = np.zeros(self.size)
        along[index] = 1.0
        along[others] = -np.linalg.pinv(curvature[np.ix_(others, others)]) @ curvature[others, index]
        return along, float(along @ curvature @ along)
