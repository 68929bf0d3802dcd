"""The six rows of the paper's Table 1, measured on the test split."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from truemorph.components.errors import InputError
from truemorph.components.evaluator.biases import CV14_BINS, CV18_BINS, CV18_DEPTH, row_bias, unknown
from truemorph.components.evaluator.galaxies import SPLIT, intrinsic_columns, row_labels
from truemorph.components.evaluator.row_scores import row_scores
from truemorph.components.evaluator.row_status import row_law, row_model, row_status
from truemorph.components.examples.table import floats
from truemorph.components.laws import CLASS_NAMES
from truemorph.components.methods import METHODS, Method

BACKBONES = {"resnet50": "ResNet50", "resnet101": "ResNet101", "deepgalaxyv2": "Deep Galaxy V2", "small": "small CNN"}


def measure(
    table: pd.DataFrame,
    bias_law: Mapping[str, Any],
    models: Mapping[str, Mapping[str, Any]],
    *,
    intrinsic: Sequence[str] | None = None,
    bins: int | None = None,
    depth: int | None = None,
    classes: Sequence[str] = CLASS_NAMES,
) -> tuple[list[dict[str, Any]], list[str]]:
    """The six rows of Table 1 on the test split, in the paper's order.

    Args:
        table: examples joined with predictions, see `galaxies.join`; one row an object.
        bias_law: the contents of bias_law.json.
        models: the contents of model.json, by its folder, for each network that was trained.
        intrinsic: columns for CV18; None for the default, see `intrinsic_columns`.
        bins: bins in alpha; None for 10 (CV14) and 8 (CV18).
        depth: depth of CV18's tree, 2**depth leaves; None for 3.
        classes: names of the classes.

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
    designs: dict[str, tuple[dict[str, Any], int, int | None]] = {
        "cv14": ({}, bins or CV14_BINS, None),
        "cv18": (
            {name: floats(test, name) for name in columns},
            bins or CV18_BINS,
            CV18_DEPTH if depth is None else depth,
        ),
    }
    rows = []
    for row, labels in zip(METHODS, row_labels(test, classes).values(), strict=True):
        status, why = row_status(row, labels, bias_law, models, classes)
        law = row_law(row, bias_law, models) if row.through_law else None
        measured = {key: row_bias(labels, alpha, *design) for key, design in designs.items()}
        if status != "ok":
            for key, (beta, cells, splits) in designs.items():
                known = {name: measured[key][name] for name in ("n", "left_out")}
                measured[key] = unknown(0, list(beta), cells, splits) | known | {"status": status, "why": why}
        rows.append(
            {
                "key": row.key,
                "letter": row.letter,
                "name": _name(row, models),
                "split": SPLIT,
                "n": int(np.isfinite(labels).sum()),
                "status": status,
                "why": why,
                **measured,
                "against": row.learns,
                **row_scores(row, test, law, tuple(bias_law.get("rates") or (1.0, 1.0)), status, why, classes),
            }
        )
    return rows, notes


def _name(row: Method, models: Mapping[str, Mapping[str, Any]]) -> str:
    backbone = str(row_model(row, models).get("backbone", "network"))
    name = row.name.format(BACKBONES.get(backbone, backbone))
    return name[0].upper() + name[1:]
