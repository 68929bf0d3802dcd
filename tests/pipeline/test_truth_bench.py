"""The truth benchmark's own arithmetic: labels of its scenarios, scores, runs that are the same, the page."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from truemorph.components.laws import ExponentialLaw


@pytest.fixture(scope="module", autouse=True)
def bench(root: Path) -> Any:
    """The benchmark's folder on the path, as for a script in it."""
    sys.path.insert(0, str(root / "tests" / "bench" / "truth"))
    yield
    sys.path.pop(0)


@pytest.fixture(scope="module")
def sky(bench: None) -> Any:
    from sky import Sky

    rng, n = np.random.default_rng(0), 4000
    truth, alpha = (rng.random(n) < 0.6).astype(np.int64), rng.uniform(4, 35, n)
    flipped = rng.random(n) < ExponentialLaw(9.18).flip_probability(alpha)
    table = pd.DataFrame({"alpha": alpha, "label_raw": np.where(flipped, 0, truth)})
    for name in ("petroRad_r_kpc", "absPetroMag_r", "redshift"):
        table[name] = rng.normal(size=n)
    return Sky(np.zeros((n, 2, 2, 3), np.uint8), table, truth)


def test_labels_of_the_scenarios(sky: Any) -> None:
    from scenarios import LOGISTIC, SCENARIOS, labels_of

    own, truth, alpha = sky.table["label_raw"].to_numpy(), sky.truth, sky.table["alpha"].to_numpy()
    labels = {name: labels_of(sky, name, seed=7) for name in SCENARIOS}
    for name in ("main", "theta-low", "theta-high", "own-theta", "half-real", "resnet50"):
        np.testing.assert_array_equal(labels[name], own)
    np.testing.assert_array_equal(labels["null"], truth)
    assert 0.02 < labels["called-disk"][truth == 0].mean() < 0.04
    np.testing.assert_array_equal(labels["called-disk"][truth == 1], own[truth == 1])
    disks = truth == 1
    assert labels["logistic"][~disks].sum() == 0
    kept = 1 - LOGISTIC.flip_probability(alpha[disks])
    assert labels["logistic"][disks].mean() == pytest.approx(kept.mean(), abs=0.03)


def test_scores(sky: Any) -> None:
    from scores import score

    perfect = score(sky.truth.astype(float), sky)
    assert perfect["accuracy"] == 1.0 and perfect["log_loss"] < 1e-5 and perfect["calibration_error"] == 0.0
    assert perfect["cv18"] == perfect["cv18_truth"] and sum(perfect["n_by_alpha"]) == 4000
    labels = sky.table["label_raw"].to_numpy(float)
    labels[:100] = np.nan
    found = score(labels, sky)
    right = sky.table["label_raw"].to_numpy()[100:] == sky.truth[100:]
    assert (found["n"], found["left_out"]) == (3900, 100)
    assert found["accuracy"] == pytest.approx(right.mean())
    low = sky.table["alpha"].to_numpy()[100:] < 8
    assert found["accuracy_by_alpha"][0] == pytest.approx(right[low].mean())
    assert perfect["share_error_by_alpha"] == [[0.0, 0.0]] * 4
    error, half = score(np.full(4000, 0.6), sky)["share_error_by_alpha"][0]
    lowest = sky.truth[sky.table["alpha"] < 8]
    assert error == pytest.approx(0.6 - lowest.mean())
    assert half == pytest.approx(1.96 * lowest.std(ddof=1) / np.sqrt(len(lowest)))
    assert score(np.full(4000, 0.6), sky)["calibration_error"] == pytest.approx(abs(0.6 - sky.truth.mean()))


def result(scenario: str, seed: int, method: str, accuracy: float) -> dict[str, Any]:
    bias = {"value": 0.1, "interval": [0.0, 0.2], "noise_floor": 0.05, "status": "ok"}
    about = {"scenario": scenario, "size": 3000, "seed": seed, "method": method, "n": 4000, "left_out": 0}
    share = [[1.0 - accuracy, 0.01]] * 4
    parts = {
        "accuracy_by_alpha": [accuracy] * 4,
        "share_error_by_alpha": share,
        "log_loss": 0.1,
        "calibration_error": 0.01,
        "notes": {},
    }
    return about | parts | {"accuracy": accuracy, **dict.fromkeys(("cv14", "cv14_truth", "cv18", "cv18_truth"), bias)}


