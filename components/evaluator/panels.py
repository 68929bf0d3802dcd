"""What the report shows beside its rows: disks among similar galaxies, calibration, confusion, theta's likelihood."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from truemorph.components.evaluator.agreement import agreement, reliability
from truemorph.components.evaluator.curves import MIN_PER_BIN, disk_curves
from truemorph.components.evaluator.galaxies import SPLIT, Floats, row_labels
from truemorph.components.evaluator.row_status import row_law
from truemorph.components.examples.table import floats
from truemorph.components.laws import CLASS_NAMES, FlipLaw, standardised
from truemorph.components.laws.profile import theta_profile
from truemorph.components.measures.cells import bin_edges
from truemorph.components.methods import METHODS

PARTS = 3
SLICE_BINS, PER_SLICE_BIN = 5, 25
PROFILE_POINTS = 12


def panels(
    table: pd.DataFrame,
    bias_law: Mapping[str, Any],
    models: Mapping[str, Mapping[str, Any]],
    columns: Sequence[str],
    classes: Sequence[str] = CLASS_NAMES,
) -> dict[str, Any]:
    """The report's further sections, measured on the test split; theta's likelihood on the training split.

    Args:
        table: examples joined with predictions, see `galaxies.join`.
        bias_law: the contents of bias_law.json.
        models: the contents of model.json of each network that was trained.
        columns: the intrinsic columns that CV18 used.
        classes: names of the classes; of those of your own agreement alone is shown.

    Returns:
        {"slices", "agreement", "calibration", "profile"} as schemas/report.schema.json describes them.
    """
    test = table[table["split"] == SPLIT]
    labels, alpha = row_labels(test, classes), floats(test, "alpha")
    label_sets = [row.key for row in METHODS if row.learns is None]
    agreed = agreement(labels, label_sets, len(classes))
    if tuple(classes) != CLASS_NAMES:
        return {"slices": [], "agreement": agreed, "calibration": [], "profile": None}
    return {
        "slices": [{"column": column, "parts": slices(labels, alpha, floats(test, column))} for column in columns],
        "agreement": agreed,
        "calibration": calibration(test, bias_law, models),
        "profile": profile(table[table["split"] == "train"], bias_law),
    }


def slices(labels: Mapping[str, Floats], alpha: Floats, values: Floats) -> list[dict[str, Any]]:
    """Disk fraction against alpha within each third of an intrinsic parameter.

    Args:
        labels: for each row's key (N,) labels, 0 smooth, 1 disk, NaN where not known.
        alpha: (N,) resolution.
        values: (N,) the intrinsic parameter, NaN where not known.

    Returns:
        {"low", "high", "n", "curves"} for each third, by rank; curves as `disk_curves` makes them, of at most 5 bins.
        [] where a third would hold fewer than 10 objects.
    """
    known = np.flatnonzero(np.isfinite(values) & np.isfinite(alpha))
    if len(known) < PARTS * MIN_PER_BIN:
        return []
    order = known[np.argsort(values[known], kind="stable")]
    return [
        {
            "low": float(values[part[0]]),
            "high": float(values[part[-1]]),
            "n": len(part),
            "curves": disk_curves({key: each[part] for key, each in labels.items()}, alpha[part], _bins(len(part))),
        }
        for part in np.split(order, bin_edges(len(order), PARTS)[1:-1])
    ]


def _bins(n: int) -> int:
    """Bins of alpha for n galaxies: no more than say something."""
    return min(SLICE_BINS, max(2, n // PER_SLICE_BIN))


def calibration(
    test: pd.DataFrame, bias_law: Mapping[str, Any], models: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Reliability of every network's probability of the label it was trained on, rows e and f through the law.

    Returns:
        {"key", "against", "bins"} for each row that predicts, bins as `reliability` makes them, [] where not known.
    """
    found = []
    for row in METHODS:
        if row.learns is None:
            continue
        p_disk = floats(test, row.column)
        if row.through_law and np.isfinite(p_disk).any():
            law = row_law(row, bias_law, models)
            rates = tuple(bias_law.get("rates") or (1.0, 1.0))
            p_disk = law.seen_disk(p_disk, law.columns(test), rates) if isinstance(law, FlipLaw) else p_disk
        bins = reliability(p_disk, floats(test, row.learns))
        found.append({"key": row.key, "against": row.learns, "bins": bins})
    return found


def profile(train: pd.DataFrame, bias_law: Mapping[str, Any]) -> dict[str, Any] | None:
    """The likelihood of theta about the CV14 fit, to twice as far as its 95 % interval on either side.

    Args:
        train: the training split, on which the fit was made.
        bias_law: the contents of bias_law.json.

    Returns:
        {"theta": increasing, "rise": of the negative log-likelihood above its least value}, or None where there is no
        CV14 fit with an interval.
    """
    fit = bias_law.get("cv14") or {}
    if fit.get("observables"):  # not one theta
        return None
    if fit.get("status") != "ok" or not fit.get("interval") or not set(fit.get("features", [None])) <= set(train):
        return None
    features = np.stack([floats(train, name) for name in fit["features"]], axis=1)
    label, alpha = floats(train, "label_raw"), floats(train, "alpha")
    keep = np.isfinite(np.column_stack([features, label, alpha])).all(axis=1)
    if not keep.any():
        return None
    data = (standardised(fit, features[keep]), label[keep], alpha[keep])
    start, theta = [*fit["weights"], fit["intercept"]], float(fit["theta"])
    sides = [theta * np.geomspace(1.0, (end / theta) ** 2, PROFILE_POINTS + 1) for end in fit["interval"]]
    below, above = (theta_profile(start, side, *data) for side in sides)
    nll = np.concatenate([below[:0:-1], above])
    return {"theta": np.concatenate([sides[0][:0:-1], sides[1]]).tolist(), "rise": (nll - nll.min()).tolist()}
