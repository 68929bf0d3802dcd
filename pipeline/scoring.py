"""Scorer: a report and the truth -> the report with the accuracy against truth, for skies whose truth is known."""

import shutil
from dataclasses import replace

import pandas as pd

from truemorph.components.artifacts.predictions import read_predictions
from truemorph.components.artifacts.report import REPORT, Report
from truemorph.components.base import Parameters, Paths, Spec
from truemorph.components.errors import InputError
from truemorph.components.laws import CLASS_NAMES
from truemorph.components.methods import METHODS

SPEC = Spec(name="Scorer", inputs=("report", "predictions", "truth"), outputs=("report",))


def accuracy_vs_truth(predictions: pd.DataFrame, truth: pd.DataFrame, split: str = "test") -> dict[str, float | None]:
    """Share of objects whose predicted class is the true one.

    Args:
        predictions: from `read_predictions`.
        truth: table with objid and label ('smooth', 'disk' or 'star_or_artifact').
        split: the split that is scored.

    Returns:
        Accuracy for each row of the report, None where the row predicts nothing.

    Raises:
        InputError: if an object has no truth.
    """
    scored = predictions[predictions["split"] == split].merge(
        truth[["objid", "label"]].rename(columns={"label": "true"}), on="objid", how="left"
    )
    if scored["true"].isna().any():
        raise InputError(
            f"truth.csv: {int(scored['true'].isna().sum())} objects of the {split} split have no truth there"
        )
    result: dict[str, float | None] = {}
    for key, column in ((method.key, method.column) for method in METHODS):
        known = scored[scored[column].notna()] if column in scored else scored.iloc[:0]
        disk = (known[column].astype("float64") > 0.5) if len(known) else pd.Series(dtype=bool)
        correct = disk == (known["true"] == CLASS_NAMES[1])
        result[key] = float(correct.mean()) if len(known) else None
    return result


def execute(inputs: Paths, outputs: Paths, parameters: Parameters) -> None:
    """Write the report again, with `accuracy_vs_truth` in every row.

    Args:
        inputs: 'report' (the folder that the Evaluator left), 'predictions', 'truth' (a .csv with objid and label).
        outputs: 'report', the same folder, scored.
        parameters: none.
    """
    from truemorph.components.evaluator.report import write_report

    shutil.copytree(inputs["report"], outputs["report"], dirs_exist_ok=True)
    report = Report.read(inputs["report"] / REPORT)
    truth = pd.read_csv(inputs["truth"], dtype={"objid": "string"})
    scores = accuracy_vs_truth(read_predictions(inputs["predictions"]).astype({"objid": "string"}), truth)
    rows = [{**row, "accuracy_vs_truth": scores[row["key"]]} for row in report.rows]
    write_report(replace(report, rows=rows).as_json(), outputs["report"])