def test_the_page_says_what_was_missed(bench: None, tmp_path: Path) -> None:
    from report import write_report
    from results import Results

    values = {"naive": 0.7, "estimated": 0.9, "truth": 0.98, "gce": 0.91, "votes": 0.905}
    results = [result("main", seed, m, v + 0.001 * seed) for seed in (1, 2) for m, v in values.items()]
    results += [result("null", seed, "estimated", 0.97 + 0.001 * seed) for seed in (1, 2)]
    found = Results(results)
    assert found.gap_closed("main", 3000, "estimated") == pytest.approx([0.2 / 0.28] * 2)
    assert found.differences("null", 3000, "estimated", "naive") == pytest.approx(
        [-0.01] * 2
    )  # the naive is the ceiling
    assert found.skies("theta-low", 3000, ["naive"]) == []
    before = [result("main", seed, "estimated", 0.85 + 0.001 * seed) for seed in (1, 2)]
    write_report(results, before, tmp_path)
    page = (tmp_path / "truth.md").read_text()
    assert "Better in accuracy than θ estimated, in 4 comparisons of a method and a sky: " in page
    assert (
        "votes (a variant of truemorph) on one, by 0.005 on main; generalized cross-entropy on one, by 0.010 on main"
        in page
    )
    told = (
        "Accuracy after minus before, truemorph, θ estimated: +0.050 on average over 1 kinds of sky, from +0.050 (main)"
    )
    assert told in page
    row = next(line for line in page.splitlines() if line.startswith("| the plain sky")).split(" | ")
    assert row[1:3] == ["3,000", "2, 2"] and row[3] == "–"
    ends = [float(cell.split(" ± ")[0]) for cell in (row[4], row[5], row[6], row[8], row[9], row[10].strip(" |"))]
    assert ends == pytest.approx([0.7015, 0.8515, 0.9015, 0.9815, 0.1485, 0.0985], abs=6e-4)
    assert "no: behind generalized cross-entropy" in page
    assert "gap closed on the worst of 2 skies | 0.714, target 0.85: **missed**" in page
    assert "Not run: the skies own-theta, another-hand, half-real" in page
    assert "Not run on any sky: labels as they are" in page
    assert "−0.005: **missed**" in page and (tmp_path / "truth.svg").stat().st_size > 5000


def test_the_page_shows_real_votes(bench: None, tmp_path: Path) -> None:
    from real_page import real_votes

    assert real_votes(tmp_path / "real-votes.json") == []
    laws = {"a constant share": {"loss": 0.5}, "logistic": {"theta": None, "interval": [None, 3.0], "loss": 0.4}}
    sample = {"pictures": 9, "galaxies": 3, "n": [4, 5], "flips": [0.5, None], "laws": laws}
    (tmp_path / "real-votes.json").write_text(json.dumps({"edges": [0.0, 10.0], "samples": {"some": sample}}))
    lines = real_votes(tmp_path / "real-votes.json")
    assert "| seen |  |  | 0.50 of 4 | – of 5 |" in lines
    assert "| logistic | below 0.5 (below 0.5 to 3.0) | 0.400 | – | – |" in lines


def test_real_votes_find_the_law_they_were_drawn_from(bench: None, monkeypatch: pytest.MonkeyPatch) -> None:
    import real_votes

    monkeypatch.setattr(real_votes, "FLIP_LAWS", {"exponential": ExponentialLaw})
    rng = np.random.default_rng(4)
    alpha = np.repeat(rng.uniform(4, 30, 600), 2)
    seen = rng.random(1200) > ExponentialLaw(10.0).flip_probability(alpha)
    found = real_votes.about(real_votes.Sample("drawn", alpha[:, None], (), seen, np.repeat(np.arange(600), 2)))
    assert (found["pictures"], found["galaxies"]) == (1200, 600) and sum(found["n"]) == 1200
    law = found["laws"]["exponential"]
    low, high = law["interval"]
    assert law["theta"] == pytest.approx(10.0, abs=0.6) and low < law["theta"] < high and high - low < 2.0
    lowest = alpha < 10.0
    expected = ExponentialLaw(law["theta"]).flip_probability(alpha[lowest]).mean()
    assert law["flips"][0] == pytest.approx(expected) and found["flips"][0] == pytest.approx((~seen[lowest]).mean())
    share = seen.mean()
    nothing = -(share * np.log(share) + (1 - share) * np.log(1 - share))
    assert found["laws"]["one share for all α"]["loss"] == pytest.approx(nothing)
    assert law["loss"] < found["laws"]["the paper's θ = 9.18"]["loss"] < nothing


