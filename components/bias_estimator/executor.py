"""BiasEstimator: the law by which disks are mistaken for smooth galaxies, from the training split."""

import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from truemorph.components.base import Spec
from truemorph.components.bias_estimator.cv14 import Cv14Fit, fit_cv14
from truemorph.components.bias_estimator.fractions import FractionFit, fit_fractions
from truemorph.components.bias_estimator.joint import fit_joint, law_entries, unbiased_law
from truemorph.components.errors import InputError
from truemorph.components.files import write_json
from truemorph.components.laws import FLIP_LAWS

SPEC = Spec(name="BiasEstimator", inputs=("examples",), outputs=("bias_law",), parameters=("kind", "theta"))

# Pure-Sersic index, ellipticity and half-light radius (kpc) of Simard et al. 2011: the features of CV14.
FEATURES = ("ng", "e", "Rhlr")
# The paper's theta for Galaxy Zoo 2, where a sky cannot tell its own.
PUBLISHED_THETA = 9.18
METHODS = ("cv14", "fractions")
# What each method takes for granted, and no data can test.
ASSUMES = {
    "cv14": "the true class depends on the features alone, and not on alpha as well",
    "fractions": (
        "the share of true disks is the same at every alpha; where it grows with alpha theta comes out too large, "
        "and labels without bias look biased"
    ),
}


def execute(inputs: Mapping[str, Path], outputs: Mapping[str, Path], parameters: Mapping[str, Any]) -> None:
    """Write bias_law.json from the training split of the examples."""
    from truemorph.components.examples.table import read_table

    theta = check_parameters(parameters["kind"], parameters["theta"])
    table = read_table(inputs["examples"], split="train", columns=["objid", "alpha", "label_raw", *FEATURES])
    law = bias_law(table, theta, parameters["kind"]) | ({"learn": True} if parameters["theta"] == "learn" else {})
    write_json(outputs["bias_law"], law, indent=2)


def check_parameters(kind: object, theta: object) -> float | None:
    """Theta as a number, or None where it is to be estimated.

    Raises:
        InputError: if kind or theta is not what a law can have.
    """
    if kind not in FLIP_LAWS:
        raise InputError(f"bias_law.kind: received {kind!r}; the laws known are {', '.join(FLIP_LAWS)}")
    if theta in ("estimate", "learn"):
        return None
    if kind != "exponential":
        raise InputError(f'bias_law.theta: received {theta!r}; for a {kind} law give "estimate" or "learn"')
    if isinstance(theta, bool) or not isinstance(theta, (int, float)) or not (math.isfinite(theta) and theta > 0):
        raise InputError(f'bias_law.theta: received {theta!r}; give a number above 0, or "estimate"')
    return float(theta)


def bias_law(table: pd.DataFrame, theta: float | None, kind: str = "exponential") -> dict[str, Any]:
    """The law for a sky, theta given or estimated: by CV14, else by the fractions, else the published value.

    Args:
        table: columns alpha, label_raw and, where known, ng, e, Rhlr (missing values are not known).
        theta: the value to use, > 0, or None to estimate it.
        kind: the law; one that is not exponential is fitted jointly with a classifier, and where the sky cannot tell
            it the exponential law stays, its status says why.

    Returns:
        The content of bias_law.json.
    """
    cv14, fractions = _cv14(table), _fractions(table)
    law: dict[str, Any] = {"law": "exponential", "theta": theta, "interval": None, "status": "given", "method": "given"}
    law |= {"source": "given in the configuration", "why": None, "n": int(_usable(table).sum())}
    if theta is None:
        law |= _unbiased(table) if (cv14 or fractions)["status"] == "not_identifiable" else {}
        law |= _estimated(cv14, fractions) if law["theta"] is None else {}
    if kind != "exponential":
        law |= _joint(table, kind)
    return law | {"cv14": cv14, "fractions": fractions}


