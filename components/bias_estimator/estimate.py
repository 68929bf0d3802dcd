"""Theta of a sky by each method, as JSON values."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from truemorph.components.bias_estimator.cv14 import fit_cv14
from truemorph.components.bias_estimator.cv14_fit import Cv14Fit
from truemorph.components.bias_estimator.flips import flips_by
from truemorph.components.bias_estimator.fractions import fit_fractions
from truemorph.components.bias_estimator.structure import FEATURES, features_of, rows_of, usable
from truemorph.components.errors import InputError
from truemorph.components.laws import SMOOTH, FlipLaw
from truemorph.components.laws.base import Floats

METHODS = ("cv14", "fractions")
ASSUMES = {
    "cv14": "the true class depends on the features alone, and not on alpha as well",
    "fractions": (
        "the share of true disks is the same at every alpha; where it grows with alpha theta comes out too large, "
        "and labels without bias look biased"
    ),
}
"""What each method takes for granted, and no data can test."""
Rates = tuple[float, float]


def estimate(table: pd.DataFrame, method: str = "cv14", rates: Rates = (1.0, 1.0)) -> dict[str, Any]:
    """Theta of a sky by one method.

    Args:
        table: columns alpha, label_raw and, where known, ng, e, Rhlr (missing values are not known).
        method: 'cv14' or 'fractions'.
        rates: shares of the smooth and of the disk labels that the sample kept.

    Returns:
        {"law", "method", "theta", "interval", "status", "why", "n", "assumes", and under the method's name all of its
        fit}; theta and interval are None where the data cannot tell them.

    Raises:
        InputError: if the method is unknown, or cv14 is asked for and the structure of no galaxy is known.
    """
    if method not in METHODS:
        raise InputError(f"--method: received {method!r}; choose cv14 or fractions")
    fit = cv14_entry(table, rates) if method == "cv14" else fractions_entry(table, rates)
    if fit is None:
        raise InputError(
            "--structure: CV14 needs ng, e and Rhlr, which no galaxy here has; give a structure table, "
            "or choose --method fractions"
        )
    found = {key: fit[key] for key in ("theta", "interval", "status", "why", "n")}
    return {"law": "exponential", "method": method, **found, "assumes": ASSUMES[method], method: fit}


def cv14_entry(
    table: pd.DataFrame,
    rates: Rates = (1.0, 1.0),
    observables: Sequence[str] = (),
    class_on_alpha: bool = False,
    products: bool = False,
) -> dict[str, Any] | None:
    """The section 'cv14' of bias_law.json, or None where the structure of no galaxy is known.

    Args:
        table, rates: see estimate.
        observables: columns that theta may depend on; none: one theta for all.
        class_on_alpha, products: see fit_cv14.

    Raises:
        InputError: if an observable is known for no galaxy.
    """
    if not features_of(table):
        return None
    columns = list(dict.fromkeys([*FEATURES, *observables]))
    values, labels, alpha = rows_of(table, columns)
    if not len(values):
        raise InputError(f"bias_law.observables: no galaxy has all of {', '.join(columns)}")
    options: dict[str, Any] = {"rates": rates, "class_on_alpha": class_on_alpha, "products": products}
    if observables:
        options |= {"observables": values[:, [columns.index(name) for name in observables]], "names": observables}
    fit: Cv14Fit = fit_cv14(values[:, : len(FEATURES)], labels, alpha, **options)
    arrays = {name: getattr(fit, name) for name in ("weights", "mean", "std")}
    return {
        **{name: None if array is None else array.tolist() for name, array in arrays.items()},
        "intercept": fit.intercept,
        "features": list(FEATURES),
        "theta": fit.theta,
        "interval": fit.theta_interval and list(fit.theta_interval),
        "nll": fit.nll,
        "status": fit.status,
        "why": fit.why,
        "n": fit.n,
        "misfit": fit.misfit and fit.misfit.as_json(),
        "sensitivity": fit.sensitivity,
        "flips_by": _flips_by(fit, dict(zip(columns, values.T, strict=True)) | {"alpha": alpha}, labels, rates),
        **({"class_on_alpha": fit.class_on_alpha} if class_on_alpha else {}),
        **_law_entries(fit.law),
        "without_structure": int(usable(table).sum()) - fit.n,
    }


def _flips_by(fit: Cv14Fit, columns: dict[str, Floats], labels: Any, rates: Rates) -> dict[str, Any] | None:
    """Shares called smooth, seen and expected by the fit, by alpha and by each column; None where there is no fit."""
    if fit.law is None or fit.p_true is None:
        return None
    expected = 1.0 - fit.law.seen_disk(fit.p_true, fit.law.columns(columns), rates)
    names = ("alpha", *(name for name in columns if name != "alpha"))
    return {name: flips_by(columns[name], labels == SMOOTH, expected) for name in names}


def _law_entries(law: FlipLaw | None) -> dict[str, Any]:
    """The law, where it takes more than alpha."""
    if law is None or not law.observables:
        return {}
    config = law.get_config()
    return {"law": config.pop("law"), "law_parameters": config, "observables": list(law.observables)}


def fractions_entry(table: pd.DataFrame, rates: Rates = (1.0, 1.0)) -> dict[str, Any]:
    """The section 'fractions' of bias_law.json."""
    _, labels, alpha = rows_of(table, ())
    values = asdict(fit_fractions(labels, alpha, rates=rates))
    interval = values.pop("theta_interval")
    return values | {"interval": interval and list(interval)}