def test_real_samples(bench: None, shared: Path) -> None:
    from real_votes import samples

    votes, coadds, hubble = samples(shared)
    assert len(votes.seen_disk) > 80 and len(coadds.seen_disk) > 300 and len(hubble.seen_disk) > 3500
    assert len(np.unique(hubble.galaxy)) < 200 and hubble.observables.shape[1] == 2
    for sample in (votes, coadds, hubble):
        assert np.isfinite(sample.observables).all() and set(sample.seen_disk) == {False, True}


def test_runs_that_are_the_same_are_done_once(bench: None) -> None:
    import argparse

    from bench_truth import wanted
    from methods import METHODS, NAMES

    assert set(METHODS) == set(NAMES)
    asked = argparse.Namespace(
        skies=["main", "theta-low", "own-theta", "null"],
        sizes=[3000],
        seeds=[1],
        methods=["naive", "estimated", "truth"],
    )
    runs = wanted(asked)
    assert len(runs) == len(set(runs)) == 3 + 1 + 3 + 1
    assert [run for run in runs if run[0] not in ("main", "own-theta")] == [
        ("theta-low", 3000, 1, "estimated"),
        ("null", 3000, 1, "estimated"),
    ]
    asked.sizes = [500]
    assert {run[1] for run in wanted(asked)} == {500}


def test_what_is_recorded_is_not_run_again(
    bench: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import bench_truth

    ran: list[tuple[Any, ...]] = []

    def run(task: tuple[Any, ...], method: str) -> dict[str, Any]:
        ran.append((*task, method))
        return {"seconds": 1} | {
            name: value for name, value in result("main", 1, method, 0.9).items() if name not in bench_truth.ABOUT
        }

    monkeypatch.setattr(bench_truth, "task_of", lambda *about: about[:3])
    monkeypatch.setattr(bench_truth, "run", run)
    docs = tmp_path / "not" / "there"
    asked = ["bench_truth.py", "--docs", str(docs), "--skies", "main", "--sizes", "3000", "--methods", "truth"]
    monkeypatch.setattr(sys, "argv", [*asked, "--seeds", "1"])
    bench_truth.main()
    monkeypatch.setattr(sys, "argv", [*asked, "naive", "--seeds", "1", "2"])
    bench_truth.main()
    assert ran == [
        ("main", 3000, seed, method) for seed, method in ((1, "truth"), (1, "naive"), (2, "truth"), (2, "naive"))
    ]
    recorded = bench_truth.read(docs / bench_truth.RECORD)
    assert [(one["scenario"], one["size"], one["seed"], one["method"]) for one in recorded] == ran
    assert "network, truth (ceiling) | 2 | 0.900" in (docs / "truth.md").read_text()
    monkeypatch.setattr(sys, "argv", [*asked, "--seeds", "1", "--before"])
    with pytest.raises(SystemExit):
        bench_truth.main()
    assert "--before: only the copy in JAX trains as before; set KERAS_BACKEND=jax" in capsys.readouterr().err
    monkeypatch.setattr(bench_truth, "JAX", True)
    bench_truth.main()
    assert len(bench_truth.read(docs / "truth-before.jsonl")) == 1 and len(ran) == 5


def test_no_page_of_nothing(
    bench: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import bench_truth

    monkeypatch.setattr(sys, "argv", ["bench_truth.py", "--docs", str(tmp_path / "typo"), "--only-report"])
    with pytest.raises(SystemExit):
        bench_truth.main()
    assert f"{tmp_path}/typo/truth-trainer.jsonl: no result there to report" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
