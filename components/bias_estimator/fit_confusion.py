"""The work behind `truemorph fit-law --classes`: a table of galaxies whose truth is known becomes a confusion."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from truemorph.components.bias_estimator.confused import confusion_loss, fit_confusion, held_out
from truemorph.components.bias_estimator.confusion_errors import errors_of
from truemorph.components.bias_estimator.fit_law import classes_of, left_out, numbers_of, read_options
from truemorph.components.errors import InputError

LEAST = 20
"""Galaxies of each class that a fit needs."""
SCALES = ("log", "linear")


def fit_confusion_law(
    path: Path, label: str, truth: str, alpha: str, names: Sequence[str], group: str | None = None
) -> dict[str, Any]:
    """The confusion of K classes that explains best how galaxies of known truth were labelled.

    Args:
        path: .csv, .csv.gz, .parquet, .fits or .vot.
        label: column, or arithmetic over columns, of the label seen: a name, or its place among the names, from 0.
        truth: the same of the true class.
        alpha: the same of the resolution.
        names: (K,) names of the classes.
        group: column that is equal for pictures of one galaxy; None: every row is another galaxy.

    Returns:
        The content of law.json; its theta is None, for a confusion has no one scale.

    Raises:
        InputError: if a column is not known, a class has too few galaxies, or no label is another than the truth.
    """
    wanted = {"--label": label, "--truth": truth, "--alpha": alpha}
    columns, table = read_options(path, wanted, group)
    seen, true = (classes_of(path, option, columns[option], names) for option in ("--label", "--truth"))
    resolution = numbers_of(path, "--alpha", columns["--alpha"])
    with np.errstate(invalid="ignore"):
        reasons = {
            "truth_unknown": np.isnan(true),
            "label_unknown": np.isnan(seen),
            "alpha_unknown": ~(np.isfinite(resolution) & (resolution > 0)),
        }
    kept, rows = left_out(reasons)
    known = (seen[kept].astype(np.int64), true[kept].astype(np.int64), resolution[kept])
    groups = pd.factorize(table[group][kept])[0].astype(np.int64) if group else np.arange(int(kept.sum()))
    counts = np.zeros((len(names), len(names)), dtype=int)
    np.add.at(counts, (known[1], known[0]), 1)
    if counts.sum(axis=1).min() < LEAST:
        rarest = int(counts.sum(axis=1).argmin())
        raise InputError(
            f"{path}: {counts[rarest].sum()} galaxies are {names[rarest]} according to --truth; a law needs {LEAST}"
        )
    mistakes = int(counts.sum() - np.trace(counts))
    if not mistakes:
        raise InputError(f"{path}: every label agrees with --truth; there are no mistakes to fit a law to")
    laws = {scale: fit_confusion(*known, names, scale) for scale in SCALES}
    unseen = {scale: held_out(*known, names, scale, groups) for scale in SCALES}
    compared = [
        {
            "law": f"confusion, {scale} alpha",
            "log_loss": float(confusion_loss(laws[scale], *known).mean()),
            "held_out_log_loss": unseen[scale],
        }
        for scale in SCALES
    ]
    law = laws[min(SCALES, key=unseen.__getitem__)]
    config = law.get_config()
    return {
        "law": config.pop("law"),
        "law_parameters": config,
        "theta": None,
        "interval": None,
        "errors": errors_of(law, *known, groups),
        "status": "ok",
        "method": "known truth",
        "source": f"maximum likelihood on the galaxies of {path.name}, chosen by the log-loss on galaxies held out",
        "why": None,
        "n": len(known[0]),
        "groups": int(groups.max() + 1),
        "mistakes": mistakes,
        "confusion": counts.tolist(),
        "counts": rows,
        "at": {f"{value:.4g}": law.matrix([value])[0].tolist() for value in np.quantile(known[2], (0.1, 0.5, 0.9))},
        "compared": compared,
    }
