"""What theta is under other assumptions, which no catalogue can tell from mislabelling."""

from typing import Any

import numpy as np
from scipy import special

from truemorph.components.laws import CatalogueLikelihood
from truemorph.components.laws.base import Floats

SHIFTS = (-0.2, 0.2)
"""Change of the logit of p(disk) for one standard deviation of ln alpha."""
BLUR = 0.3
"""Error of the features, in their standard deviations, at the lower quartile of alpha; it falls as 1 / alpha."""
MISTAKEN = 0.03
"""Share of the smooth that are called disk."""


def sensitivity_of(likelihood: CatalogueLikelihood, at: Floats) -> list[dict[str, Any]]:
    """Theta and the share of disks among the badly resolved, under other assumptions, one at a time.

    Formula: logit p(disk | x, alpha) = w.x + b + shift (ln alpha - mean) / std, the shift held; or w.x / (1 + s^2) + b
    with s = 0.3 alpha_25 / alpha, for features measured with an error of s standard deviations (regression dilution);
    or p(seen disk | smooth) = 0.03. All else is fitted.

    Args:
        likelihood: of the fit.
        at: where it is greatest.

    Returns:
        For the fit itself and for each assumption: assumption (in words), class_on_alpha (the shift), theta, and
        share_poorly_resolved, the mean p(disk) of the quarter of the objects with the lowest alpha.

    References:
        Regression dilution: Fuller 1987, Measurement Error Models.
    """
    alpha = resolutions(likelihood)
    x, quartile, scores = likelihood.x[:, :-1], np.quantile(alpha, 0.25), log_scores(alpha)
    rows = [_row("as fitted", likelihood, at)]
    for shift in SHIFTS:
        told = f"logit p(disk) {shift:+g} per sigma of ln alpha"
        rows.append(_row(told, likelihood.assuming(np.column_stack([scores, x])), np.append(shift, at), shift))
    known = 1.0 / (1.0 + np.square(BLUR * quartile / alpha))
    told = f"features measured worse at low alpha: errors of {BLUR:g} sigma at its lower quartile"
    rows.append(_row(told, likelihood.assuming(x * known[:, None]), at))
    rows.append(_row(f"{MISTAKEN:.0%} of the smooth galaxies called disk", likelihood.assuming(mistaken=MISTAKEN), at))
    return rows


def _row(told: str, likelihood: CatalogueLikelihood, start: Floats, shift: float = 0.0) -> dict[str, Any]:
    """The fit under one assumption; a shift, the first element, is held."""
    _, found = likelihood.minimise(start, [0] if shift else [])
    alpha = resolutions(likelihood)
    share = special.expit(likelihood.x[alpha <= np.quantile(alpha, 0.25)] @ found[: likelihood.d])
    return {
        "assumption": told,
        "class_on_alpha": shift,
        "theta": likelihood.law_at(found).scale,
        "share_poorly_resolved": float(share.mean()),
    }


def resolutions(likelihood: CatalogueLikelihood) -> Floats:
    """Alpha of each object."""
    return likelihood.observables if likelihood.observables.ndim == 1 else likelihood.observables[:, 0]


def log_scores(alpha: Floats) -> Floats:
    """ln alpha of mean 0 and standard deviation 1."""
    logs = np.log(alpha)
    return np.asarray((logs - logs.mean()) / max(float(logs.std()), 1e-12))
