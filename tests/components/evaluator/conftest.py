"""A small catalogue with known truth, and all that the Evaluator reads, made without images or networks."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from truemorph.components.evaluator import executor
from truemorph.components.laws import ExponentialLaw

THETA = 9.18
STAMP = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAAAAAAALAAAAAABAAEAAAIBRAA7"


@pytest.fixture(scope="session")
def galaxies() -> Callable[..., pd.DataFrame]:
    """A function that makes n galaxies, all of the test split: examples joined with predictions."""

    def make(n: int = 2000, seed: int = 0) -> pd.DataFrame:
        rng = np.random.default_rng(seed)
        law = ExponentialLaw(THETA)
        alpha = np.exp(rng.uniform(np.log(4), np.log(35), n))
        truth = rng.random(n) < 0.6
        raw = truth & (rng.random(n) > law.flip_probability(alpha))
        debiased = np.where(rng.random(n) < 0.6, truth, raw)
        share = np.where(truth ^ (rng.random(n) < 0.04), 0.95, 0.05)
        naive = law.seen_disk(share, alpha)
        return pd.DataFrame(
            {
                "objid": [str(588017702948962343 + i) for i in range(n)],
                "split": "test",
                "alpha": alpha,
                "label_raw": pd.array(raw.astype(int), dtype="Int64"),
                "label_debiased": pd.array(debiased.astype(int), dtype="Int64"),
                "petroRad_r_kpc": rng.lognormal(2, 0.4, n),
                "absPetroMag_r": rng.normal(-21, 1, n),
                "redshift": rng.uniform(0.02, 0.15, n),
                "p_disk_naive": naive,
                "p_disk_naive_debiased_labels": 0.6 * naive + 0.4 * share,
                "p_disk_cv14": np.where(rng.random(n) < 0.85, share, 1 - share),
                "p_disk": share,
                "p_disk_posterior": np.where(raw, 1.0, share),
            }
        )

    return make


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
    reader = "truemorph.components.examples.table.read_table"
    patch.setattr(reader, lambda path, split=None, columns=None: table[features])
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


def _write(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")


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
    galaxies: Callable[..., pd.DataFrame],
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
def finished(tmp_path_factory: pytest.TempPathFactory, galaxies: Callable[..., pd.DataFrame]) -> dict[str, Any]:
    """The report of 2,000 test galaxies, made once."""
    folder = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        found = run_evaluator(write_inputs(folder, galaxies(2000), LAW, MODELS, patch), folder / "report")
    # These galaxies are all of the test split: there is no training split to fit.
    assert found["profile"] is None
    return found | {"profile": {"theta": [8.2, 8.61, 9.05, 9.52, 10.0], "rise": [7.4, 1.92, 0.0, 1.92, 6.9]}}


@pytest.fixture
def report(finished: dict[str, Any]) -> dict[str, Any]:
    """The report of 2,000 test galaxies, a copy for each test."""
    return copy.deepcopy(finished)


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves the charts out, for tests of the rest: drawing takes most of a page's time."""
    monkeypatch.setattr("truemorph.components.evaluator.charts.svg", lambda chart, report: None)
    monkeypatch.setattr("truemorph.components.evaluator.executor.write_figures", lambda report, folder: None)
