"""The whole pipeline on a small sky: what it leaves, and that it resumes."""

import json
import re
import shutil
import signal
import time
from pathlib import Path

import forked
import numpy as np
import pandas as pd
import pytest
from harness import run_words, source_words

from truemorph import scoring
from truemorph.cli import main
from truemorph.components.laws import ExponentialLaw

ROWS = ["labels_raw", "labels_debiased", "network_raw", "network_debiased_labels", "cv14", "ddb"]


def test_leaves_what_the_contract_says(finished_run: Path) -> None:
    for path in (
        "examples/Split-train",
        "examples/Split-eval",
        "examples/Split-test",
        "rejects.csv",
        "bias_law.json",
        "models/naive/model.keras",
        "models/naive_debiased_labels/model.keras",
        "models/debiased/model.keras",
        "predictions.parquet",
        "report/report.json",
        "report/report.html",
    ):
        assert (finished_run / path).exists(), path
    assert not list(finished_run.rglob("*.tmp"))
    assert not any((finished_run / ".truemorph" / "staging").iterdir())


def test_every_row_is_an_example_or_a_reject(sky: Path, finished_run: Path) -> None:
    votes = pd.read_csv(sky / "votes.csv", dtype={"dr7objid": str})
    rejects = pd.read_csv(finished_run / "rejects.csv", dtype=str)
    predictions = pd.read_parquet(finished_run / "predictions.parquet")
    assert sorted([*predictions["objid"], *rejects["objid"]]) == sorted(votes["dr7objid"])
    truth = pd.read_csv(sky / "truth.csv", dtype={"objid": str})
    artifacts = set(truth.loc[truth["label"] == "star_or_artifact", "objid"])
    assert set(rejects["objid"]) == artifacts
    assert len(artifacts) > 0


def test_the_posterior_is_bayes_rule(finished_run: Path) -> None:
    predictions = pd.read_parquet(finished_run / "predictions.parquet")
    law = ExponentialLaw(json.loads((finished_run / "bias_law.json").read_text())["theta"])
    expected = law.posterior(predictions["p_disk"], predictions["alpha"], predictions["label_raw"].astype(int))
    np.testing.assert_allclose(predictions["p_disk_posterior"], expected, atol=1e-6)


def test_prints_the_table_and_where_the_report_is(finished_run: Path) -> None:
    printed = (finished_run.parent / "stdout").read_text()
    assert f"report: {finished_run / 'report' / 'report.html'}" in printed
    assert len([line for line in printed.splitlines() if line]) >= 8
    report = json.loads((finished_run / "report" / "report.json").read_text())
    assert [row["key"] for row in report["rows"]] == ROWS
    assert all("accuracy_vs_truth" not in row or row["accuracy_vs_truth"] is None for row in report["rows"])


def test_a_benchmark_scores_a_copy_of_the_report(sky: Path, finished_run: Path, tmp_path: Path) -> None:
    before = (finished_run / "report" / "report.json").read_bytes()
    inputs = {"report": finished_run / "report", "predictions": finished_run / "predictions.parquet"}
    scoring.execute(inputs | {"truth": sky / "truth.csv"}, {"report": tmp_path / "scored"}, {})
    assert (finished_run / "report" / "report.json").read_bytes() == before
    scored = json.loads((tmp_path / "scored" / "report.json").read_text())
    assert all(0 <= row["accuracy_vs_truth"] <= 1 for row in scored["rows"] if row["key"] in ("labels_raw", "ddb"))
    assert "accuracy_vs_truth" in (tmp_path / "scored" / "report.json").read_text()
    assert (tmp_path / "scored" / "report.html").read_bytes() != (finished_run / "report" / "report.html").read_bytes()


