"""How well labels of known truth tell a confusion."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from truemorph.components.bias_estimator.confused import PRIOR, Labels
from truemorph.components.laws import ConfusionLaw
from truemorph.components.laws.base import Floats


def errors_of(
    law: ConfusionLaw, seen: npt.ArrayLike, true: npt.ArrayLike, alpha: npt.ArrayLike, groups: npt.ArrayLike
) -> list[dict[str, Any]]:
    """Shifts of the parameters, one standard deviation each, that are independent of each other.

    Formula: the covariance of b and w of one true class is H^-1 (G + P) H^-1, with H the second derivatives of minus
    the log-posterior, P those of the prior, and G the sum over groups of the outer product of their slopes: the
    pictures of one galaxy go together. Its root has the shifts as columns.

    Args:
        law: from fit_confusion.
        seen, true, alpha: see fit_confusion.
        groups: (N,) equal for pictures of one galaxy, integers from 0.

    Returns:
        {"intercept": (K, K), "slope": (K, K, 1)} of each shift, as lists, 0 where a mistake is impossible.

    Examples:
        >>> from truemorph.components.bias_estimator.confused import fit_confusion
        >>> rng = np.random.default_rng(0)
        >>> true, alpha = rng.integers(2, size=4000), np.exp(rng.normal(2.0, 0.5, 4000))
        >>> seen = true * (rng.random(4000) > 1 / (1 + alpha / 5))
        >>> law = fit_confusion(seen, true, alpha, ("plain", "ring"))
        >>> shifts = errors_of(law, seen, true, alpha, np.arange(4000))
        >>> round(sum(each["slope"][1][0][0] ** 2 for each in shifts) ** 0.5, 2)  # odds of a mistake are 5 / alpha
        0.1

    References:
        Huber 1967, Proc. 5th Berkeley Symp. 1, 221 (the sandwich of H and G).
    """
    found, classes, group = (np.asarray(each, np.int64) for each in (seen, true, groups))
    quality = np.asarray(law.observables[0].quality(np.asarray(alpha, np.float64)))
    k, shifts = len(law.names), []
    for row, others in enumerate(np.flatnonzero(each) for each in law.possible):
        mine = classes == row
        for column in _root(law, row, others, found[mine], quality[mine], quality, group[mine]):
            shift = {"intercept": np.zeros((k, k)), "slope": np.zeros((k, k, 1))}
            shift["intercept"][row, others], shift["slope"][row, others, 0] = np.split(column, 2)
            shifts.append({name: values.tolist() for name, values in shift.items()})
    return shifts


def _root(
    law: ConfusionLaw, row: int, others: Labels, seen: Labels, mine: Floats, quality: Floats, groups: Labels
) -> Iterator[Floats]:
    """Columns of a root of the covariance of (b, w) of one true class."""
    m, middle, width = len(others), float(np.median(quality)), float(quality.std()) or 1.0
    if not m:
        return
    b, w = (law.parameters[name][row, others].reshape(m) for name in ("intercept", "slope"))
    p = special.softmax(np.column_stack([np.zeros(len(mine)), b - w * mine[:, None]]), axis=1)[:, 1:]
    away = np.repeat(((seen[:, None] == others) - p), 2, axis=1).reshape(-1, m, 2)
    lever = np.column_stack([np.ones(len(mine)), (middle - mine) / width])
    scores = np.zeros((int(groups.max()) + 1, 2 * m))
    np.add.at(scores, groups, (away * lever[:, None, :]).transpose(0, 2, 1).reshape(-1, 2 * m))
    spread = p[:, :, None] * np.eye(m) - p[:, :, None] * p[:, None, :]
    prior = np.diag(np.repeat([PRIOR[0][1] ** -2.0, PRIOR[1][1] ** -2.0], m))
    information = np.einsum("nij,na,nc->aicj", spread, lever, lever).reshape(2 * m, 2 * m) + prior
    inverse = np.linalg.inv(information)
    covariance = inverse @ (scores.T @ scores + prior) @ inverse
    # b is the one at the median quality, and w that of a standard deviation: back to those of the law.
    own, turn = np.eye(m), np.zeros((2 * m, 2 * m))
    turn[:m, :m], turn[:m, m:], turn[m:, m:] = own, own * middle / width, own / width
    values, vectors = np.linalg.eigh(turn @ covariance @ turn.T)
    yield from (vectors * np.sqrt(np.maximum(values, 0.0))).T
