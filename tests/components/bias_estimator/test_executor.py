"""From a table of examples to bias_law.json."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import special

from truemorph.components.bias_estimator import executor
from truemorph.components.bias_estimator.estimate import estimate
from truemorph.components.bias_estimator.executor import check_parameters, execute
from truemorph.components.bias_estimator.law import bias_law
from truemorph.components.errors import InputError
from truemorph.components.laws import ExponentialLaw

PARAMETERS = {
    "kind": "exponential",
    "theta": "estimate",
    "observables": None,
    "class_on_alpha": False,
    "rates": None,
    "needed": True,
}
KEYS = {
    "law",
    "theta",
    "interval",
    "status",
    "method",
    "source",
    "why",
    "n",
    "cv14",
    "fractions",
    "misfit",
    "sensitivity",
    "flips_by",
}


def sky(n: int = 4000, theta: float = 9.18, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(rng.normal(size=(n, 3)), columns=["ng", "e", "Rhlr"])
    table["alpha"] = rng.lognormal(2.4, 0.45, n)
    disk = rng.random(n) < special.expit(table[["ng", "e", "Rhlr"]] @ [-1.2, 0.8, 0.5]).to_numpy()
    if theta:
        disk &= rng.random(n) > np.exp(-(table["alpha"].to_numpy() ** 2) / (2 * theta**2))
    return table.assign(label_raw=pd.array(disk.astype(int), dtype="Int64"), objid=[str(i) for i in range(n)])


def test_theta_comes_from_cv14_where_structure_is_known() -> None:
    table = sky()
    table.loc[:99, "ng"] = np.nan
    law = bias_law(table, "estimate")
    assert set(law) == KEYS
    assert (law["method"], law["status"], law["why"], law["n"]) == ("cv14", "ok", None, 3900)
    assert law["interval"][0] < 9.18 < law["interval"][1]
    assert law["cv14"]["without_structure"] == 100 and law["cv14"]["features"] == ["ng", "e", "Rhlr"]
    assert len(law["cv14"]["weights"]) == len(law["cv14"]["mean"]) == len(law["cv14"]["std"]) == 3
    assert json.loads(json.dumps(law, allow_nan=False)) == law


@pytest.mark.parametrize("absent", ["column", "values"])
def test_without_structure_the_fractions_tell(absent: str) -> None:
    table = sky(8000)
    table = table.drop(columns="ng") if absent == "column" else table.assign(ng=np.nan)
    law = bias_law(table, "estimate")
    assert (law["method"], law["status"], law["cv14"]) == ("fractions", "ok", None)
    assert law["theta"] == law["fractions"]["theta"] and law["interval"][0] < 9.18 < law["interval"][1]
    assert "no galaxy has ng, e and Rhlr" in law["why"]


@pytest.mark.parametrize("structure", [True, False])
def test_where_labels_show_no_bias_next_to_none_is_flipped(structure: bool) -> None:
    table = sky(4000, 0.0)
    law = bias_law(table if structure else table.drop(columns="ng"), "estimate")
    assert (law["status"], law["why"], law["interval"]) == ("not_identifiable", "the labels show no bias", None)
    flipped = ExponentialLaw(law["theta"]).flip_probability(table["alpha"].to_numpy())
    assert flipped.mean() < 0.02
    json.dumps(law, allow_nan=False)


@pytest.mark.parametrize(("n", "status"), [(4000, "not_identifiable"), (40, "insufficient_data")])
def test_a_sky_that_cannot_tell_has_no_theta(n: int, status: str) -> None:
    table = sky(n)
    if status == "not_identifiable":
        table["alpha"] = 9.0 + 0.001 * np.arange(n) / n
    law = bias_law(table, "estimate")
    assert (law["theta"], law["method"], law["status"], law["interval"]) == (None, "none", status, None)
    assert "theta cannot be estimated from these galaxies" in law["why"]
    assert law["cv14"]["theta"] is None and law["fractions"]["theta"] is None
    json.dumps(law, allow_nan=False)


def test_the_published_theta_must_be_asked_for() -> None:
    law = bias_law(sky(40), "published")
    assert (law["theta"], law["method"], law["status"]) == (9.18, "published", "given")
    assert "Galaxy Zoo 2" in law["source"]


def test_given_theta_is_kept_and_the_baseline_still_fitted() -> None:
    law = bias_law(sky(), 7.0)
    assert (law["theta"], law["method"], law["status"], law["interval"]) == (7.0, "given", "given", None)
    assert law["cv14"]["status"] == "ok" and law["cv14"]["theta"] != 7.0


def test_rows_without_label_or_alpha_do_not_count() -> None:
    table = sky(1000)
    table.loc[0, "alpha"], table.loc[1, "label_raw"] = np.nan, pd.NA
    law = bias_law(table, 7.0)
    assert (law["n"], law["fractions"]["n"], law["cv14"]["n"]) == (998, 998, 998)


@pytest.mark.parametrize("theta", [0, -1.0, float("nan"), float("inf"), "guess", None, True, [9.18]])
def test_impossible_theta_is_refused(theta: Any) -> None:
    with pytest.raises(InputError, match=r"bias_law\.theta: received .*; give a number above 0"):
        check_parameters("exponential", theta)


def test_possible_parameters() -> None:
    assert check_parameters("exponential", 9) == 9.0
    assert check_parameters("exponential", "estimate") == "estimate"
    with pytest.raises(InputError, match=r"bias_law\.kind: received 'linear'"):
        check_parameters("linear", 9.18)


def test_execute_reads_the_training_split_and_writes_the_law(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {}

    def read_table(examples: Path, split: str | None = None, columns: list[str] | None = None) -> pd.DataFrame:
        asked.update(examples=examples, split=split, columns=columns)
        return sky(1500)

    monkeypatch.setattr(executor, "read_table", read_table)
    examples, out = tmp_path / "examples", tmp_path / "bias_law.json"
    execute({"examples": examples}, {"bias_law": out}, PARAMETERS)
    assert asked["examples"] == examples and asked["split"] == "train"
    assert {"alpha", "label_raw", "ng", "e", "Rhlr"} <= set(asked["columns"])
    law = json.loads(out.read_text())
    assert set(law) == KEYS and law["status"] == "ok"
    assert executor.SPEC.name == "BiasEstimator"


def test_a_run_stops_where_the_law_is_needed_and_not_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executor, "read_table", lambda *_, **__: sky(40))
    out = tmp_path / "bias_law.json"
    ways = r"theta cannot be estimated.*\. Give a law \(--law FILE, see.*theta=NUMBER.*theta=published.*network_raw"
    with pytest.raises(InputError, match=ways):
        execute({"examples": tmp_path}, {"bias_law": out}, PARAMETERS)
    assert not out.exists()
    execute({"examples": tmp_path}, {"bias_law": out}, PARAMETERS | {"needed": False})
    assert json.loads(out.read_text())["theta"] is None


@pytest.mark.parametrize(
    ("law", "message"),
    [
        ({"theta": None, "status": "not_identifiable"}, r"its theta is not known \(not_identifiable\); give a file"),
        (
            {"law": "linear", "theta": 9.0, "law_parameters": {}},
            r"is not a law \(.*linear.*\); give a file made by tru",
        ),
        (
            {"law": "confusion", "theta": 9.0, "law_parameters": {}},
            "is a law for classes other than smooth and disk; name them in sample.classes",
        ),
    ],
)
def test_a_file_without_a_law_is_refused(law: dict[str, Any], message: str, tmp_path: Path) -> None:
    path = tmp_path / "law.json"
    path.write_text(json.dumps({"law": "exponential"} | law))
    with pytest.raises(InputError, match=f"--law .*law.json: {message}"):
        executor.given_law(path)


def test_a_law_of_what_no_example_has_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "law.json"
    path.write_text(json.dumps({"law": "exponential", "theta": 9.0}))
    monkeypatch.setattr(ExponentialLaw, "observables", ("logMass",))
    with pytest.raises(InputError, match=r"--law .*law.json: takes logMass, which no Example has; choose from"):
        executor.given_law(path)


@pytest.mark.parametrize("rates", [None, [0.35, 1.0]])
def test_the_rates_of_a_balanced_sample_are_used(
    rates: list[float] | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = sky(20_000)
    drawn = drawn[(drawn["label_raw"] == 1) | (np.random.default_rng(1).random(len(drawn)) < 0.35)]
    monkeypatch.setattr(executor, "read_table", lambda *_, **__: drawn)
    if rates is None:
        (tmp_path / "manifest.json").write_text(
            json.dumps({"counts": {}, "content_hash": "", "rates": {"smooth": 0.35, "disk": 1.0}})
        )
    out = tmp_path / "bias_law.json"
    execute({"examples": tmp_path}, {"bias_law": out}, PARAMETERS | {"rates": rates})
    law = json.loads(out.read_text())
    assert law["rates"] == [0.35, 1.0] and law["interval"][0] < 9.18 < law["interval"][1]
    assert law["fractions"]["interval"][0] < 11 and bias_law(drawn, "estimate")["theta"] < 8.5


@pytest.mark.parametrize("method", ["cv14", "fractions"])
def test_estimate_for_the_command_line(method: str) -> None:
    result = estimate(sky(6000), method)
    assert (result["method"], result["status"]) == (method, "ok")
    assert result["interval"][0] < 9.18 < result["interval"][1]
    assert result[method]["theta"] == result["theta"]
    assert "alpha" in result["assumes"]
    unknown = estimate(sky(theta=0.0), method)
    assert (unknown["theta"], unknown["interval"], unknown["status"]) == (None, None, "not_identifiable")
    json.dumps([result, unknown], allow_nan=False)


def test_estimate_says_what_it_lacks() -> None:
    with pytest.raises(InputError, match="--method: received 'guess'"):
        estimate(sky(100), "guess")
    with pytest.raises(InputError, match="--structure: CV14 needs ng, e and Rhlr, which no galaxy"):
        estimate(sky(100).drop(columns=["ng"]))


@pytest.mark.parametrize(
    ("law", "classes", "message"),
    [
        (
            {"law": "exponential", "theta": 9.0},
            ["ring", "plain"],
            "is a law for smooth, disk, but sample.classes are ring, plain",
        ),
        ({"law": "confusion", "law_parameters": {}}, ["ring", "plain"], "is a law for smooth, disk"),
    ],
)
def test_a_law_of_other_classes_is_refused(
    law: dict[str, Any], classes: list[str], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "law.json"
    path.write_text(json.dumps(law))
    words = "; make a law for these: truemorph fit-law --classes ring plain"
    with pytest.raises(InputError, match=f"--law .*law.json: {message}.*{words}"):
        executor.confusion_of(path, classes, needed=True)
