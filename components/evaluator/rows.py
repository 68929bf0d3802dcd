"""The six rows of the paper's Table 1, measured on the test split."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from truemorph.components.errors import InputError
from truemorph.components.evaluator.scores import SCORES, confusion, scores
from truemorph.components.laws import CLASS_NAMES, FlipLaw, stored_law
from truemorph.components.measures.cv14 import cv14_bias
from truemorph.components.measures.cv18 import cv18_bias
from truemorph.components.measures.result import BiasResult
from truemorph.components.methods import METHODS, Method, Network

SPLIT = "test"
REFERENCE = "last"
INTRINSIC = ("petroRad_r_kpc", "absPetroMag_r", "redshift")
CV14_BINS, CV18_BINS, CV18_DEPTH = 10, 8, 3
MIN_PER_CELL = 10
MIN_KNOWN = 0.9
BACKBONES = {"resnet50": "ResNet50", "resnet101": "ResNet101", "deepgalaxyv2": "Deep Galaxy V2", "small": "small CNN"}
Floats = npt.NDArray[np.float64]


def join(examples: pd.DataFrame, predictions: pd.DataFrame) -> pd.DataFrame:
    """Examples with their predictions, joined on objid; columns that both have are taken from the examples.

    Args:
        examples: from `read_table`; objid is unique.
        predictions: from predictions.parquet; objid is unique.

    Returns:
        the examples in their order, with the columns that only the predictions have.

    Raises:
        InputError: if an id is repeated, or the two tables do not hold the same objects.
    """
    for name, table in (("examples", examples), ("predictions", predictions)):
        twice = table["objid"][table["objid"].duplicated()]
        if len(twice):
            raise InputError(f"{name}: column 'objid' holds {twice.iloc[0]!r} more than once; give each object one row")
    strangers = set(examples["objid"]) ^ set(predictions["objid"])
    if strangers:
        raise InputError(
            f"predictions: objid {min(strangers)!r} and {len(strangers) - 1} more are in only one of examples and "
            "predictions; predict for these examples again"
        )
    own = ["objid", *(column for column in predictions.columns if column not in examples.columns)]
    return examples.merge(predictions[own], on="objid", how="left", validate="one_to_one")


def intrinsic_columns(test: pd.DataFrame, asked: Sequence[str] | None) -> tuple[list[str], list[str]]:
    """The intrinsic columns that CV18 splits by, and a sentence on each that it can not use.

    Args:
        test: the test split.
        asked: columns wanted, in order; None for radius in kpc, absolute magnitude and redshift where present.

    Returns:
        columns known for at least 90 % of the objects, and one sentence for each of the others.

    Raises:
        InputError: if a column that was asked for by name is not in the examples.
    """
    for column in asked or ():
        if column not in test.columns:
            raise InputError(
                f"evaluator.intrinsic: the examples have no column {column!r}; choose from "
                f"{', '.join(c for c in test.columns if pd.api.types.is_float_dtype(test[c]))}"
            )
    used, notes = [], []
    for column in INTRINSIC if asked is None else asked:
        share = float(np.isfinite(floats(test, column)).mean()) if len(test) else 0.0
        if share >= MIN_KNOWN:
            used.append(column)
        else:
            notes.append(
                f"CV18 does not use {column}: known for {100 * share:.0f} % of the test objects, "
                f"and {100 * MIN_KNOWN:.0f} % are needed."
            )
    return used, notes


def row_labels(test: pd.DataFrame) -> dict[str, Floats]:
    """Each row's classes on the test split: (N,) with 0 smooth, 1 disk (p > 0.5), NaN where not known."""
    classes = {}
    for row in METHODS:
        values = floats(test, row.column)
        classes[row.key] = values if row.learns is None else np.where(np.isnan(values), np.nan, values > 0.5)
    return classes


