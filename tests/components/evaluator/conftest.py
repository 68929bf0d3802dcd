"""A small catalogue with known truth, and all that the Evaluator reads, made without images or networks."""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from predicted import galaxies

from truemorph.components.evaluator import executor
from truemorph.components.evaluator.ladder import score

STAMP = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAAAAAAALAAAAAABAAEAAAIBRAA7"


LAW: dict[str, Any] = {
    "law": "exponential",
    "theta": 9.05,
    "interval": [8.61, 9.52],
    "status": "ok",
    "method": "cv14",
    "source": "CV14 on the train split.",
    "why": None,
    "n": 16000,
    "cv14": {"theta": 9.05, "interval": [8.61, 9.52], "status": "ok", "weights": [-1.2, 0.4, 0.1], "nll": 0.41},
    "fractions": None,
}
_COMMON: dict[str, Any] = {"backbone": "resnet50", "epochs": 4, "best_epoch": 3, "n_train": 16000, "n_eval": 2000}
_COMMON |= {"train_accuracy": 0.91, "train_accuracy_inference": 0.905, "eval_accuracy": 0.89, "eval_loss": 0.3}
_COMMON |= {"status": "ok", "why": None, "image_size": 207, "crop": 0.5}
MODELS: dict[str, dict[str, Any]] = {
    "naive": _COMMON | {"loss": "naive", "labels": "raw", "theta": None},
    "naive_debiased_labels": _COMMON | {"loss": "naive", "labels": "debiased", "theta": None},
    "debiased": _COMMON | {"loss": "debiased", "labels": "raw", "theta": 9.05},
}


def write_inputs(
    folder: Path,
    table: pd.DataFrame,
    law: dict[str, Any],
    models: dict[str, dict[str, Any]],
    patch: pytest.MonkeyPatch,
) -> dict[str, Path]:
    """Write what the Evaluator reads; the table of the examples comes from memory."""
    n, examples = len(table), folder / "examples"
    features = [name for name in table if not name.startswith("p_disk")]
    predicted = ["objid", "split", "alpha", "label_raw", "label_debiased"]
    examples.mkdir()
    counts = {"rows_in": n + 3, "train": 0, "eval": 0, "test": n, "rejects": {"no image": 2, "star or artifact": 1}}
    manifest = {"counts": counts, "content_hash": "5e" * 32, "features": features, "votes_column": "fraction"}
    manifest["tables"] = {"votes": n + 3, "photometry": n + 100}
    _write(examples / "manifest.json", manifest)
    _write(folder / "bias_law.json", law)
    (folder / "rejects.csv").write_text("objid,reason\n1,no image\n2,no image\n3,star or artifact\n")
    predicted += [name for name in table if name.startswith("p_disk")]
    table[predicted].to_parquet(folder / "predictions.parquet")
    for name, facts in models.items():
        model = folder / "models" / name
        model.mkdir(parents=True)
        _write(model / "model.json", facts)
        decay = {"debiased": 0.8, "naive": 0.7}.get(name, 0.75)
        loss = [0.3 + 0.4 * decay**epoch for epoch in range(4)]
        _write(model / "history.json", {"loss": loss, "val_loss": [x + 0.02 for x in loss], "accuracy": loss[::-1]})
    for reader in ("executor", "table1"):
        name = f"truemorph.components.evaluator.{reader}.read_table"
        patch.setattr(name, lambda path, split=None, columns=None: table[features])
    stamps = "truemorph.components.gallery.page.read_stamps"
    patch.setattr(stamps, lambda examples, split, objids, crop: dict.fromkeys(objids, STAMP))
    inputs = {"examples": examples, "predictions": folder / "predictions.parquet"}
    inputs |= {"bias_law": folder / "bias_law.json", "rejects": folder / "rejects.csv"}
    return inputs | {name: folder / "models" / name for name in models}


def run_evaluator(inputs: dict[str, Path], out: Path, **parameters: Any) -> dict[str, Any]:
    """Run the Evaluator and return report.json."""
    settings = {"intrinsic": None, "bins": None, "depth": None, "provenance": {"seed": 7}} | parameters
    executor.execute(inputs, {"report": out}, settings)
    found: dict[str, Any] = json.loads((out / "report.json").read_text(encoding="utf-8"))
    return found


