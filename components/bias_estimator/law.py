"""The law of a sky: given, estimated, or why it cannot be told."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from scipy import stats

from truemorph.components.bias_estimator.estimate import Rates, cv14_entry, fractions_entry
from truemorph.components.bias_estimator.galaxy import SIGNIFICANT, Misfit
from truemorph.components.bias_estimator.joint import fit_joint, law_entries, unbiased_law
from truemorph.components.bias_estimator.structure import FEATURES, features_of, rows_of, usable

PUBLISHED = {
    "theta": 9.18,
    "status": "given",
    "method": "published",
    "source": "Medina-Rosales & Cabrera-Vives 2021, for Galaxy Zoo 2",
}
"""The paper's theta, which holds for Galaxy Zoo 2 and nothing else."""
SHARP = 20.0
"""Weight of a feature's standard deviation from which on disks are cut out of those seen as such: that is no fit."""


def bias_law(
    table: pd.DataFrame,
    theta: float | str,
    kind: str = "exponential",
    rates: Rates = (1.0, 1.0),
    observables: Sequence[str] | None = (),
    class_on_alpha: bool = False,
) -> dict[str, Any]:
    """The law of a sky.

    Args:
        table: columns alpha, label_raw and, where known, ng, e, Rhlr (missing values are not known).
        theta: a number > 0, 'published', or 'estimate': by CV14, else by the fractions.
        kind: the law; one that is not exponential is fitted jointly with a classifier.
        rates: shares of the smooth and of the disk labels that the sample kept.
        observables: columns that theta may depend on; none: one theta for all; None: one for all, or one that depends
            on the features where Akaike's criterion prefers that: D > 2 k, with D and k of the misfit test. Squares and
            products of the features tell the class too, where a likelihood-ratio test asks for them (p < 0.01).
        class_on_alpha: whether the class may depend on alpha itself; see fit_cv14.

    Returns:
        The content of bias_law.json; its theta is None where the sky cannot tell it.
    """
    fractions = fractions_entry(table, rates)
    cv14 = cv14_entry(table, rates, observables or (), class_on_alpha)
    if observables is None and kind == "exponential" and theta == "estimate" and cv14 is not None:
        cv14 = _chosen(table, cv14, rates, class_on_alpha)
    law: dict[str, Any] = {"law": "exponential", "theta": None, "interval": None, "status": "given", "method": "given"}
    law |= {"source": "given in the configuration", "why": None, "n": int(usable(table).sum())}
    if theta == "published":
        law |= PUBLISHED
    elif isinstance(theta, str):
        law |= _estimated(table, cv14, fractions, rates)
    else:
        law |= {"theta": theta}
    if kind != "exponential":
        law |= law_entries(fit_joint(kind, *rows_of(table, features_of(table)), rates=rates))
    if rates != (1.0, 1.0):
        law |= {"rates": list(rates)}
    return law | {"cv14": cv14, "fractions": fractions}


def _chosen(table: pd.DataFrame, plain: dict[str, Any], rates: Rates, class_on_alpha: bool) -> dict[str, Any]:
    """The fit with products of the features where they are needed, and theta by the features where that is likelier.

    Products may take the place of a theta that differs, so theta goes with the features if that is likelier without.
    """
    if plain["nll"] is None:
        return plain

    def fit(observables: Sequence[str], products: bool) -> dict[str, Any]:
        return cv14_entry(table, rates, observables, class_on_alpha, products) or plain

    curved = fit((), True)
    if _needed(plain, curved):
        found = fit(FEATURES, True) if _differs(plain) or _differs(curved) else curved
        if max(map(abs, found["weights"])) < SHARP:
            return found
    return fit(FEATURES, False) if _differs(plain) else plain


def _differs(cv14: dict[str, Any]) -> bool:
    """Whether theta that depends on the features is likelier than one theta."""
    return Misfit(**cv14["misfit"]).likelier


def _needed(plain: dict[str, Any], curved: dict[str, Any]) -> bool:
    """The likelihood-ratio test of products, with theta by the features in both laws: one theta would bend to them."""
    if curved["nll"] is None:
        return False
    nll, more = (fit["nll"] - fit["misfit"]["statistic"] / 2 for fit in (plain, curved))
    return bool(stats.chi2.sf(2 * (nll - more), len(curved["weights"]) - len(plain["weights"])) < SIGNIFICANT)


def _estimated(
    table: pd.DataFrame, cv14: dict[str, Any] | None, fractions: dict[str, Any], rates: Rates
) -> dict[str, Any]:
    """Theta and where it comes from."""
    if (cv14 or fractions)["status"] == "not_identifiable":
        names = features_of(table)
        unbiased = unbiased_law(*rows_of(table, names), rates)
        if unbiased:
            return {
                "theta": unbiased.theta,
                "status": "not_identifiable",
                "method": "cv14" if names else "fractions",
                "source": "the most likely theta, which flips almost no label",
                "why": "the labels show no bias",
            }
    if cv14 is not None and cv14["theta"] is not None:
        also = ", their squares and products" if len(cv14["weights"]) > len(FEATURES) else ""
        source = f"CV14: joint maximum likelihood with a classifier on ng, e, Rhlr{also}, on the training split"
        keys = (
            "law",
            "law_parameters",
            "observables",
            "theta",
            "interval",
            "status",
            "why",
            "n",
            "misfit",
            "sensitivity",
            "flips_by",
        )
        if cv14.get("observables"):
            source += f"; theta depends on {', '.join(cv14['observables'])}"
        return {key: cv14[key] for key in keys if key in cv14} | {"method": "cv14", "source": source}
    told = "CV14: no galaxy has ng, e and Rhlr" if cv14 is None else f"CV14: {cv14['why']}"
    if fractions["status"] == "ok":
        source = "fit of the smooth fraction against alpha, on the training split"
        found = {key: fractions[key] for key in ("theta", "interval", "status", "n")}
        return found | {"method": "fractions", "source": source, "why": told}
    return {
        "status": fractions["status"] if cv14 is None else cv14["status"],
        "method": "none",
        "source": None,
        "why": f"theta cannot be estimated from these galaxies. {told}. Fractions: {fractions['why']}",
    }
