"""The published codes' own numbers, reproduced."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from truemorph.components.measures.cv14 import cv14_bias
from truemorph.components.measures.cv18 import cv18_bias
from truemorph.components.resolution import resolution

TREES = {"iterative": "cyclic", "highest_fraction_difference": "highest_fraction_difference"}


def runs(shared: Path, kind: str) -> list[tuple[str, Any, Any]]:
    """Case, arrays and parameters of every stored run of a measure."""
    found = []
    for path in sorted((shared / "oracle").glob(f"c*.{kind}.json")):
        content = json.loads(path.read_text())
        if "case" not in content:
            continue
        arrays = np.load(path.with_name(f"{content['case']}.npz"))
        stored = content["cv18"] if kind == "cv18" else content["own_clean_variant"]["values"]
        labels = None if kind == "cv18" else content["own_clean_variant"]["labels"]
        found += [(content["case"], arrays, run | ({} if labels is None else {"labels": labels})) for run in stored]
    return found


def test_every_cv18_value_and_its_parts(shared: Path) -> None:
    values, parts, refused = 0, 0, 0
    for case, arrays, run in runs(shared, "cv18"):
        result = cv18_bias(
            arrays["y"],
            arrays["observables"],
            arrays["intrinsic"],
            bins=run["bins_obs"],
            depth=run["log2_bins_int"],
            min_count=run["minElementsBin"],
            reference=["first" if increasing else "last" for increasing in run["increasing_bias"]],
            classes=run["labels"],
            tree=TREES[run["kd_tree"]],
        )
        if run["N"] in (0, -1):
            # The published code returns 0 or fails where there are too few objects.
            assert (result.status, result.value, result.interval) == ("insufficient_data", None, None)
            refused += 1
            continue
        populated = [count for count in run["leaf_counts"] if count]
        assert (result.n, result.populated) == (run["N"], len(populated))
        assert result.empty == len(run["leaf_counts"]) - len(populated)
        # Empty leaves do not enter our mean; without ties there are none, and this is the stored L.
        expected = np.sqrt(run["sigma2_sum"] / (len(run["labels"]) * len(run["increasing_bias"]) * len(populated)))
        tolerance = 5e-3 if "ties" in case else 1e-12
        assert result.value == pytest.approx(expected, abs=tolerance), case
        if "ties" not in case:
            assert result.value == pytest.approx(run["L"], abs=1e-12), case
            parts += compare_parts(result, run)
        assert result.status == "ok"
        values += 1
    print(f"compared {values} values of L, {parts} variances and fractions; {refused} refused as they must be")
    assert values >= 44 and parts > 2000 and refused == 2


def compare_parts(result: Any, run: dict[str, Any]) -> int:
    """Compare the stored variances (J, K, leaf) and bin fractions; how many there were."""
    deviations = result.statistic.deviations()
    compared = 0
    if "sigma2_jkq" in run:
        ours = np.moveaxis(np.mean(np.square(deviations), axis=2), 1, 2)
        np.testing.assert_allclose(ours, run["sigma2_jkq"], rtol=0, atol=1e-12)
        compared += ours.size
    for key, stored in run.get("fractions_bins_by_class", {}).items():
        j, q = (int(part.lstrip("obsleaf")) for part in key.split("_"))
        counts = result.statistic.cells.along(j)[q]
        np.testing.assert_allclose(counts / counts.sum(axis=1, keepdims=True), stored, rtol=0, atol=1e-12)
        compared += counts.size
    return compared


def test_every_clean_cv14_value(shared: Path) -> None:
    values = 0
    for case, arrays, run in runs(shared, "cv14"):
        reference = {0: "overall", 1: "last"}[run["mode"]]
        alpha = arrays["observables"][:, -1]
        result = cv14_bias(arrays["y"], alpha, bins=run["NA"], reference=reference, classes=run["labels"])
        assert result.value == pytest.approx(run["L"], abs=5e-3 if "ties" in case else 1e-12), case
        values += 1
    print(f"compared {values} values of L")
    assert values >= 88


def test_real_galaxies_have_the_known_bias(shared: Path) -> None:
    sample = shared / "gz2-sample"
    votes = pd.read_csv(sample / "smooth_votes.csv", dtype={"dr7objid": str}).set_index("dr7objid")
    photometry = pd.read_csv(sample / "smooth_photometry.csv", dtype={"objid": str}).set_index("objid")
    table = votes.join(photometry, how="inner").dropna(
        subset=["petroRad_r", "psfWidth_r", "vote_fraction_smooth", "vote_debiased_smooth"]
    )
    alpha = resolution(table["petroRad_r"], table["psfWidth_r"])
    known = {"vote_fraction_smooth": 0.5622, "vote_debiased_smooth": 0.5115}
    results = {name: cv14_bias((table[name] < 0.5).astype(int), alpha, bins=5) for name in known}
    assert len(table) == 1195
    for name, expected in known.items():
        assert results[name].value == pytest.approx(expected, abs=5e-5)
        assert results[name].interval[0] > results[name].noise_band[1]
    assert results["vote_fraction_smooth"].noise_floor == pytest.approx(0.037, abs=0.01)
