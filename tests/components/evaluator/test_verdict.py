"""The two sentences that a report opens with."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from predicted import galaxies

from truemorph.components.evaluator.galaxies import row_labels
from truemorph.components.evaluator.rows import measure
from truemorph.components.evaluator.verdict import verdict
from truemorph.components.examples.table import floats
from truemorph.components.measures.paired import paired_difference

Dict = dict[str, Any]


def judge(table: pd.DataFrame, law: Dict, models: dict[str, Dict]) -> tuple[Dict, list[Dict]]:
    rows, _ = measure(table, law, models)
    names = ("alpha", *rows[0]["cv18"]["intrinsic"])
    return verdict(rows, law, row_labels(table), {name: floats(table, name) for name in names}), rows


def test_before_after_floor_and_change(bias_law: Dict, models: dict[str, Dict]) -> None:
    table = galaxies()
    found, rows = judge(table, bias_law, models)
    raw, ddb = rows[0]["cv18"], rows[5]["cv18"]
    assert (found["measure"], found["before"], found["after"]) == ("cv18", raw["value"], ddb["value"])
    assert found["floor"] == ddb["noise_floor"]
    beta = table[raw["intrinsic"]].to_numpy()
    after, before = (table["p_disk"] > 0.5).astype(int), table["label_raw"].astype(int)
    expected = paired_difference(after, before, table["alpha"], beta)
    assert found["change"] == {"value": expected.value, "interval": list(expected.interval or ())}
    first = found["lines"][0]
    assert first.startswith(f"CV18 bias: {raw['value']:.3f} in the raw labels, {ddb['value']:.3f} in those of the")
    assert f"less by {-expected.value:.3f} [" in first and f"would show {ddb['noise_floor']:.3f}." in first


def test_the_same_labels_are_no_change(bias_law: Dict, models: dict[str, Dict]) -> None:
    table = galaxies()
    found, _ = judge(table.assign(p_disk=table["label_raw"].astype(float)), bias_law, models)
    assert found["change"] == {"value": 0.0, "interval": [0.0, 0.0]}
    assert "no change beyond chance" in found["lines"][0]
    assert any(worry.startswith("bias remains after the correction") for worry in found["worries"])


def test_what_to_worry_about_the_worst_first(bias_law: Dict, models: dict[str, Dict]) -> None:
    models["debiased"] |= {"status": "degenerate", "why": "it predicts one class"}
    bias_law |= {"status": "not_identifiable", "why": "alpha is nearly constant"}
    found, _ = judge(galaxies(), bias_law, models)
    assert (found["measure"], found["change"]) == (None, None)
    assert found["lines"][0] == "How much the bias changed is not known: it predicts one class."
    assert found["lines"][1].startswith("Worry about this: the debiased network is degenerate (it predicts one class);")
    assert "the law is not_identifiable (alpha is nearly constant)" in found["lines"][1]


@pytest.mark.parametrize(("n", "measured"), [(300, "cv14"), (60, None)])
def test_few_galaxies(bias_law: Dict, models: dict[str, Dict], n: int, measured: str | None) -> None:
    found, _ = judge(galaxies(n), bias_law, models)
    assert found["measure"] == measured
    if measured:
        assert any("only CV14 is known" in worry for worry in found["worries"])
    else:
        assert "60 objects for 10 cells" in found["lines"][0]
        assert found["lines"][1].startswith("Worry about this: the test split says nothing about the bias; give more")


def test_labels_without_bias(bias_law: Dict, models: dict[str, Dict]) -> None:
    table = galaxies()
    shuffled = table["label_raw"].sample(frac=1, random_state=1).to_numpy()
    drawn = np.random.default_rng(2).random(len(table))
    found, _ = judge(table.assign(label_raw=shuffled, p_disk=drawn), bias_law, models)
    assert "the raw labels show no bias that stands out from noise" in found["worries"]
