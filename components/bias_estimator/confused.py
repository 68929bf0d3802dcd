"""A confusion of K classes from galaxies whose true class is known."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

from truemorph.components.laws import ConfusionLaw, Observable
from truemorph.components.laws.base import Floats

FOLDS = 5
PRIOR = ((-2.0, 3.0), (1.0, 1.0))
"""Mean and width of the priors on the log-odds of a mistake at the median quality, and on its slope by one standard
deviation of the quality: they bound what two or three mistakes say, and a few dozen outweigh them."""
LEAST_SLOPE = 1e-3
"""Least slope by a standard deviation: the law is the identity in the limit of good data."""
Labels = npt.NDArray[np.int64]


def fit_confusion(
    seen: npt.ArrayLike, true: npt.ArrayLike, alpha: npt.ArrayLike, names: Sequence[str], scale: str = "log"
) -> ConfusionLaw:
    """Most probable confusion of K classes, from labels of galaxies of known truth.

    Formula: maximise prod_i p(seen_i | true_i, alpha_i), p(seen = j | true = k) / p(seen = k | true = k) =
    exp(b_kj - w_kj q), with w > 0 and q = ln alpha or alpha, under weak normal priors on b and w. A mistake that is
    never seen is impossible in the law.

    Args:
        seen: (N,) label seen, 0 to K - 1.
        true: (N,) true class, 0 to K - 1.
        alpha: (N,) resolution, dimensionless, > 0.
        names: (K,) names of the classes.
        scale: 'log': the odds of a mistake fall as a power of alpha; 'linear': exponentially.

    Returns:
        The law.

    Examples:
        >>> rng, names = np.random.default_rng(0), ("smooth", "disk", "artifact")
        >>> b = ((None, -4.0, None), (5.0, None, 0.5), (1.0, None, None))
        >>> w = ((0, 0.5, 0), (2.5, 0, 1.0), (1.0, 0, 0))
        >>> law = ConfusionLaw(names, (Observable("alpha"),), b, [[[each] for each in row] for row in w])
        >>> true, alpha = rng.integers(3, size=30000), np.exp(rng.normal(2.3, 0.6, 30000))
        >>> below = np.cumsum(law.matrix(alpha)[np.arange(30000), true], axis=1)
        >>> seen = (rng.random(30000)[:, None] > below).sum(axis=1)
        >>> fit = fit_confusion(seen, true, alpha, names)
        >>> bool(np.abs(fit.matrix([4.0, 10.0, 30.0]) - law.matrix([4.0, 10.0, 30.0])).max() < 0.03)
        True

    References:
        Medina-Rosales & Cabrera-Vives 2021, equation 4, for two classes.
    """
    found, classes = np.asarray(seen, np.int64), np.asarray(true, np.int64)
    observable, k = Observable("alpha", scale=scale), len(names)
    quality = np.asarray(observable.quality(np.asarray(alpha, np.float64)))
    middle, width = float(np.median(quality)), float(quality.std()) or 1.0
    intercept, slope = np.full((k, k), np.nan), np.zeros((k, k))
    for row in range(k):
        mine = classes == row
        others = np.setdiff1d(np.unique(found[mine]), [row])
        if others.size:
            b, w = _one_row(found[mine], (quality[mine] - middle) / width, row, others)
            intercept[row, others], slope[row, others] = b + w * middle / width, w / width
    odds = [[None if np.isnan(b) else float(b) for b in row] for row in intercept]
    return ConfusionLaw(tuple(names), (observable,), tuple(map(tuple, odds)), slope[:, :, None])  # type: ignore[arg-type]


def _one_row(seen: Labels, quality: Floats, row: int, others: Labels) -> tuple[Floats, Floats]:
    """b and w of the galaxies of one true class, by each other class that was seen."""
    m = len(others)
    target = (seen[:, None] == others).astype(np.float64)
    mean = np.repeat([PRIOR[0][0], PRIOR[1][0]], m)
    spread = np.repeat([PRIOR[0][1], PRIOR[1][1]], m)

    def value(at: Floats) -> tuple[float, Floats]:
        odds = at[:m] - at[m:] * quality[:, None]
        total = special.logsumexp(np.column_stack([np.zeros(len(odds)), odds]), axis=1)
        away, over = (at - mean) / spread, np.exp(odds - total[:, None]) - target
        gradient = np.concatenate([over.sum(axis=0), -(over * quality[:, None]).sum(axis=0)])
        return float(total.sum() - (target * odds).sum() + 0.5 * away @ away), gradient + away / spread

    bounds = [(-30.0, 30.0)] * m + [(LEAST_SLOPE, 30.0)] * m
    at = optimize.minimize(value, mean, jac=True, method="L-BFGS-B", bounds=bounds).x
    return at[:m], at[m:]


def confusion_loss(law: ConfusionLaw, seen: Labels, true: Labels, alpha: Floats) -> Floats:
    """(N,) minus the logarithm of the probability of each label seen; one that the law holds impossible counts 1e-4.

    Examples:
        >>> odds, slopes = ((None, 0.0), (None, None)), (((0,), (1,)), ((0,), (0,)))
        >>> law = ConfusionLaw(("a", "b"), (Observable("alpha"),), odds, slopes)
        >>> confusion_loss(law, np.array([1, 0]), np.array([0, 1]), np.array([1.0, 1.0])).round(2).tolist()
        [0.69, 9.21]
    """
    p = law.matrix(alpha)[np.arange(len(seen)), true, seen]
    return -np.log(np.maximum(p, 1e-4))


def held_out(
    seen: Labels, true: Labels, alpha: Floats, names: Sequence[str], scale: str, groups: Labels, seed: int = 0
) -> float:
    """Mean loss of labels that the law was not fitted to, in five parts; those of one group are in one part."""
    part = np.random.default_rng(seed).permutation(int(groups.max()) + 1)[groups] % FOLDS
    losses = []
    for fold in range(FOLDS):
        out = part == fold
        law = fit_confusion(seen[~out], true[~out], alpha[~out], names, scale)
        losses.append(confusion_loss(law, seen[out], true[out], alpha[out]))
    return float(np.concatenate(losses).mean())
