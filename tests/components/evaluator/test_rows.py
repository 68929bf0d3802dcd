"""The six rows of Table 1, and the word that stands where a number is not known."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from predicted import galaxies

from truemorph.components.errors import InputError
from truemorph.components.evaluator.galaxies import INTRINSIC
from truemorph.components.evaluator.rows import measure
from truemorph.components.evaluator.scores import SCORES
from truemorph.components.laws import ExponentialLaw
from truemorph.components.measures.cv14 import cv14_bias
from truemorph.components.measures.cv18 import cv18_bias

Dict = dict[str, Any]
Models = dict[str, Dict]


def by_key(table: pd.DataFrame, law: Dict, models: Models, **options: Any) -> dict[str, Dict]:
    return {row["key"]: row for row in measure(table, law, models, **options)[0]}


def test_six_rows_in_the_papers_order(bias_law: Dict, models: Models) -> None:
    rows, notes = measure(galaxies(), bias_law, models)
    assert [(row["letter"], row["key"]) for row in rows] == list(
        zip(
            "abcdef",
            ["labels_raw", "labels_debiased", "network_raw", "network_debiased_labels", "cv14", "ddb"],
            strict=True,
        )
    )
    assert {row["status"] for row in rows} == {"ok"} and notes == []
    assert [row["name"] for row in rows][2:] == [
        "ResNet50 on raw labels",
        "ResNet50 on debiased labels",
        "CV14",
        "DDB, ResNet50",
    ]


def test_values_are_those_of_the_measures(bias_law: Dict, models: Models) -> None:
    table = galaxies()
    found = by_key(table, bias_law, models)["ddb"]
    labels, alpha = (table["p_disk"] > 0.5).astype(int).to_numpy(), table["alpha"].to_numpy()
    cv14 = cv14_bias(labels, alpha, bins=10, reference="last")
    cv18 = cv18_bias(labels, alpha, table[list(INTRINSIC)].to_numpy(), bins=8, depth=3, reference="last")
    assert (found["cv14"]["value"], found["cv14"]["noise_floor"]) == (cv14.value, cv14.noise_floor)
    assert (found["cv18"]["value"], found["cv18"]["interval"]) == (cv18.value, list(cv18.interval or ()))
    assert (found["cv14"]["bins"], found["cv14"]["depth"], found["cv14"]["intrinsic"]) == (10, None, [])
    assert (found["cv18"]["bins"], found["cv18"]["depth"], found["cv18"]["intrinsic"]) == (8, 3, list(INTRINSIC))


def test_biased_rows_are_worse_than_debiased_ones(bias_law: Dict, models: Models) -> None:
    rows = by_key(galaxies(), bias_law, models)
    for name in ("cv14", "cv18"):
        assert rows["labels_raw"][name]["value"] > rows["ddb"][name]["value"] + 0.1


def test_only_the_test_split_counts(bias_law: Dict, models: Models) -> None:
    test, train = galaxies(1000), galaxies(500, seed=5).assign(split="train")
    assert measure(pd.concat([train, test]), bias_law, models) == measure(test, bias_law, models)


def test_rows_e_and_f_predict_the_label_seen_through_their_own_theta(bias_law: Dict, models: Models) -> None:
    table = galaxies()
    bias_law["cv14"]["theta"], models["debiased"]["theta"] = 4.0, 15.0
    rows = by_key(table, bias_law, models)
    for key, column, theta in (("cv14", "p_disk_cv14", 4.0), ("ddb", "p_disk", 15.0)):
        seen = table[column] * (1 - ExponentialLaw(theta).flip_probability(table["alpha"])) > 0.5
        assert rows[key]["accuracy"] == pytest.approx((seen == table["label_raw"].astype(bool)).mean())
        assert rows[key]["against"] == "label_raw"


def test_networks_are_scored_on_the_labels_that_they_learned(bias_law: Dict, models: Models) -> None:
    table = galaxies()
    rows = by_key(table, bias_law, models)
    for key, column, label in (
        ("network_raw", "p_disk_naive", "label_raw"),
        ("network_debiased_labels", "p_disk_naive_debiased_labels", "label_debiased"),
    ):
        right = (table[column] > 0.5) == table[label].astype(bool)
        assert (rows[key]["accuracy"], rows[key]["against"]) == (pytest.approx(right.mean()), label)


def test_label_rows_have_no_scores(bias_law: Dict, models: Models) -> None:
    row = by_key(galaxies(), bias_law, models)["labels_debiased"]
    assert row["against"] is None and [row[name] for name in SCORES] == [None] * 4
    assert set(row["scores"]["status"].values()) == {"not_applicable"}


@pytest.mark.parametrize("absent", ["column", "values"])
def test_a_network_without_predictions_was_not_run(bias_law: Dict, models: Models, absent: str) -> None:
    column = "p_disk_naive_debiased_labels"
    table = galaxies()
    table = table.drop(columns=column) if absent == "column" else table.assign(**{column: np.nan})
    del models["naive_debiased_labels"]
    row = by_key(table, bias_law, models)["network_debiased_labels"]
    assert (row["status"], row["n"], row["accuracy"]) == ("not_run", 0, None)
    assert row["why"] == "the network 'naive_debiased_labels' was not trained in this run"
    for name in ("cv14", "cv18"):
        assert (row[name]["value"], row[name]["interval"], row[name]["status"]) == (None, None, "not_run")
        assert row[name]["why"] == row["why"]
    assert row["scores"]["status"]["f1"] == "not_run"


def test_why_cv14_was_not_run_comes_from_the_law(bias_law: Dict, models: Models) -> None:
    bias_law["cv14"], bias_law["why"] = None, "the sources name no structure"
    row = by_key(galaxies().drop(columns="p_disk_cv14"), bias_law, models)["cv14"]
    assert (row["status"], row["why"]) == ("not_run", "the sources name no structure")


def test_labels_that_nobody_debiased_were_not_run(bias_law: Dict, models: Models) -> None:
    table = galaxies().assign(label_debiased=pd.array([pd.NA] * 2000, dtype="Int64"))
    rows = by_key(table, bias_law, models)
    assert (rows["labels_debiased"]["status"], rows["labels_debiased"]["why"]) == (
        "not_run",
        "no test object has a label_debiased",
    )
    network = rows["network_debiased_labels"]
    assert network["cv14"]["status"] == "ok" and network["accuracy"] is None
    assert network["scores"]["status"]["accuracy"] == "insufficient_data"


@pytest.mark.parametrize(("n", "cv14", "cv18"), [(99, "few", "few"), (100, "ok", "few"), (640, "ok", "ok")])
def test_too_few_objects_give_a_word(bias_law: Dict, models: Models, n: int, cv14: str, cv18: str) -> None:
    row = by_key(galaxies(n), bias_law, models)["labels_raw"]
    for name, expected in (("cv14", cv14), ("cv18", cv18)):
        status = {"ok": "ok", "few": "insufficient_data"}[expected]
        assert row[name]["status"] == status
        assert (row[name]["value"] is None) == (status != "ok")
    if n == 99:
        assert row["cv14"]["why"] == "99 objects for 10 cells; 10 per cell, 100 in all, are needed"
        assert row["cv18"]["why"] == "99 objects for 64 cells; 10 per cell, 640 in all, are needed"


def test_bins_and_depth_are_taken(bias_law: Dict, models: Models) -> None:
    row = by_key(galaxies(400), bias_law, models, bins=5, depth=2)["labels_raw"]
    assert (row["cv14"]["bins"], row["cv18"]["bins"], row["cv18"]["depth"]) == (5, 5, 2)
    assert row["cv18"]["status"] == "ok"
    flat = by_key(galaxies(400), bias_law, models, depth=0)["labels_raw"]["cv18"]
    assert (flat["depth"], flat["bins"], flat["status"]) == (0, 8, "ok")


def test_an_empty_test_split_is_insufficient(bias_law: Dict, models: Models) -> None:
    rows, _ = measure(galaxies(50).assign(split="train"), bias_law, models)
    assert {row["status"] for row in rows} == {"insufficient_data"}
    assert {row["why"] for row in rows} == {"there are no objects in the test split"}


def test_a_model_marked_degenerate_has_no_bias(bias_law: Dict, models: Models) -> None:
    models["debiased"] |= {"status": "degenerate", "why": "all of eval is predicted disk"}
    row = by_key(galaxies(), bias_law, models)["ddb"]
    assert (row["status"], row["cv14"]["status"], row["cv14"]["value"]) == ("degenerate", "degenerate", None)
    assert row["cv18"]["why"] == "all of eval is predicted disk"
    assert row["accuracy"] is not None


def test_one_class_only_is_degenerate_and_not_unbiased(bias_law: Dict, models: Models) -> None:
    row = by_key(galaxies().assign(p_disk_naive=0.1), bias_law, models)["network_raw"]
    assert (row["status"], row["cv14"]["value"]) == ("degenerate", None)
    assert row["why"] == "all 2000 test objects have the same class, smooth"
    assert (row["precision"], row["recall"]) == (None, 0.5)
    assert (row["scores"]["status"]["precision"], row["scores"]["status"]["recall"]) == ("undefined", "ok")
    assert "precision: 0/0" in row["scores"]["why"]


@pytest.mark.parametrize("status", ["not_identifiable", "insufficient_data"])
def test_cv14_without_a_theta_has_no_bias(bias_law: Dict, models: Models, status: str) -> None:
    bias_law["cv14"] = {"status": status, "theta": None, "why": "the profile of theta is flat"}
    row = by_key(galaxies().assign(p_disk_cv14=np.nan), bias_law, models)["cv14"]
    assert (row["accuracy"], row["scores"]["status"]["accuracy"]) == (None, status)
    assert (row["status"], row["cv14"]["value"], row["cv18"]["status"]) == (status, None, status)
    assert row["why"] == "the profile of theta is flat"


def test_missing_values_are_left_out_and_counted(bias_law: Dict, models: Models) -> None:
    table = galaxies()
    table.loc[:9, "label_debiased"] = pd.NA
    table.loc[5:24, "redshift"] = np.nan
    table.loc[20:22, "alpha"] = np.nan
    row = by_key(table, bias_law, models)["labels_debiased"]
    assert row["n"] == 1990
    assert (row["cv14"]["n"], row["cv14"]["left_out"]) == (1987, {"no label": 10, "no alpha": 3})
    assert row["cv18"]["left_out"] == {"no label": 10, "no alpha": 3, "no redshift": 12}
    assert row["cv18"]["n"] + sum(row["cv18"]["left_out"].values()) == 2000
    network = by_key(table, bias_law, models)["network_debiased_labels"]["scores"]
    assert (network["n"], network["left_out"]) == (1990, {"no label_debiased": 10})
    assert np.sum(network["confusion"]) == 1990


def test_the_value_under_a_missing_label_does_not_matter(bias_law: Dict, models: Models) -> None:
    table = galaxies()
    table.loc[:9, "label_raw"] = pd.NA
    other = table.assign(alpha=table["alpha"].where(table["label_raw"].notna(), 3.0))
    assert by_key(table, bias_law, models)["labels_raw"] == by_key(other, bias_law, models)["labels_raw"]


def test_a_column_known_for_too_few_is_not_used_and_said(bias_law: Dict, models: Models) -> None:
    table = galaxies()
    table.loc[:499, "absPetroMag_r"] = np.nan
    rows, notes = measure(table.drop(columns="redshift"), bias_law, models)
    assert rows[0]["cv18"]["intrinsic"] == ["petroRad_r_kpc"]
    assert notes == [
        "CV18 does not use absPetroMag_r: known for 75 % of the test objects, and 90 % are needed.",
        "CV18 does not use redshift: known for 0 % of the test objects, and 90 % are needed.",
    ]


def test_no_intrinsic_column_is_insufficient(bias_law: Dict, models: Models) -> None:
    row = by_key(galaxies().drop(columns=list(INTRINSIC)), bias_law, models)["ddb"]
    assert (row["cv18"]["status"], row["cv18"]["intrinsic"]) == ("insufficient_data", [])
    assert row["cv18"]["why"] == "no intrinsic column is known for enough objects"
    assert row["cv14"]["status"] == "ok"


def test_columns_asked_for_are_taken_in_their_order(bias_law: Dict, models: Models) -> None:
    row = by_key(galaxies(), bias_law, models, intrinsic=["redshift", "petroRad_r_kpc"])["labels_raw"]
    assert row["cv18"]["intrinsic"] == ["redshift", "petroRad_r_kpc"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"intrinsic": ["mass"]}, r"evaluator.intrinsic: the examples have no column 'mass'; choose from .*redshift"),
        ({"bins": 1}, "evaluator.bins: received 1; take 2 or more"),
        ({"depth": -1}, "evaluator.depth: received -1; take 0 or more"),
    ],
)
def test_options_that_can_not_be(bias_law: Dict, models: Models, options: Dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        measure(galaxies(20), bias_law, models, **options)
