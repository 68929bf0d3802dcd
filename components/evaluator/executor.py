"""Evaluator: reads examples, predictions, law, rejects and models; writes report.json and report.html."""

import csv
import importlib.metadata
import platform
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from truemorph.components.artifacts.bias_law import BiasLaw
from truemorph.components.artifacts.manifest import MANIFEST, Manifest
from truemorph.components.artifacts.model_card import TrainedModel
from truemorph.components.artifacts.model_folder import MODEL
from truemorph.components.artifacts.predictions import read_predictions
from truemorph.components.base import Spec
from truemorph.components.errors import InputError
from truemorph.components.evaluator import rows
from truemorph.components.evaluator.charts import write_figures
from truemorph.components.evaluator.curves import disk_curves
from truemorph.components.evaluator.panels import panels
from truemorph.components.evaluator.report import PUBLISHED, clean, write_report
from truemorph.components.files import read_json
from truemorph.components.gallery.page import write_gallery
from truemorph.components.methods import DDB, NETWORKS, network

MODELS = tuple(each.folder for each in NETWORKS)
PACKAGES = ("truemorph", "keras", "tensorflow", "numpy")
MODEL_FACTS = (
    "backbone",
    "loss",
    "labels",
    "theta",
    "image_size",
    "epochs",
    "best_epoch",
    "batch_size",
    "learning_rate",
    "seed",
    "n_train",
    "n_eval",
    "train_accuracy",
    "train_accuracy_inference",
    "eval_loss",
    "eval_accuracy",
)

SPEC = Spec(
    name="Evaluator",
    inputs=("examples", "predictions", "bias_law", "rejects", "positions", *MODELS),
    outputs=("report",),
    parameters=("intrinsic", "bins", "depth", "provenance"),
    optional=("positions", *MODELS),
)


def execute(inputs: Mapping[str, Path], outputs: Mapping[str, Path], parameters: Mapping[str, Any]) -> None:
    """Measure every row of the paper's Table 1 on the test split and write the report.

    Args:
        inputs: examples/, predictions.parquet, bias_law.json, rejects.csv and the folders of the trained models;
            positions, a table with ids, ra and dec, for the gallery's links.
        outputs: report, a folder with report.json (schemas/report.schema.json), report.html, gallery.html where the
            debiased network was trained, and figures/.
        parameters: intrinsic (columns or None), bins, depth (numbers or None), provenance (dict, written through).

    Raises:
        InputError: if an input is missing or broken, or predictions and examples are not of the same objects.
    """
    from truemorph.components.examples.table import read_table

    bias_law = BiasLaw.read(inputs["bias_law"]).as_json()
    models = {name: inputs[name] for name in MODELS if name in inputs}
    facts = {name: TrainedModel.read(folder / MODEL).as_json() for name, folder in models.items()}
    trained = [name for name, card in facts.items() if card.get("status") != "not_run"]
    table = rows.join(read_table(inputs["examples"]), read_predictions(inputs["predictions"]))
    measured, notes = rows.measure(
        table,
        bias_law,
        facts,
        intrinsic=parameters["intrinsic"],
        bins=parameters["bins"],
        depth=parameters["depth"],
    )
    test = table[table["split"] == rows.SPLIT]
    manifest = Manifest.read(inputs["examples"] / MANIFEST)
    report = {
        "rows": measured,
        "theta": {"value": bias_law["theta"], **{key: item for key, item in bias_law.items() if key != "theta"}},
        "curves": disk_curves(
            rows.row_labels(test),
            test["alpha"].to_numpy(dtype="float64", na_value=float("nan")),
            rows.CV14_BINS if parameters["bins"] is None else parameters["bins"],
        ),
        **panels(table, bias_law, facts, measured[0]["cv18"]["intrinsic"]),
        "training": [_training(name, facts[name], models[name], measured) for name in trained],
        "rejects": _rejects(inputs["rejects"], manifest),
        "gallery": _gallery(inputs, outputs["report"], table, facts),
        "published": PUBLISHED,
        "notes": notes,
        "provenance": {
            **parameters["provenance"],
            "data": {"content_hash": manifest.content_hash, "votes_column": manifest.votes_column},
            "versions": {"python": platform.python_version(), **{name: _version(name) for name in PACKAGES}},
        },
    }
    write_figures(report, outputs["report"] / "figures")
    write_report(report, outputs["report"])


def _gallery(
    inputs: Mapping[str, Path], report: Path, table: pd.DataFrame, facts: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Write the gallery of the galaxies that the debiased network moved; None where there is no such network."""
    if DDB.folder not in facts:
        return None
    crop = float(facts[DDB.folder].get("crop") or 1.0)
    return write_gallery(
        report / "gallery.html", inputs["examples"], table, crop=crop, positions=inputs.get("positions")
    )


def _training(name: str, facts: Mapping[str, Any], folder: Path, measured: list[dict[str, Any]]) -> dict[str, Any]:
    """What the report says of one network; an epoch's value that is not finite becomes null."""
    return {
        "id": name,
        "name": next(row["name"] for row in measured if row["key"] == network(name).key),
        "status": facts.get("status", "ok"),
        "why": facts.get("why"),
        **{fact: facts.get(fact) for fact in MODEL_FACTS},
        "history": clean({key: values for key, values in read_json(folder / "history.json").items() if values}),
    }


def _rejects(path: Path, manifest: Manifest) -> dict[str, Any]:
    counts = manifest.counts
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reasons = Counter(row["reason"] for row in csv.DictReader(file))
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; run the step that writes it first") from None
    return {
        "rows_in": counts.get("rows_in"),
        "kept": {split: counts.get(split) for split in ("train", "eval", "test")},
        "total": sum(reasons.values()),
        "reasons": dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))),
    }


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