def measure(
    table: pd.DataFrame,
    bias_law: Mapping[str, Any],
    models: Mapping[str, Mapping[str, Any]],
    *,
    intrinsic: Sequence[str] | None = None,
    bins: int | None = None,
    depth: int | None = None,
) -> tuple[list[dict[str, Any]], list[str]]:
    """The six rows of Table 1 on the test split, in the paper's order.

    Args:
        table: examples joined with predictions, see `join`; one row an object.
        bias_law: the contents of bias_law.json.
        models: the contents of model.json, by its folder, for each network that was trained.
        intrinsic: columns for CV18; None for the default, see `intrinsic_columns`.
        bins: bins in alpha; None for 10 (CV14) and 8 (CV18).
        depth: depth of CV18's tree, 2**depth leaves; None for 3.

    Returns:
        the rows as report.json holds them, and sentences on what could not be used.

    Raises:
        InputError: if bins < 2 or depth < 0; see also `intrinsic_columns`.

    References:
        Medina-Rosales & Cabrera-Vives 2021, Table 1.
    """
    if bins is not None and bins < 2:
        raise InputError(f"evaluator.bins: received {bins}; take 2 or more")
    if depth is not None and depth < 0:
        raise InputError(f"evaluator.depth: received {depth}; take 0 or more")
    test = table[table["split"] == SPLIT]
    alpha = floats(test, "alpha")
    columns, notes = intrinsic_columns(test, intrinsic)
    beta = np.stack([floats(test, column) for column in columns], axis=1) if columns else np.empty((len(test), 0))
    cv18_bins, cv18_depth = CV18_BINS if bins is None else bins, CV18_DEPTH if depth is None else depth
    rows = []
    for row, labels in zip(METHODS, row_labels(test).values(), strict=True):
        status, why = _row_status(row, labels, bias_law, models)
        law = row_law(row, bias_law, models) if row.through_law else None
        rows.append(
            {
                "key": row.key,
                "letter": row.letter,
                "name": _name(row, models),
                "split": SPLIT,
                "n": int(np.isfinite(labels).sum()),
                "status": status,
                "why": why,
                "cv14": _cv14(labels, alpha, CV14_BINS if bins is None else bins, status, why),
                "cv18": _cv18(labels, alpha, beta, columns, cv18_bins, cv18_depth, status, why),
                "against": row.learns,
                **_scores(row, test, alpha, law, status, why),
            }
        )
    return rows, notes


def floats(table: pd.DataFrame, column: str) -> Floats:
    """A column as (N,) float64, NaN where not known or not in the table."""
    if column not in table.columns:
        return np.full(len(table), np.nan)
    values = table[column].to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)


def _name(row: Method, models: Mapping[str, Mapping[str, Any]]) -> str:
    backbone = str(_model(row, models).get("backbone", "network"))
    name = row.name.format(BACKBONES.get(backbone, backbone))
    return name[0].upper() + name[1:]


def row_law(row: Method, bias_law: Mapping[str, Any], models: Mapping[str, Mapping[str, Any]]) -> FlipLaw | None:
    """Row e was fitted with a theta of its own, row f trained through the law of model.json; None: not known."""
    own = (bias_law.get("cv14") or {}) if row.key == "cv14" else _model(row, models)
    return stored_law(bias_law, own) if own.get("theta") or bias_law.get("theta") else None


