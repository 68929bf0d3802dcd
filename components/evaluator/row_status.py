"""Whether a row of Table 1 can be measured, and why not; the law and the network that it goes with."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from truemorph.components.evaluator.galaxies import Floats
from truemorph.components.laws import CLASS_NAMES, ConfusionLaw, FlipLaw, stored_confusion, stored_law
from truemorph.components.methods import Method, Network

MIN_OF_ONE_CLASS = 10
Cards = Mapping[str, Mapping[str, Any]]


def row_status(
    row: Method, labels: Floats, bias_law: Mapping[str, Any], models: Cards, classes: Sequence[str] = CLASS_NAMES
) -> tuple[str, str | None]:
    known = labels[np.isfinite(labels)]
    if not len(labels):
        return "insufficient_data", "there are no objects in the test split"
    if row.key == "cv14":
        fit = bias_law.get("cv14") or {}
        if fit.get("status", "ok") in ("not_identifiable", "insufficient_data"):
            return fit["status"], str(fit.get("why") or f"the CV14 fit of bias_law.json is {fit['status']}")
    if not len(known):
        return "not_run", _why_not_run(row, bias_law, models)
    model = row_model(row, models)
    if model.get("status") == "degenerate":
        return "degenerate", str(model.get("why") or "the trained network predicts one class only")
    if len(known) >= MIN_OF_ONE_CLASS and len(np.unique(known)) == 1:
        return "degenerate", f"all {len(known)} test objects have the same class, {classes[int(known[0])]}"
    return "ok", None


def _why_not_run(row: Method, bias_law: Mapping[str, Any], models: Cards) -> str:
    if row.learns is None:
        return f"no test object has a {row.column}"
    if row.key == "cv14":
        fit = bias_law.get("cv14") or {}
        return str(fit.get("why") or bias_law.get("why") or "bias_law.json has no CV14 fit")
    if isinstance(row, Network) and row.folder not in models:
        return f"the network '{row.folder}' was not trained in this run"
    model = row_model(row, models)
    if model.get("status") == "not_run":
        return str(model["why"])
    return f"the predictions have no {row.column} for the test split"


def row_law(row: Method, bias_law: Mapping[str, Any], models: Cards) -> FlipLaw | ConfusionLaw | None:
    """Row e was fitted with a theta of its own, row f trained through the law of model.json; None: not known."""
    own = (bias_law.get("cv14") or {}) if row.key == "cv14" else row_model(row, models)
    if confusion := stored_confusion(own):
        return confusion
    return stored_law(bias_law, own) if own.get("theta") or bias_law.get("theta") else None


def row_model(row: Method, models: Cards) -> Mapping[str, Any]:
    """model.json of the row's network, nothing where it has none or was not trained."""
    return models.get(row.folder, {}) if isinstance(row, Network) else {}
