"""The command line: exit statuses, and one clear line for what a user can get wrong."""

import argparse
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from truemorph.cli import doctor, main
from truemorph.components.errors import InputError, JobError


@pytest.mark.parametrize(
    "words",
    [
        *(
            ["fly"],
            ["help", "fly"],
            ["run"],
            ["demo", "--galaxies", "many"],
            ["run", "--vote", "x"],
            ["demo", "--out", ""],
        ),
        *(["predict", "--model", "m", "--images", " ", "--out", "p.csv"], ["bias", "", "--label", "a", "--alpha", "b"]),
    ],
)
def test_bad_usage_is_one_line_and_status_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("truemorph") and "--help" in captured.err


def sources(tmp_path: Path) -> list[str]:
    (tmp_path / "votes.csv").write_text("objid\n1\n")
    (tmp_path / "photometry.csv").write_text("objid\n1\n")
    (tmp_path / "images").mkdir()
    return [f"--{name}={tmp_path / file}" for name, file in SOURCE_FILES.items()]


SOURCE_FILES = {"votes": "votes.csv", "photometry": "photometry.csv", "images": "images"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--votes=nowhere.csv"], "--votes nowhere.csv: does not exist; give an existing file"),
        (["--images=nowhere"], "--images nowhere: does not exist; give an existing folder"),
        (["--mapping={tmp}"], "is a folder; give a file"),
        (["--images={tmp}/votes.csv"], "is a file; give a folder"),
        (["--set", "bias_law.theta=0"], "bias_law.theta: received 0; give a number > 0"),
        (["--set", "trainer.epoch=3"], "trainer.epoch: unknown configuration key; the nearest one is trainer.epochs"),
        (["--config", "nowhere.toml"], "nowhere.toml: cannot read the configuration"),
    ],
)
def test_a_run_that_cannot_start_says_why(
    tmp_path: Path, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [word.format(tmp=tmp_path) for word in words]
    out = tmp_path / "out"
    assert main(["run", *sources(tmp_path), *words, "--out", str(out)]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not out.exists()


def test_what_a_run_left_is_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--run", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "has no examples/manifest.json; give the --out of a finished truemorph run" in capsys.readouterr().err
    assert main(["export", "--run", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "has no examples/manifest.json" in capsys.readouterr().err
    assert main(["train", "--examples", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "there is no finished dataset here" in capsys.readouterr().err


def test_debiasing_twice_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train", "--examples", str(tmp_path), "--out", str(tmp_path / "out"), "--labels", "debiased"]
    assert main(words) == 2
    assert "--loss debiased --labels debiased: corrects the bias twice" in capsys.readouterr().err


def test_a_training_without_anything_to_learn_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from truemorph.local import LocalDagRunner

    def train(runner: LocalDagRunner, steps: Any, **_: Any) -> None:
        model = steps[-1].outputs["model"]
        model.mkdir(parents=True)
        why = "all 3 debiased labels of the training galaxies are 'disk'"
        (model / "model.json").write_text(json.dumps({"status": "not_run", "why": why, "image_size": 64, "crop": 0.5}))

    monkeypatch.setattr(LocalDagRunner, "run", train)
    (tmp_path / "manifest.json").write_text('{"counts": {}, "content_hash": "5e"}')
    out = tmp_path / "out"
    words = ["train", "--examples", str(tmp_path), "--out", str(out), "--labels", "debiased", "--loss", "naive"]
    assert main(words) == 2
    assert "labels of the training galaxies are 'disk'; give others, or --labels raw" in capsys.readouterr().err
    assert not out.exists()


def test_real_stamps_need_their_classes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--out", str(tmp_path / "sky"), "--from-stamps", str(tmp_path)]) == 2
    assert "--from-stamps and --classes go together; give both or neither" in capsys.readouterr().err


def test_a_sky_without_mislabelling_takes_no_switch_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["simulate", "--out", str(tmp_path / "sky"), "--galaxies", "2", "--null", "--with", "own-theta"]
    assert main(words) == 2
    assert "--null makes a sky without mislabelling and rules out own-theta; drop one" in capsys.readouterr().err
    assert not (tmp_path / "sky").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--side", "0"], "--side 0.0: give the side of a stamp in petroRad_r, a number > 0"),
        ([], "--model {model}: was not trained through a law, and {beside} is missing"),
    ],
)
def test_the_resolution_test_needs_a_law(
    words: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from truemorph.components.bulk_inferrer import classifier

    model, examples = tmp_path / "naive", tmp_path / "run" / "examples"
    for folder in (model, examples):
        folder.mkdir(parents=True)
    (model / "model.keras").touch()
    (model / "model.json").write_text('{"image_size": 32, "crop": 0.5, "name": "naive"}')
    (examples / "manifest.json").write_text('{"counts": {}, "content_hash": "5e"}')
    monkeypatch.setattr(classifier, "load_classifier", lambda folder: None)
    assert main(["resolution-test", "--model", str(model), "--examples", str(examples), *words]) == 2
    wanted = message.format(model=model, beside=examples.parent / "bias_law.json")
    assert wanted in capsys.readouterr().err


def test_errors_become_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(parsed: argparse.Namespace) -> None:
        raise InputError("table.csv: no column\n'alpha'; found 'z'")

    monkeypatch.setattr(doctor, "run", refuse)
    assert main(["doctor"]) == 2
    assert capsys.readouterr().err == "truemorph doctor: error: table.csv: no column 'alpha'; found 'z'\n"


def test_a_job_that_failed_elsewhere_is_one_line_and_status_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(parsed: argparse.Namespace) -> None:
        raise JobError("beam.runner: DataflowRunner did not finish the job (quota)")

    monkeypatch.setattr(doctor, "run", fail)
    assert main(["doctor"]) == 1
    assert capsys.readouterr().err.endswith("error: beam.runner: DataflowRunner did not finish the job (quota)\n")


@pytest.mark.parametrize("option", ["--out", "--config"])
def test_what_must_be_on_this_machine_is_said(
    option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stop:
        main(["ingest", "--images", "gs://b/images", option, "gs://b/thing"])
    said = capsys.readouterr().err
    assert stop.value.code == 2 and said.count("\n") == 1
    assert f"argument {option}: gs://b/thing is a URL; give a path on this machine" in said
    assert list(tmp_path.iterdir()) == []


def test_an_interruption_is_status_1(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(parsed: argparse.Namespace) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(doctor, "run", interrupt)
    assert main(["doctor"]) == 1
    assert "interrupted; run the same command again to continue" in capsys.readouterr().err


def test_doctor_prints_versions(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    assert re.search(r"^ok\s+tensorflow\s+2\.21", capsys.readouterr().out, re.MULTILINE)


def test_doctor_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["broken"] is False
    assert {"status": "ok", "what": "numpy", "found": np.__version__} in found["findings"]


def test_simulate_is_silent_when_quiet(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TQDM_DISABLE", "")
    words = ["simulate", "--galaxies", "3", "--size", "32", "--json"]
    assert main([*words, "--out", str(tmp_path / "loud")]) == 0
    assert "galaxies/s" in capfd.readouterr().err
    assert main([*words, "--out", str(tmp_path / "sky"), "--quiet"]) == 0
    captured = capfd.readouterr()
    assert captured.err == ""
    assert json.loads(captured.out) == {"out": str(tmp_path / "sky"), "galaxies": 3}
