"""Evaluator: reads examples, predictions, law, rejects and models; writes report.json and report.html."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from truemorph.components.artifacts.bias_law import BiasLaw
from truemorph.components.artifacts.manifest import MANIFEST, Manifest
from truemorph.components.artifacts.model_card import TrainedModel
from truemorph.components.artifacts.model_folder import MODEL
from truemorph.components.artifacts.predictions import read_predictions
from truemorph.components.base import Parameters, Paths, Spec
from truemorph.components.evaluator import rows
from truemorph.components.evaluator.biases import CV14_BINS
from truemorph.components.evaluator.charts import write_figures
from truemorph.components.evaluator.curves import disk_curves
from truemorph.components.evaluator.galaxies import SPLIT, join, row_labels
from truemorph.components.evaluator.panels import panels
from truemorph.components.evaluator.published import PUBLISHED, why_not_published
from truemorph.components.evaluator.report import clean, write_report
from truemorph.components.evaluator.resolution_rows import resolution_tests
from truemorph.components.evaluator.row_status import row_law
from truemorph.components.evaluator.run_facts import rejects, training, versions
from truemorph.components.evaluator.verdict import verdict
from truemorph.components.examples.table import floats, read_table
from truemorph.components.gallery.page import write_gallery
from truemorph.components.laws import CLASS_NAMES, FlipLaw
from truemorph.components.methods import DDB, NETWORKS

ONE_S_OWN = (
    "For classes other than smooth and disk there is no CV14 fit, no resolution test, no gallery, no calibration, and "
    "no published number."
)
MODELS = tuple(each.folder for each in NETWORKS)
SPEC = Spec(
    name="Evaluator",
    inputs=("examples", "predictions", "bias_law", "rejects", "positions", *MODELS),
    outputs=("report",),
    parameters=("intrinsic", "bins", "depth", "provenance"),
    optional=("positions", *MODELS),
)


def execute(inputs: Paths, outputs: Paths, parameters: Parameters) -> None:
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
    bias_law = BiasLaw.read(inputs["bias_law"]).as_json()
    models = {name: inputs[name] for name in MODELS if name in inputs}
    facts = {name: TrainedModel.read(folder / MODEL).as_json() for name, folder in models.items()}
    trained = [name for name, card in facts.items() if card.get("status") != "not_run"]
    manifest = Manifest.read(inputs["examples"] / MANIFEST)
    classes = manifest.class_names
    table = join(read_table(inputs["examples"]), read_predictions(inputs["predictions"]))
    measured, notes = rows.measure(
        table,
        bias_law,
        facts,
        intrinsic=parameters["intrinsic"],
        bins=parameters["bins"],
        depth=parameters["depth"],
        classes=classes,
    )
    law = row_law(DDB, bias_law, facts)
    two = classes == CLASS_NAMES
    tested = resolution_tests(inputs["examples"], models, law if isinstance(law, FlipLaw) else None) if two else None
    notes += [] if two else [ONE_S_OWN]
    test = table[table["split"] == SPLIT]
    n = sum(manifest.counts[split] for split in ("train", "eval", "test"))
    strangers = why_not_published(n, manifest.balance, test["objid"]) if two else ONE_S_OWN
    labels = row_labels(test, classes)
    report = clean(
        {
            "verdict": verdict(
                measured,
                bias_law,
                labels,
                {name: floats(test, name) for name in ("alpha", *measured[0]["cv18"]["intrinsic"])},
                [facts[name] for name in trained],
            ),
            "rows": measured,
            "theta": {"value": bias_law["theta"], **{key: item for key, item in bias_law.items() if key != "theta"}},
            "curves": disk_curves(
                labels,
                floats(test, "alpha"),
                CV14_BINS if parameters["bins"] is None else parameters["bins"],
                classes,
            ),
            "resolution_test": tested,
            **panels(table, bias_law, facts, measured[0]["cv18"]["intrinsic"], classes),
            "training": [training(name, facts[name], models[name], measured) for name in trained],
            "rejects": rejects(inputs["rejects"], manifest),
            "gallery": _gallery(inputs, outputs["report"], table, facts) if two else None,
            "published": PUBLISHED if strangers is None else None,
            "classes": None if two else classes,
            "notes": notes,
            "provenance": {
                **parameters["provenance"],
                "data": {"content_hash": manifest.content_hash, "votes_column": manifest.votes_column},
                "versions": versions(),
            },
        }
    )
    write_figures(report, outputs["report"] / "figures")
    write_report(report, outputs["report"])


def _gallery(inputs: Paths, report: Path, table: pd.DataFrame, facts: Mapping[str, Any]) -> dict[str, Any] | None:
    """Write the gallery of the galaxies that the debiased network moved; None where there is no such network."""
    if DDB.folder not in facts:
        return None
    crop = float(facts[DDB.folder].get("crop") or 1.0)
    return write_gallery(
        report / "gallery.html", inputs["examples"], table, crop=crop, positions=inputs.get("positions")
    )
