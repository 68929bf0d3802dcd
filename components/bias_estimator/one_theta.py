"""The most likely exponential law with one theta for all, and labels without bias."""

import numpy as np
import numpy.typing as npt

from truemorph.components.laws import CatalogueLikelihood, ExponentialLaw
from truemorph.components.laws.base import Floats


def best_fit(
    x: Floats, seen: npt.NDArray[np.integer], alpha: Floats, rates: tuple[float, float] = (1.0, 1.0)
) -> tuple[float, Floats]:
    """Least negative log-likelihood of the exponential law and (w, b, ln theta), from several starts.

    Args:
        x: (N, D) standardised features.
        seen: (N,) labels seen.
        alpha: (N,) resolution.
        rates: see fit_cv14.
    """
    whole, found = CatalogueLikelihood(x, seen, alpha, ExponentialLaw(float(np.median(alpha))), rates=rates), []
    few = whole.few()
    for theta in np.quantile(alpha, [0.1, 0.5, 0.9]):
        start = np.append(few.start()[:-1], np.log(theta))
        found.append(few.minimise(few.minimise(start, [x.shape[1] + 1])[1]))
    best = min(found, key=lambda pair: pair[0])
    return best if few is whole else whole.minimise(best[1])


def unbiased_nll(
    x: Floats, seen: npt.NDArray[np.integer], alpha: Floats, rates: tuple[float, float] = (1.0, 1.0)
) -> float:
    """Least negative log-likelihood of labels without bias; arguments as of best_fit."""
    law = ExponentialLaw(float(alpha.min()) / 200.0)  # flips none
    likelihood = CatalogueLikelihood(x, seen, alpha, law, free=(), rates=rates)
    return likelihood.minimise(likelihood.start())[0]
