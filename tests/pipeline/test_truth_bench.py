"""The truth benchmark's own arithmetic: labels of its scenarios, scores, runs that are the same, the page."""

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
    for name in ("main", "theta-low", "theta-high", "resnet50"):
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
    assert score(np.full(4000, 0.6), sky)["calibration_error"] == pytest.approx(abs(0.6 - sky.truth.mean()))


def result(scenario: str, seed: int, method: str, accuracy: float) -> dict[str, Any]:
    bias = {"value": 0.1, "interval": [0.0, 0.2], "noise_floor": 0.05, "status": "ok"}
    about = {"scenario": scenario, "size": 3000, "seed": seed, "method": method, "n": 4000, "left_out": 0}
    parts = {"accuracy_by_alpha": [accuracy] * 4, "log_loss": 0.1, "calibration_error": 0.01, "notes": {}}
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
    write_report(results, tmp_path)
    page = (tmp_path / "truth.md").read_text()
    assert "no: behind generalized cross-entropy" in page
    assert "accuracy beside that of θ estimated, same skies | votes +0.005 ± 0.000 |" in page
    assert "gap closed on the worst of 2 skies | 0.714, target 0.85: **missed**" in page
    assert "Not run yet: labels as they are; `_debiased` labels; network, `_debiased` labels; CV14" in page
    assert "Not run yet: θ 30 % too low in training, n = 3,000; θ 30 % too low in training, n = 10,000; θ" in page
    assert "−0.005: **missed**" in page and (tmp_path / "truth.svg").stat().st_size > 5000


def test_runs_that_are_the_same_are_done_once(bench: None) -> None:
    import argparse

    from bench_truth import wanted
    from methods import METHODS, NAMES

    assert set(METHODS) == set(NAMES)
    asked = argparse.Namespace(
        scenarios=["main", "theta-low", "null"], sizes=None, seeds=[1], methods=["naive", "estimated", "truth"]
    )
    runs = wanted(asked)
    assert len(runs) == len(set(runs)) == 9 + 2 + 1
    assert [run for run in runs if run[0] != "main"] == [
        ("theta-low", 3000, 1, "estimated"),
        ("theta-low", 10000, 1, "estimated"),
        ("null", 3000, 1, "estimated"),
    ]
    asked.sizes = [500]
    assert {run[1] for run in wanted(asked)} == {500}


def test_what_is_recorded_is_not_run_again(bench: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import bench_truth

    ran: list[tuple[Any, ...]] = []

    def run(task: tuple[Any, ...], method: str) -> dict[str, Any]:
        ran.append((*task, method))
        return {"seconds": 1} | {
            name: value for name, value in result("main", 1, method, 0.9).items() if name not in bench_truth.ABOUT
        }

    monkeypatch.setattr(bench_truth, "task_of", lambda *about: about)
    monkeypatch.setattr(bench_truth, "run", run)
    docs = tmp_path / "not" / "there"
    asked = ["bench_truth.py", "--docs", str(docs), "--scenarios", "main", "--sizes", "3000", "--methods", "truth"]
    monkeypatch.setattr(sys, "argv", [*asked, "--seeds", "1"])
    bench_truth.main()
    monkeypatch.setattr(sys, "argv", [*asked, "naive", "--seeds", "1", "2"])
    bench_truth.main()
    assert ran == [
        ("main", 3000, seed, method) for seed, method in ((1, "truth"), (1, "naive"), (2, "truth"), (2, "naive"))
    ]
    recorded = bench_truth.read(docs / "truth.jsonl")
    assert [(one["scenario"], one["size"], one["seed"], one["method"]) for one in recorded] == ran
    assert "network, truth (ceiling) | 2 | 0.900" in (docs / "truth.md").read_text()


def test_no_page_of_nothing(
    bench: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import bench_truth

    monkeypatch.setattr(sys, "argv", ["bench_truth.py", "--docs", str(tmp_path / "typo"), "--only-report"])
    with pytest.raises(SystemExit):
        bench_truth.main()
    assert f"{tmp_path}/typo/truth.jsonl: no result there to report" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
