"""The paper's Table 1 of a finished run, in full: both references of CV18, both label sets of CV14, its own numbers."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from truemorph.components.artifacts.bias_law import BiasLaw
from truemorph.components.artifacts.manifest import MANIFEST, Manifest
from truemorph.components.artifacts.model_card import TrainedModel
from truemorph.components.artifacts.model_folder import MODEL
from truemorph.components.artifacts.predictions import read_predictions
from truemorph.components.errors import InputError
from truemorph.components.evaluator import executor, rows
from truemorph.components.evaluator.biases import row_bias
from truemorph.components.evaluator.galaxies import SPLIT, Floats, join, row_labels
from truemorph.components.evaluator.published import PUBLISHED, why_not_published
from truemorph.components.evaluator.report import bias_words, number
from truemorph.components.evaluator.scores import SCORES
from truemorph.components.examples.table import floats, read_table
from truemorph.components.laws import CLASS_NAMES, ExponentialLaw

POSTERIOR = "cv14_posterior"


def table1_of_run(folder: Path) -> dict[str, Any]:
    """Table 1 of the folder that `truemorph run` left; arguments of the measures are the paper's, whatever the run's.

    Args:
        folder: holds examples/, predictions.parquet, bias_law.json and models/.

    Returns:
        What `table1` returns, and "run" and "balance" (whether the sample was balanced, as the paper's).

    Raises:
        InputError: if a part of the run is missing or damaged, or it is of other classes.
    """
    manifest = Manifest.read(folder / "examples" / MANIFEST)
    if manifest.class_names != CLASS_NAMES:
        names = ", ".join(manifest.class_names)
        raise InputError(f"--run {folder}: has the classes {names}; the paper's Table 1 is for smooth and disk only")
    law = BiasLaw.read(folder / "bias_law.json").as_json()
    models = {
        name: TrainedModel.read(folder / "models" / name / MODEL).as_json()
        for name in executor.MODELS
        if (folder / "models" / name).is_dir()
    }
    predictions = read_predictions(folder / "predictions.parquet")
    # The test split alone: the images of a whole release need not be read for it.
    test = join(read_table(folder / "examples", split=SPLIT), predictions[predictions["split"] == SPLIT])
    n = sum(manifest.counts[split] for split in ("train", "eval", "test"))
    return {"run": str(folder), "balance": manifest.balance} | table1(test, law, models, n, manifest.balance)


def table1(
    test: pd.DataFrame, bias_law: Mapping[str, Any], models: Mapping[str, Mapping[str, Any]], n: int, balance: bool
) -> dict[str, Any]:
    """The rows of Table 1 on the test split, with what the paper leaves open shown both ways.

    Args:
        test: examples of the test split joined with predictions, see `galaxies.join`.
        bias_law: the contents of bias_law.json.
        models: the contents of model.json for each network that was trained.
        n: examples of all splits.
        balance: whether the sample was balanced.

    Returns:
        {"rows", "examples", "published", "why", "notes"}. Rows are those of report.json, each with "cv14_overall" and
        "cv18_first", the same biases with another reference (the whole catalogue; the first bin, as the paper's script
        took it), and "published", the paper's numbers, or None. The row cv14_posterior, which follows cv14, has the
        labels argmax p(y | x, alpha, seen). "published" says whether the run is of the sample that the paper's
        numbers are of, see `why_not_published`, and "why" is a sentence on it.

    References:
        Medina-Rosales & Cabrera-Vives 2021, Table 1.
    """
    other = test.assign(p_disk_cv14=_posterior(test, bias_law))
    measured, notes = rows.measure(test, bias_law, models)
    place = next(i for i, row in enumerate(measured) if row["key"] == "cv14")
    measured[place]["name"] = "CV14, classifier"
    # The posterior knows the label seen, so that agreement with this label says nothing.
    posterior = rows.measure(other, bias_law, models)[0][place] | dict.fromkeys((*SCORES, "scores", "against"))
    measured.insert(place + 1, posterior | {"key": POSTERIOR, "letter": "", "name": "CV14, posterior"})
    labels = row_labels(test) | {POSTERIOR: row_labels(other)["cv14"]}
    why = why_not_published(n, balance, test["objid"])
    for row in measured:
        row["cv14_overall"] = _again(test, row["cv14"], labels[row["key"]], "overall")
        row["cv18_first"] = _again(test, row["cv18"], labels[row["key"]], "first")
        own = PUBLISHED["rows"]["cv14" if row["key"] == POSTERIOR else row["key"]]
        row["published"] = own if why is None else None
    told = f"published: {PUBLISHED['source']}; this run tests on {len(test):,}, and L compares at equal n and bins"
    return {"rows": measured, "examples": n, "published": why is None, "why": why or told, "notes": notes}


def _posterior(table: pd.DataFrame, bias_law: Mapping[str, Any]) -> Floats:
    """(N,) p(true disk | x, alpha, label seen) of the CV14 fit, NaN where one of them is not known."""
    names, theta = ("p_disk_cv14", "alpha", "label_raw"), (bias_law.get("cv14") or {}).get("theta")
    result = np.full(len(table), np.nan)
    if theta is None or not set(names) <= set(table.columns):
        return result
    p, alpha, seen = (floats(table, name) for name in names)
    known = np.isfinite(p) & np.isfinite(alpha) & np.isfinite(seen)
    result[known] = ExponentialLaw(theta).posterior(p[known], alpha[known], seen[known])
    return result


def _again(test: pd.DataFrame, found: Mapping[str, Any], labels: Floats, reference: str) -> dict[str, Any]:
    """A bias of these labels, measured as `found` but with another reference."""
    if found["status"] != "ok":
        return dict(found) | {"reference": reference}
    intrinsic = {name: floats(test, name) for name in found["intrinsic"]}
    return row_bias(labels, floats(test, "alpha"), intrinsic, found["bins"], found["depth"], reference)


def describe(table: Mapping[str, Any]) -> str:
    """The result of `table1` as lines to read; under a row the paper's own numbers, where they are shown."""
    head = f"{'':30} {'CV14 bias':21} {'overall':>7} {'CV18 bias':21} {'first':>7} " + " ".join(
        f"{s:>9}" for s in SCORES
    )
    lines = [head]
    for row in table["rows"]:
        cells = [f"{row['letter']:2}{row['name'][:28]:28}"]
        for name, other in (("cv14", "cv14_overall"), ("cv18", "cv18_first")):
            cells += [f"{bias_words(row[name]):21}", f"{number(row[other]['value']):>7}"]
        lines.append(" ".join([*cells, *(f"{number(row[name]):>9}" for name in SCORES)]))
        if row["published"] is not None:
            own = row["published"]
            cells = [f"{'  published':30}", f"{own['cv14']:<21.4f}", f"{'':7}", f"{own['cv18']:<21.4f}", f"{'':7}"]
            lines.append(" ".join([*cells, *(f"{number(own.get(name)):>9}" for name in SCORES)]))
    cv14, cv18 = (table["rows"][0][name] for name in ("cv14", "cv18"))
    leaves = f"leaves of depth {cv18['depth']} of {', '.join(cv18['intrinsic']) or 'no column'}"
    lines.append(f"test split, 95 % intervals; CV14 in {cv14['bins']} bins; CV18 in {cv18['bins']} bins, {leaves}")
    lines.append("reference: the last bin; overall: the whole catalogue; first: the bin that the published script took")
    lines.append("precision, recall and f1: macro averages, the means over the classes")
    return "\n".join([*lines, *table["notes"], table["why"]])
