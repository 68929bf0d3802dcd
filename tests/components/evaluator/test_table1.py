"""Table 1 of a run, beside the paper's own."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from predicted import galaxies

from truemorph.components.errors import InputError
from truemorph.components.evaluator.table1 import describe, table1, table1_of_run
from truemorph.components.laws import ExponentialLaw
from truemorph.components.measures.cv14 import cv14_bias
from truemorph.components.measures.cv18 import cv18_bias

KEYS = ["labels_raw", "labels_debiased", "network_raw", "network_debiased_labels", "cv14", "cv14_posterior", "ddb"]


@pytest.fixture(scope="module")
def test_split() -> pd.DataFrame:
    return galaxies(1500, seed=5)


def by_key(result: dict[str, Any]) -> dict[str, Any]:
    return {row["key"]: row for row in result["rows"]}


def test_every_choice_that_the_paper_leaves_open_is_shown(
    test_split: pd.DataFrame, bias_law: dict[str, Any], models: dict[str, Any]
) -> None:
    result = table1(test_split, bias_law, models, 30_000, True)
    rows = by_key(result)
    assert list(rows) == KEYS and [row["letter"] for row in result["rows"]] == ["a", "b", "c", "d", "e", "", "f"]
    raw, alpha = test_split["label_raw"].to_numpy(int), test_split["alpha"].to_numpy()
    beta = test_split[["petroRad_r_kpc", "absPetroMag_r", "redshift"]].to_numpy()
    for key, labels in (("labels_raw", raw), ("ddb", test_split["p_disk"].to_numpy() > 0.5)):
        labels = labels.astype(int)
        assert rows[key]["cv14"]["value"] == pytest.approx(cv14_bias(labels, alpha).value, abs=1e-12)
        for name, reference in (("cv18", "last"), ("cv18_first", "first")):
            expected = cv18_bias(labels, alpha, beta, reference=reference)
            assert rows[key][name]["value"] == pytest.approx(expected.value, abs=1e-12)
            assert rows[key][name]["noise_floor"] == pytest.approx(expected.noise_floor, abs=1e-12)
            assert rows[key][name]["reference"] == reference
        overall = cv14_bias(labels, alpha, reference="overall").value
        assert rows[key]["cv14_overall"]["value"] == pytest.approx(overall, abs=1e-12)
    posterior = ExponentialLaw(9.05).posterior(test_split["p_disk_cv14"], alpha, raw) > 0.5
    assert rows["cv14_posterior"]["cv14"]["value"] == pytest.approx(
        cv14_bias(posterior.astype(int), alpha).value, abs=1e-12
    )
    assert rows["cv14_posterior"]["accuracy"] is None and rows["cv14"]["accuracy"] is not None
    assert rows["cv14_posterior"]["cv14"]["value"] != rows["cv14"]["cv14"]["value"]
    assert json.loads(json.dumps(result, allow_nan=False)) == result


def test_the_paper_stands_beside_a_run_of_a_whole_release_only(
    test_split: pd.DataFrame, bias_law: dict[str, Any], models: dict[str, Any]
) -> None:
    small, large = (table1(test_split, bias_law, models, n, True) for n in (30_000, 121_984))
    assert not small["published"] and {row["published"] is None for row in small["rows"]} == {True}
    assert "they are for 121,984 galaxies, and this run has 30,000" in small["why"]
    few = test_split[:30]  # nothing is measured of so few, which takes no time
    biased = table1(few, bias_law, models, 121_984, False)
    assert not biased["published"] and "this run's is not balanced (sample.balance)" in biased["why"]
    renamed = few.assign(objid=few["objid"].str.replace("58", "J0"))
    others = table1(renamed, bias_law, models, 121_984, True)
    assert not others["published"] and "the ids of this run are not those of SDSS DR7" in others["why"]
    assert by_key(large)["labels_raw"]["published"] == {"cv14": 0.4831, "cv18": 0.3701}
    assert by_key(large)["cv14_posterior"]["published"] == {"cv14": 0.3823, "cv18": 0.2990}
    text = describe(large).splitlines()
    assert len(text) == 1 + 14 + 4 and "macro averages" in text[17] and max(map(len, text[:15])) <= 134
    raw = text[5].split()
    assert raw[:3] == ["c", "ResNet50", "on"]
    assert text[6].split() == ["published", "0.4893", "0.3795", "0.921", "0.921", "0.921", "0.921"]
    assert "published" not in describe(small).replace("published numbers", "").replace("published script", "")
    assert "leaves of depth 3 of petroRad_r_kpc, absPetroMag_r, redshift" in describe(small)


def test_what_is_not_known_is_a_status(
    test_split: pd.DataFrame, bias_law: dict[str, Any], models: dict[str, Any]
) -> None:
    bias_law["cv14"] = {"status": "not_identifiable", "why": "alpha is nearly constant", "theta": None}
    del models["debiased"]
    lost = test_split.assign(p_disk_cv14=np.nan, p_disk=np.nan).drop(columns=["redshift"])
    rows = by_key(table1(lost, bias_law, models, 30_000, True))
    for key, status in (("cv14", "not_identifiable"), ("cv14_posterior", "not_identifiable"), ("ddb", "not_run")):
        for name in ("cv14", "cv18", "cv14_overall", "cv18_first"):
            assert (rows[key][name]["status"], rows[key][name]["value"]) == (status, None)
    assert rows["labels_raw"]["cv18_first"]["intrinsic"] == ["petroRad_r_kpc", "absPetroMag_r"]
    few = table1(test_split[:30], bias_law, models, 300, True)
    assert {row["cv18_first"]["value"] for row in few["rows"]} == {None}
    assert "insufficient_data" in describe(few)


def test_a_run_is_read_from_its_folder(folder: Callable[..., dict[str, Path]], tmp_path: Path) -> None:
    folder(400)
    result = table1_of_run(tmp_path)
    assert (result["run"], result["balance"], result["examples"]) == (str(tmp_path), False, 400)
    assert [row["key"] for row in result["rows"]] == KEYS
    assert by_key(result)["labels_raw"]["cv14"]["status"] == "ok"
    (tmp_path / "predictions.parquet").unlink()
    with pytest.raises(InputError, match=r"predictions\.parquet: no such file"):
        table1_of_run(tmp_path)
