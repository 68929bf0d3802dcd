"""What the report shows beside its rows, held against plain counts."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from predicted import galaxies
from scipy import special

from truemorph.components.bias_estimator.cv14 import fit_cv14
from truemorph.components.evaluator import galaxies as split
from truemorph.components.evaluator import panels
from truemorph.components.evaluator.agreement import agreement, reliability
from truemorph.components.laws import ExponentialLaw
from truemorph.components.laws.profile import theta_profile


def test_slices_split_by_rank_and_lose_nothing() -> None:
    table = galaxies(700)
    labels, alpha = split.row_labels(table), split.floats(table, "alpha")
    values = split.floats(table, "redshift")
    values[:10] = np.nan
    found = panels.slices(labels, alpha, values)
    assert [part["n"] for part in found] == [230, 230, 230]
    assert found[0]["high"] <= found[1]["low"] and found[1]["high"] <= found[2]["low"]
    inside = (values >= found[1]["low"]) & (values <= found[1]["high"])
    for curve in found[1]["curves"]:
        assert len(curve["bins"]) == 5
        assert sum(b["disk"] for b in curve["bins"]) == int((labels[curve["key"]][inside] == 1).sum())


def test_slices_of_too_few_galaxies_are_none() -> None:
    table = galaxies(29)
    assert panels.slices(split.row_labels(table), split.floats(table, "alpha"), split.floats(table, "redshift")) == []


def test_agreement_counts_what_a_loop_counts() -> None:
    table = galaxies(200)
    table.loc[:20, "label_debiased"] = pd.NA
    found = agreement(split.row_labels(table), ["labels_raw", "labels_debiased"])
    assert [(each["key"], each["against"]) for each in found][:2] == [
        ("labels_raw", "labels_debiased"),
        ("labels_debiased", "labels_raw"),
    ]
    assert len(found) == 10
    each = next(each for each in found if (each["key"], each["against"]) == ("ddb", "labels_debiased"))
    counts = [[0, 0], [0, 0]]
    for p, label in zip(table["p_disk"], table["label_debiased"], strict=True):
        if not pd.isna(label):
            counts[int(label)][int(p > 0.5)] += 1
    assert each["confusion"] == counts and each["n"] == 179


def test_agreement_without_common_galaxies_has_no_counts() -> None:
    found = agreement({"raw": [0.0, np.nan], "net": [np.nan, 1.0]}, ["raw"])
    assert found == [{"key": "net", "against": "raw", "n": 0, "confusion": None}]


def test_reliability_of_honest_probabilities_is_the_diagonal() -> None:
    rng = np.random.default_rng(3)
    p = rng.random(40_000)
    p[0], p[1] = 1.0, np.nan
    found = reliability(p, (rng.random(40_000) < p).astype(float))
    assert len(found) == 10 and sum(b["n"] for b in found) == 39_999
    assert max(abs(b["fraction"] - b["p"]) for b in found) < 0.03
    assert reliability([0.5] * 9, [1.0] * 9) == []


def test_calibration_of_rows_e_and_f_goes_through_the_law(bias_law: dict[str, Any]) -> None:
    table = galaxies(4000)
    models = {"debiased": {"theta": 9.18, "backbone": "small"}}
    found = {each["key"]: each for each in panels.calibration(table, bias_law, models)}
    seen = ExponentialLaw(9.18).seen_disk(table["p_disk"], table["alpha"])
    assert found["ddb"]["bins"] == reliability(seen, split.floats(table, "label_raw"))
    assert found["network_debiased_labels"]["against"] == "label_debiased"
    # p_disk is right in 96 of 100 cases, and the labels follow the law: seen through it the network is calibrated.
    assert max(abs(b["fraction"] - b["p"]) for b in found["ddb"]["bins"]) < 0.12


@pytest.fixture(scope="module")
def train() -> tuple[pd.DataFrame, dict[str, Any]]:
    """A training split of 3,000 galaxies and its CV14 fit, as bias_law.json holds it."""
    rng = np.random.default_rng(5)
    n = 3000
    table = pd.DataFrame({"ng": rng.normal(2, 1, n), "e": rng.random(n), "Rhlr": rng.lognormal(1, 0.3, n)})
    table["alpha"] = rng.uniform(3, 40, n)
    disk = rng.random(n) < special.expit(3 * (2 - table["ng"]))
    seen = disk & (rng.random(n) > ExponentialLaw(9.18).flip_probability(table["alpha"]))
    fit = fit_cv14(table[["ng", "e", "Rhlr"]], seen.astype(int), table["alpha"])
    law = {name: np.asarray(getattr(fit, name)).tolist() for name in ("weights", "mean", "std")}
    law |= {"intercept": fit.intercept, "theta": fit.theta, "interval": fit.theta_interval, "status": fit.status}
    return table.assign(label_raw=seen.astype(int)), {"cv14": law | {"features": ["ng", "e", "Rhlr"], "nll": fit.nll}}


def test_the_profile_meets_the_interval_of_the_fit(train: tuple[pd.DataFrame, dict[str, Any]]) -> None:
    table, law = train
    fit = law["cv14"]
    found = panels.profile(table, law)
    assert found is not None
    theta, rise = np.array(found["theta"]), np.array(found["rise"])
    assert len(theta) == 25 and (np.diff(theta) > 0).all() and rise.argmin() == 12
    assert theta[12] == pytest.approx(fit["theta"])
    np.testing.assert_allclose(np.interp(fit["interval"], theta, rise), 1.92, atol=0.05)
    data = ((table[fit["features"]].to_numpy() - fit["mean"]) / fit["std"], table["label_raw"], table["alpha"])
    start = [*fit["weights"], fit["intercept"]]
    ends = theta_profile(start, fit["interval"], *data)
    np.testing.assert_allclose(ends - fit["nll"], 1.92073, atol=2e-3)


def test_no_profile_without_a_fit(train: tuple[pd.DataFrame, dict[str, Any]]) -> None:
    table, law = train
    assert panels.profile(table, {"cv14": None}) is None
    assert panels.profile(table, {"cv14": {"status": "not_identifiable"}}) is None
    assert panels.profile(table.drop(columns="ng"), law) is None
    assert panels.profile(table.iloc[:0], law) is None
