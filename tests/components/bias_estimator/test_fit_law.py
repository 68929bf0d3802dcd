"""A law from galaxies whose truth is known: found again, compared on galaxies held out, real experts."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from truemorph.components.artifacts.bias_law import BiasLaw
from truemorph.components.bias_estimator.executor import given_law
from truemorph.components.bias_estimator.fit_law import fit_law
from truemorph.components.bias_estimator.flips import flips_by
from truemorph.components.bias_estimator.known import Candidate, bootstrap, fit_known, log_loss
from truemorph.components.bias_estimator.law_picture import draw_law
from truemorph.components.errors import InputError
from truemorph.components.laws import FLIP_LAWS, ExponentialLaw, stored_law


def pictures(galaxies: int = 300, each: int = 6, slope: float = 0.6, seed: int = 0) -> pd.DataFrame:
    """Pictures of galaxies, a third of them smooth; ln theta goes with mu."""
    rng = np.random.default_rng(seed)
    n = galaxies * each
    mu = np.repeat(rng.normal(21, 1, galaxies), each)
    table = pd.DataFrame({"objid": np.repeat(np.arange(galaxies), each).astype(str), "mu": mu})
    table["alpha"] = rng.uniform(3, 40, n)
    table["truth"] = np.where(np.repeat(rng.random(galaxies) < 0.66, each), "disk", "E")
    theta = 10.0 * np.exp(slope * (mu - 21))
    flip = np.exp(-(table["alpha"] ** 2) / (2 * theta**2))
    table["label"] = ((table["truth"] == "disk") & (rng.random(n) > flip)).astype(int)
    return table


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], pd.DataFrame]:
    """The law of the pictures with a brightness called ng, and their disks."""
    path = tmp_path_factory.mktemp("found") / "pictures.csv"
    pictures().rename(columns={"mu": "ng"}).to_csv(path, index=False)
    return fit_law(path, "label", "truth", "alpha", ["ng"], "objid", "exponential")


def test_the_law_is_found_again(found: tuple[dict[str, Any], pd.DataFrame], tmp_path: Path) -> None:
    law, disks = found
    fitted = stored_law(json.loads(json.dumps(law)))
    assert law["observables"] == ["ng"] and law["status"] == "ok"
    assert law["interval"][0] < 10.0 * np.exp(0.6 * (fitted.mean[0] - 21)) < law["interval"][1]
    assert fitted.slope[0] / fitted.std[0] == pytest.approx(0.6, abs=0.1) and fitted.spread < 0.35
    assert law["groups"] < 300 and law["counts"]["not_a_disk"] == 0 and law["counts"]["truth_unknown"] > 0
    draw_law(law, disks, tmp_path / "law.svg")
    assert (tmp_path / "law.svg").read_text().startswith("<?xml")


@pytest.mark.parametrize("kinds", [["exponential", "logistic"], pytest.param(list(FLIP_LAWS), marks=pytest.mark.slow)])
def test_the_form_is_chosen_that_tells_galaxies_held_out_best(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kinds: list[str]
) -> None:
    monkeypatch.setattr("truemorph.components.bias_estimator.fit_law.FLIP_LAWS", dict.fromkeys(kinds))
    path = tmp_path / "pictures.csv"
    pictures(100).to_csv(path, index=False)
    every, _ = fit_law(path, "label", "truth", "alpha", ["mu"], "objid")
    assert len(every["compared"]) == 4 * len(kinds)  # each on five parts
    best = min(every["compared"], key=lambda row: row["held_out_log_loss"])
    assert "observables" in best["law"] and every["law"] == "galaxy"


def test_the_bootstrap_is_that_of_refits_over_groups() -> None:
    table = pictures(slope=0.0)
    disks = table[table["truth"] == "disk"].reset_index(drop=True)
    alpha, seen = disks[["alpha"]].to_numpy(), disks["label"].to_numpy() == 1
    groups = pd.factorize(disks["objid"])[0]
    plain = Candidate("exponential", False, False)
    likelihood, at = fit_known(plain, alpha, seen, ())
    (low, high), _ = bootstrap(likelihood, at, groups)
    rng, members = np.random.default_rng(1), [np.flatnonzero(groups == g) for g in range(groups.max() + 1)]
    scales = []
    for _ in range(200):
        rows = np.concatenate([members[g] for g in rng.integers(len(members), size=len(members))])
        again, where = fit_known(plain, alpha[rows], seen[rows], ())
        scales.append(again.law_at(where).scale)
    np.testing.assert_allclose([low, high], np.quantile(scales, [0.025, 0.975]), rtol=0.02)


def test_flips_seen_and_expected() -> None:
    alpha = np.repeat([4.0, 9.0, 25.0], 100)
    seen = np.random.default_rng(0).random(300) > ExponentialLaw(9.0).flip_probability(alpha)
    rows = flips_by(alpha, ~seen, ExponentialLaw(9.0).flip_probability(alpha), 3)
    for row, part in zip(rows, np.split(seen, 3), strict=True):
        assert (row["seen"], row["n"]) == (pytest.approx(1 - part.mean()), 100)
        assert row["expected"] == pytest.approx(float(ExponentialLaw(9.0).flip_probability(row["middle"])))
        assert row["seen_low"] < row["seen"] < row["seen_high"]


def test_what_cannot_be_used_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pictures.csv"
    table = pictures(40)
    table.assign(share=0.3).to_csv(path, index=False)
    with pytest.raises(InputError, match=r"--label must be 0 \(smooth\), 1 \(disk\) or a word; received 0.3"):
        fit_law(path, "share", "truth", "alpha")
    with pytest.raises(InputError, match=r"--truth=nothing"):
        fit_law(path, "label", "nothing", "alpha")
    with pytest.raises(InputError, match="--kind: received 'linear'"):
        fit_law(path, "label", "truth", "alpha", kind="linear")
    with pytest.raises(InputError, match="--alpha holds words"):
        fit_law(path, "label", "truth", "truth")
    table.iloc[:30].to_csv(path, index=False)
    with pytest.raises(InputError, match="a law needs 20 of each label"):
        fit_law(path, "label", "truth", "alpha")


def test_numbers_that_stand_for_none_are_left_out_with_a_count(tmp_path: Path) -> None:
    table = pictures(40)
    disks = np.flatnonzero(table["truth"] == "disk")
    table.loc[disks[:7], "alpha"] = 9999.0
    table.loc[disks[5:12], "mu"] = -9999.0
    table.to_csv(tmp_path / "pictures.csv", index=False)
    law, _ = fit_law(tmp_path / "pictures.csv", "label", "truth", "alpha", ["mu"], "objid", "exponential")
    assert law["counts"]["alpha_unknown"] == 7 and law["counts"]["mu_unknown"] == 5


def test_experts_of_sdss(shared: Path) -> None:
    path = shared / "real" / "expert_classes.csv"
    law, _ = fit_law(path, "gz2_smooth_weighted < 0.5", "truth", "alpha", kind="exponential")
    assert law["n"] == 213 and law["theta"] == pytest.approx(10.2, abs=0.3)
    assert law["interval"][0] < 10.2 < law["interval"][1]


def test_the_file_gives_a_run_the_very_law_that_was_judged(
    found: tuple[dict[str, Any], pd.DataFrame], tmp_path: Path
) -> None:
    (told, disks), file = found, tmp_path / "law.json"
    BiasLaw.from_json(told).write(file)
    law = BiasLaw.from_json(told | given_law(file)).flip_law()
    assert law == stored_law(told)
    best = min(told["compared"], key=lambda row: row["held_out_log_loss"])
    loss = log_loss(law, law.columns(disks), disks["seen_disk"].to_numpy(bool)).mean()
    assert loss == pytest.approx(best["log_loss"], rel=1e-9)
    expected = sum(row["expected"] * row["n"] for row in told["flips_by"]["ng"]) / len(disks)
    assert expected == pytest.approx(law.flip_probability(law.columns(disks)).mean(), rel=1e-9)


def test_redshifted_galaxies_held_out(shared: Path) -> None:
    path, losses = shared / "ferengi" / "ferengi.csv", []
    for observables in ([], ["mu_max_i"], ["mu_max_i", "gz2_disk"]):
        law, _ = fit_law(path, "disk > 0.5", "gz2_disk > 0.5", "alpha", observables, "objid", "exponential")
        losses.append(min(row["held_out_log_loss"] for row in law["compared"]))
    print(losses)
    assert losses[0] < 0.48 and losses[1] < 0.37 and losses[2] < 0.33
