"""The laws of two classes and one resolution: where the fit of each kind starts, and what it is tied to."""

import numpy as np
import numpy.typing as npt

from truemorph.components.laws.base import FlipLaw, Floats
from truemorph.components.laws.exponential import ExponentialLaw
from truemorph.components.laws.logistic import LogisticLaw
from truemorph.components.laws.stretched import StretchedLaw
from truemorph.components.laws.tabulated import TabulatedLaw

FLIP_LAWS: dict[str, type[FlipLaw]] = {
    law.kind: law for law in (ExponentialLaw, LogisticLaw, StretchedLaw, TabulatedLaw)
}
"""The laws of two classes and one resolution, by kind."""
KNOTS = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Quantiles of alpha at which a tabulated law has its knots."""
TABLE_PRIOR = 1.0
"""Width of the prior on the logarithm of each increment of a tabulated law, about the exponential law's: a bin with few
labels tells little of its own."""


def starting_law(kind: str, theta: float, alpha: Floats) -> FlipLaw:
    """A law of some kind that is about the exponential one.

    Args:
        kind: 'exponential', 'logistic', 'stretched' or 'tabulated'.
        theta: scale of the exponential law.
        alpha: (N,) resolutions of the sky; the knots of a tabulated law lie among them.

    Examples:
        >>> starting_law("stretched", 9.0, np.array([4.0, 30.0]))
        StretchedLaw(theta=9.0, beta=2.0)
    """
    exponential = ExponentialLaw(theta)
    if kind == LogisticLaw.kind:
        midpoint = theta * float(np.sqrt(2.0 * np.log(2.0)))
        return LogisticLaw(midpoint, midpoint / 4.0)
    if kind == TabulatedLaw.kind:
        knots = np.quantile(alpha, KNOTS)
        # Held above what no double can tell from 0, and falling all the same.
        u = np.minimum(exponential.neg_log_flip(knots), 25.0 + np.arange(len(knots)))
        return TabulatedLaw(tuple(knots.tolist()), tuple(np.exp(-u).tolist()))
    return StretchedLaw(theta, 2.0) if kind == StretchedLaw.kind else exponential


def table_prior(start: FlipLaw) -> dict[str, tuple[npt.ArrayLike, float]]:
    """The prior of a law of this kind, as CatalogueLikelihood takes it: a tabulated law's, about its start."""
    if not isinstance(start, TabulatedLaw):
        return {}
    return {"increments": (np.log(start.parameters["increments"]), TABLE_PRIOR)}
