"""F1 against the values of tensorflow-addons 0.23.0 in tests/golden: ours, and the F1Score of Keras."""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from truemorph.components.evaluator.scores import confusion, scores


@pytest.fixture(scope="module")
def samples(root: Path) -> list[dict[str, Any]]:
    golden: list[dict[str, Any]] = json.loads((root / "tests" / "golden" / "f1.json").read_text("utf-8"))["samples"]
    assert [len(sample["scores"]) for sample in golden] == [12, 12, 12]
    return golden


def test_f1_is_the_macro_average(samples: list[dict[str, Any]]) -> None:
    for sample in samples:
        predicted = np.argmax(sample["p"], axis=1)
        golden = next(one for one in sample["scores"] if one["average"] == "macro" and one["threshold"] is None)
        found = scores(confusion(predicted, sample["label"], len(sample["p"][0])))
        assert found["f1"] == pytest.approx(golden["f1"], abs=1e-6)


def test_f1_of_keras_for_every_average_and_threshold(samples: list[dict[str, Any]]) -> None:
    for sample in samples:
        p = np.array(sample["p"], np.float32)
        label = np.eye(p.shape[1], dtype=np.float32)[sample["label"]]
        for golden in sample["scores"]:
            metric = keras.metrics.F1Score(golden["average"], golden["threshold"])
            metric.update_state(label, p)
            np.testing.assert_allclose(np.asarray(metric.result()), golden["f1"], atol=1e-6)