def test_run_again_keeps_every_step(sky: Path, finished_run: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = (finished_run / "models" / "debiased" / "model.keras").stat().st_mtime_ns
    assert main(run_words(sky, finished_run)) == 0
    said = capfd.readouterr().err
    assert "running" not in said
    assert said.count("finished before, kept") == 9
    assert (finished_run / "models" / "debiased" / "model.keras").stat().st_mtime_ns == before


def test_a_finished_run_of_another_sky_is_refused(
    sky: Path, finished_run: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "sky"
    shutil.copytree(sky, other)
    lines = (other / "votes.csv").read_text().splitlines(keepends=True)
    (other / "votes.csv").write_text("".join(lines[:-1]))
    assert main(run_words(other, finished_run)) == 2
    assert "holds a finished run with other inputs" in capfd.readouterr().err


def kill_in_step(words: list[str], out: Path, step: str) -> None:
    """Start truemorph and kill it, with all its processes, as soon as a step has staged a file."""
    staging = out / ".truemorph" / "staging" / step
    deadline = time.monotonic() + 300
    with forked.begun(forked.COMMAND_LINE, *words) as process:
        while not any(path.is_file() for path in staging.rglob("*")) and time.monotonic() < deadline:
            time.sleep(0.02)
        process.kill()
        assert process.wait() == -signal.SIGKILL, "the run ended before it could be killed"


def same_dataset(out: Path, undisturbed: Path) -> None:
    shards = [path.relative_to(out) for path in (out / "examples").rglob("data_tfrecord-*")]
    assert len(shards) == 3
    for path in [*shards, Path("examples/manifest.json"), Path("rejects.csv")]:
        assert (out / path).read_bytes() == (undisturbed / path).read_bytes(), path
    assert not any((out / ".truemorph" / "staging").iterdir())


@pytest.mark.slow  # ExampleGen alone is killed in tests/components/example_gen/test_resumed_ingest.py
def test_a_killed_ingest_ends_with_the_same_bytes(sky: Path, finished_run: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ["ingest", *source_words(sky), "--out", str(out)]
    kill_in_step(words, out, "ExampleGen")
    assert not (out / "examples").exists()
    assert main(words) == 0
    same_dataset(out, finished_run)


@pytest.mark.slow  # the Trainer alone is killed in tests/components/trainer/test_killed_training.py
def test_a_killed_training_goes_on_and_the_run_ends_complete(
    sky: Path, finished_run: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out, only = tmp_path / "out", "trainer.methods=network_debiased_labels,ddb"
    kill_in_step(run_words(sky, out, only), out, "Trainer.naive_debiased_labels")
    assert not (out / "report").exists()
    assert main(run_words(sky, out, only)) == 0
    said = capfd.readouterr().err
    assert said.count("finished before, kept") == 3
    assert "Trainer.naive_debiased_labels: continuing where it was interrupted" in said
    same_dataset(out, finished_run)
    for name in ("naive_debiased_labels", "debiased"):
        here, there = (json.loads((run / "models" / name / "model.json").read_text()) for run in (out, finished_run))
        assert here["status"] == there["status"]
        assert here["eval_loss"] == pytest.approx(there["eval_loss"], rel=0.05)
    report = json.loads((out / "report" / "report.json").read_text())
    assert [row["key"] for row in report["rows"]] == ROWS


@pytest.mark.slow  # step by step in the tests of the Trainer, the Evaluator and the Pusher
def test_a_model_of_one_class_is_degenerate_and_never_pushed(
    sky: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    settings = ["trainer.methods=ddb", "trainer.epochs=1", "trainer.learning_rate=1e-12"]
    assert main(run_words(sky, out, *settings)) == 0
    model = json.loads((out / "models" / "debiased" / "model.json").read_text())
    assert model["status"] == "degenerate"
    assert re.match(r"the network predicts one class only: (\d+) of \1 galaxies are called", model["why"])
    pushed = json.loads((out / "pushed.json").read_text())
    assert pushed["status"] == "refused"
    assert not list((out / "serving").glob("*/saved_model.pb"))
    report = json.loads((out / "report" / "report.json").read_text())
    row = report["rows"][ROWS.index("ddb")]
    assert row["cv14"]["status"] == "degenerate"
    assert row["cv14"]["value"] is None
    assert report["rows"][ROWS.index("network_raw")]["cv14"]["status"] == "not_run"
    said = capfd.readouterr()
    assert "the model is degenerate" in said.err and "refused" in said.out.splitlines()[-1]