def _model(row: Method, models: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """model.json of the row's network, nothing where it has none or was not trained."""
    return models.get(row.folder, {}) if isinstance(row, Network) else {}


def _row_status(
    row: Method, labels: Floats, bias_law: Mapping[str, Any], models: Mapping[str, Mapping[str, Any]]
) -> tuple[str, str | None]:
    known = labels[np.isfinite(labels)]
    if not len(labels):
        return "insufficient_data", "the test split holds no object"
    if row.key == "cv14":
        fit = bias_law.get("cv14") or {}
        if fit.get("status", "ok") in ("not_identifiable", "insufficient_data"):
            return fit["status"], str(fit.get("why") or f"the CV14 fit of bias_law.json is {fit['status']}")
    if not len(known):
        return "not_run", _why_not_run(row, bias_law, models)
    model = _model(row, models)
    if model.get("status") == "degenerate":
        return "degenerate", str(model.get("why") or "the trained network predicts one class only")
    if len(known) >= MIN_PER_CELL and len(np.unique(known)) == 1:
        return "degenerate", f"all {len(known)} test objects are of one class, {CLASS_NAMES[int(known[0])]}"
    return "ok", None


def _why_not_run(row: Method, bias_law: Mapping[str, Any], models: Mapping[str, Mapping[str, Any]]) -> str:
    if row.learns is None:
        return f"no test object has a {row.column}"
    if row.key == "cv14":
        fit = bias_law.get("cv14") or {}
        return str(fit.get("why") or bias_law.get("why") or "bias_law.json holds no CV14 fit")
    if isinstance(row, Network) and row.folder not in models:
        return f"the network '{row.folder}' was not trained in this run"
    model = _model(row, models)
    if model.get("status") == "not_run":
        return str(model["why"])
    return f"the predictions hold no {row.column} for the test split"


def _kept(needed: Mapping[str, Floats]) -> tuple[npt.NDArray[np.bool_], dict[str, int]]:
    """Objects for which all is known, and how many were left out for the first thing missing."""
    keep = np.ones(len(next(iter(needed.values()))), dtype=bool)
    left_out = {}
    for name, values in needed.items():
        missing = keep & np.isnan(values)
        if missing.any():
            left_out[f"no {name}"] = int(missing.sum())
        keep &= ~missing
    return keep, left_out


def _cv14(labels: Floats, alpha: Floats, bins: int, status: str, why: str | None) -> dict[str, Any]:
    keep, left_out = _kept({"label": labels, "alpha": alpha})
    blank = _unknown(int(keep.sum()), bins, None, [], left_out, status, why)
    if status != "ok" or blank["n"] < MIN_PER_CELL * bins:
        return blank if status != "ok" else _too_few(blank, bins)
    return _known(blank, cv14_bias(labels[keep].astype(int), alpha[keep], bins=bins, reference=REFERENCE))


def _cv18(
    labels: Floats,
    alpha: Floats,
    beta: Floats,
    columns: list[str],
    bins: int,
    depth: int,
    status: str,
    why: str | None,
) -> dict[str, Any]:
    keep, left_out = _kept({"label": labels, "alpha": alpha, **dict(zip(columns, beta.T, strict=True))})
    blank = _unknown(int(keep.sum()), bins, depth, columns, left_out, status, why)
    if status != "ok":
        return blank
    if not columns:
        return blank | {"status": "insufficient_data", "why": "no intrinsic column is known for enough objects"}
    if blank["n"] < MIN_PER_CELL * bins * 2**depth:
        return _too_few(blank, bins * 2**depth)
    return _known(
        blank,
        cv18_bias(labels[keep].astype(int), alpha[keep], beta[keep], bins=bins, depth=depth, reference=REFERENCE),
    )


def _unknown(
    n: int, bins: int, depth: int | None, columns: list[str], left_out: dict[str, int], status: str, why: str | None
) -> dict[str, Any]:
    return {
        "value": None,
        "interval": None,
        "noise_floor": None,
        "corrected": None,
        "n": n,
        "bins": bins,
        "depth": depth,
        "reference": REFERENCE,
        "intrinsic": columns,
        "status": status,
        "why": why,
        "left_out": left_out,
    }


def _too_few(blank: dict[str, Any], cells: int) -> dict[str, Any]:
    why = f"{blank['n']} objects for {cells} cells; {MIN_PER_CELL} a cell, {MIN_PER_CELL * cells} in all, are needed"
    return blank | {"status": "insufficient_data", "why": why}


def _known(blank: dict[str, Any], result: BiasResult) -> dict[str, Any]:
    if result.status != "ok" or result.value is None or result.noise_floor is None or result.corrected is None:
        return blank | {"status": result.status, "why": result.why or f"the measure is {result.status}"}
    interval = None if result.interval is None else [float(end) for end in result.interval]
    return blank | {
        "value": float(result.value),
        "interval": interval,
        "noise_floor": float(result.noise_floor),
        "corrected": float(result.corrected),
    }


def _scores(
    row: Method, test: pd.DataFrame, alpha: Floats, law: FlipLaw | None, status: str, why: str | None
) -> dict[str, Any]:
    """Agreement with the label that the row was trained on; rows e and f predict it through the law."""
    nothing: dict[str, Any] = dict.fromkeys(SCORES)
    if row.learns is None:
        return nothing | {"scores": _score_block("not_applicable", "the labels themselves", 0, {}, None)}
    share, label = floats(test, row.column), floats(test, row.learns)
    needed = {"prediction": share, row.learns: label} | ({"alpha": alpha} if law else {})
    keep, left_out = _kept(needed)
    if not keep.any():
        word = status if status in ("not_run", "not_identifiable") else "insufficient_data"
        return nothing | {"scores": _score_block(word, why or f"no test object has a {row.learns}", 0, left_out, None)}
    seen = law.seen_disk(share[keep], alpha[keep]) if law else share[keep]
    counts = confusion(seen > 0.5, label[keep])
    values = scores(counts)
    block = _score_block("ok", None, int(keep.sum()), left_out, counts.tolist())
    missing = [name for name, value in values.items() if value is None]
    if missing:
        block["status"] |= dict.fromkeys(missing, "undefined")
        block["why"] = f"{', '.join(missing)}: 0/0, for no object is predicted or labelled disk as the ratio needs"
    return values | {"scores": block}


def _score_block(
    status: str, why: str | None, n: int, left_out: dict[str, int], counts: list[list[int]] | None
) -> dict[str, Any]:
    return {"status": dict.fromkeys(SCORES, status), "why": why, "n": n, "left_out": left_out, "confusion": counts}
