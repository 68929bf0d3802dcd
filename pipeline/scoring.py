"""Scoring against truth: for skies whose truth is known, after everything else is done."""

from pathlib import Path
from typing import Any

import pandas as pd

from truemorph.components.errors import InputError
from truemorph.components.laws import CLASS_NAMES
from truemorph.components.methods import METHODS


def accuracy_vs_truth(predictions: pd.DataFrame, truth: pd.DataFrame, split: str = "test") -> dict[str, float | None]:
    """Share of objects whose predicted class is the true one.

    Args:
        predictions: table of predictions.parquet.
        truth: table with objid and label ('smooth', 'disk' or 'star_or_artifact').
        split: the split that is scored.

    Returns:
        Accuracy for each row of the report, None where the row predicts nothing.

    Raises:
        InputError: if an object has no truth.
    """
    scored = predictions[predictions["split"] == split].merge(truth[["objid", "label"]], on="objid", how="left")
    if scored["label"].isna().any():
        raise InputError(
            f"truth.csv: {int(scored['label'].isna().sum())} objects of the {split} split have no truth there"
        )
    result: dict[str, float | None] = {}
    for key, column in ((method.key, method.column) for method in METHODS):
        known = scored[scored[column].notna()] if column in scored else scored.iloc[:0]
        disk = (known[column].astype("float64") > 0.5) if len(known) else pd.Series(dtype=bool)
        correct = disk == (known["label"] == CLASS_NAMES[1])
        result[key] = float(correct.mean()) if len(known) else None
    return result


def score(report: dict[str, Any], predictions_path: Path, truth_path: Path) -> dict[str, Any]:
    """The report with `accuracy_vs_truth` in every row."""
    truth = pd.read_csv(truth_path, dtype={"objid": "string"})
    predictions = pd.read_parquet(predictions_path)
    scores = accuracy_vs_truth(predictions.astype({"objid": "string"}), truth)
    return report | {"rows": [row | {"accuracy_vs_truth": scores[row["key"]]} for row in report["rows"]]}