def estimate(table: pd.DataFrame, method: str = "cv14") -> dict[str, Any]:
    """Theta of a sky by one method.

    Args:
        table: columns alpha, label_raw and, where known, ng, e, Rhlr (missing values are not known).
        method: 'cv14' or 'fractions'.

    Returns:
        {"law", "method", "theta", "interval", "status", "why", "n", "assumes", and under the method's name all of its
        fit}; theta and interval are None unless status is 'ok'.

    Raises:
        InputError: if the method is unknown, or cv14 is asked for and the structure of no galaxy is known.
    """
    if method not in METHODS:
        raise InputError(f"--method: received {method!r}; choose cv14 or fractions")
    fit = _cv14(table) if method == "cv14" else _fractions(table)
    if fit is None:
        raise InputError(
            "--structure: CV14 needs ng, e and Rhlr, known for no galaxy here; give a structure table, "
            "or choose --method fractions"
        )
    keys = ("theta", "interval", "status", "why", "n")
    found = {key: fit[key] for key in keys}
    return {"law": "exponential", "method": method, **found, "assumes": ASSUMES[method], method: fit}


def _estimated(cv14: dict[str, Any] | None, fractions: dict[str, Any]) -> dict[str, Any]:
    """Theta and where it comes from."""
    if cv14 is not None and cv14["status"] == "ok":
        source = "CV14: joint maximum likelihood with a classifier on ng, e, Rhlr, on the training split"
        return {key: cv14[key] for key in ("theta", "interval", "status", "why", "n")} | {
            "method": "cv14",
            "source": source,
        }
    told = "CV14: structure is known for no galaxy" if cv14 is None else f"CV14: {cv14['why']}"
    if fractions["status"] == "ok":
        source = "fit of the smooth fraction against alpha, on the training split"
        return {key: fractions[key] for key in ("theta", "interval", "status", "n")} | {
            "method": "fractions",
            "source": source,
            "why": told,
        }
    return {
        "theta": PUBLISHED_THETA,
        "status": fractions["status"] if cv14 is None else cv14["status"],
        "method": "published",
        "source": "Medina-Rosales & Cabrera-Vives 2021, for Galaxy Zoo 2",
        "why": f"this sky cannot tell theta. {told}. Fractions: {fractions['why']}",
    }


def _unbiased(table: pd.DataFrame) -> dict[str, Any]:
    """Theta where the labels show no bias; nothing where they do, or cannot tell."""
    features, labels, alpha = _structured(table)
    law = unbiased_law(features, labels, alpha)
    if law is None:
        return {}
    return {
        "theta": law.theta,
        "status": "not_identifiable",
        "method": "cv14" if features.shape[1] else "fractions",
        "source": "the most likely theta, under which next to no label is flipped",
        "why": "the labels show no bias",
    }


def _structured(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features (none where the structure of no galaxy is known), labels and alpha of the rows where they are known."""
    names = list(FEATURES) if set(FEATURES) <= set(table.columns) and _usable(table, *FEATURES).any() else []
    rows = table[_usable(table, *names)]
    return (
        rows[names].to_numpy(np.float64),
        rows["label_raw"].to_numpy(np.int64),
        rows["alpha"].to_numpy(np.float64),
    )


def _joint(table: pd.DataFrame, kind: str) -> Mapping[str, Any]:
    """A law of another kind, with the structure where it is known."""
    return law_entries(fit_joint(kind, *_structured(table)))


def _usable(table: pd.DataFrame, *columns: str) -> np.ndarray:
    """Rows where label, alpha and these columns are known."""
    return table[["alpha", "label_raw", *columns]].notna().all(axis=1).to_numpy()


def _cv14(table: pd.DataFrame) -> dict[str, Any] | None:
    """The CV14 fit as JSON values, or None where the structure of no galaxy is known."""
    if not set(FEATURES) <= set(table.columns):
        return None
    rows = table[_usable(table, *FEATURES)]
    if rows.empty:
        return None
    fit = fit_cv14(
        rows[list(FEATURES)].to_numpy(np.float64),
        rows["label_raw"].to_numpy(np.int64),
        rows["alpha"].to_numpy(np.float64),
    )
    return _cv14_json(fit) | {"without_structure": int(_usable(table).sum()) - len(rows)}


def _cv14_json(fit: Cv14Fit) -> dict[str, Any]:
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
    }


def _fractions(table: pd.DataFrame) -> dict[str, Any]:
    rows = table[_usable(table)]
    fit: FractionFit = fit_fractions(rows["label_raw"].to_numpy(np.int64), rows["alpha"].to_numpy(np.float64))
    values = asdict(fit)
    interval = values.pop("theta_interval")
    return values | {"interval": interval and list(interval)}