def draw_nothing(patch: pytest.MonkeyPatch) -> None:
    """Leave the charts out: drawing takes most of a page's time."""
    patch.setattr("truemorph.components.evaluator.charts.svg", lambda chart, report: None)
    patch.setattr("truemorph.components.evaluator.executor.write_figures", lambda report, folder: None)


def _write(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")


@pytest.fixture(scope="module", autouse=True)
def fewer_draws() -> Iterator[None]:
    """Intervals of one thousand replicates and not of five: how good they are is seen in tests/components/measures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("truemorph.components.measures.redraw.ENOUGH", 0)
        yield


@pytest.fixture
def bias_law() -> dict[str, Any]:
    """The contents of bias_law.json."""
    return copy.deepcopy(LAW)


@pytest.fixture
def models() -> dict[str, dict[str, Any]]:
    """The contents of model.json of each network."""
    return copy.deepcopy(MODELS)


@pytest.fixture
def folder(
    tmp_path: Path,
    bias_law: dict[str, Any],
    models: dict[str, dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., dict[str, Path]]:
    """A function that writes the inputs of a run on n test galaxies."""
    return lambda n=200: write_inputs(tmp_path, galaxies(n), bias_law, models, monkeypatch)


@pytest.fixture
def evaluate(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """A function that runs the Evaluator on inputs and returns report.json."""
    return lambda inputs, **parameters: run_evaluator(inputs, tmp_path / "report", **parameters)


@pytest.fixture(scope="session")
def finished(once: Callable[[str, Callable[[Path], None]], Path]) -> dict[str, Any]:
    """The report of 2,000 test galaxies, made once."""

    def make(folder: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            draw_nothing(patch)
            run_evaluator(write_inputs(folder, galaxies(2000), LAW, MODELS, patch), folder / "report")

    found: dict[str, Any] = json.loads((once("finished", make) / "report" / "report.json").read_text(encoding="utf-8"))
    # These galaxies are all of the test split: there is no training split to fit.
    assert found["profile"] is None
    # Nor are there networks to ask.
    assert "resolution_test" not in found
    rungs = [score(rung, np.linspace(0.1, 0.9, 80), np.arange(80) > 45) for rung in (None, 16.0, 8.0)]
    tested = {"status": "ok", "why": None, "n": 80, "disks": 34, "scaled": 0, "side": 8.48}
    return found | {
        "profile": {"theta": [8.2, 8.61, 9.05, 9.52, 10.0], "rise": [7.4, 1.92, 0.0, 1.92, 6.9]},
        "resolution_test": tested | {"rows": [{"key": "ddb", "rungs": rungs}]},
    }


@pytest.fixture
def report(finished: dict[str, Any]) -> dict[str, Any]:
    """The report of 2,000 test galaxies, a copy for each test."""
    return copy.deepcopy(finished)


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves the charts out, for tests of the rest."""
    draw_nothing(monkeypatch)


@pytest.fixture
def gaps(report: dict[str, Any]) -> dict[str, Any]:
    """A report in which something is unknown in every way."""
    for row, status in zip(
        report["rows"], ["ok", "insufficient_data", "degenerate", "not_run", "not_identifiable", "ok"], strict=True
    ):
        if status != "ok":
            unknown = {"value": None, "interval": None, "noise_floor": None, "corrected": None, "status": status}
            row |= {"status": status, "why": f"because {status}"}
            row |= {name: row[name] | unknown | {"why": f"because {status}"} for name in ("cv14", "cv18")}
    network = report["rows"][3]
    network |= dict.fromkeys(("accuracy", "precision", "recall", "f1")) | {"n": 0}
    network["scores"] |= {"status": dict.fromkeys(("accuracy", "precision", "recall", "f1"), "not_run"), "n": 0}
    report["rows"][2]["precision"] = None
    report["rows"][2]["scores"]["status"]["precision"] = "undefined"
    return report


@pytest.fixture(scope="session", name="galaxies")
def galaxies_fixture() -> Callable[..., pd.DataFrame]:
    """The maker of galaxies."""
    return galaxies
