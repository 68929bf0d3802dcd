"""What theta is where the true class goes with alpha itself, which no catalogue can tell from mislabelling."""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from truemorph.components.laws import CatalogueLikelihood, ExponentialLaw
from truemorph.components.laws.base import Floats

SHIFTS = (-0.2, 0.2)
"""Change of the logit of p(disk) for one standard deviation of ln alpha."""


def sensitivity_of(
    x: Floats, seen: npt.NDArray[np.integer], alpha: Floats, at: Floats, rates: tuple[float, float] = (1.0, 1.0)
) -> list[dict[str, Any]]:
    """Theta and the share of disks among the badly resolved, under other assumptions about the class.

    Formula: logit p(disk | x, alpha) = w.x + b + shift (ln alpha - mean) / std; the shift held, theta, w and b fitted.

    Args:
        x: (N, D) standardised features.
        seen: (N,) labels seen.
        alpha: (N,) resolution.
        at: (D + 2,) w, b, ln theta of the fit without shift, where the search begins.
        rates: shares of the smooth and of the disk labels that the sample kept.

    Returns:
        For shift 0 and each of SHIFTS: assumption (in words), class_on_alpha, theta, and share_poorly_resolved, the
        mean p(disk) of the quarter of the objects with the lowest alpha.
    """
    logs, d = np.log(alpha), x.shape[1]
    design = np.column_stack([x, (logs - logs.mean()) / max(float(logs.std()), 1e-12)])
    low = alpha <= np.quantile(alpha, 0.25)
    law = ExponentialLaw(float(np.exp(at[-1])))
    likelihood = CatalogueLikelihood(design, seen, alpha, law, rates=rates)
    rows = []
    for shift in (0.0, *SHIFTS):
        _, found = likelihood.minimise(np.array([*at[:d], shift, *at[d:]]), [d])
        share = special.expit(design[low] @ found[: d + 1] + found[d + 1])
        told = "the class does not depend on alpha" if shift == 0 else f"logit p(disk) {shift:+g} per sigma of ln alpha"
        rows.append(
            {
                "assumption": told,
                "class_on_alpha": shift,
                "theta": likelihood.law_at(found).scale,
                "share_poorly_resolved": float(share.mean()),
            }
        )
    return rows
