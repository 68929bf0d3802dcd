"""Statistics are those of the examples; what is not as the schema says is found and named."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from encoded import encode

from truemorph.components.base import Component
from truemorph.components.errors import InputError
from truemorph.components.example_validator.executor import SPEC, execute
from truemorph.components.examples.encoding import Encoder
from truemorph.components.examples.features import FEATURES
from truemorph.components.examples.tfrecord import shard_path, write_shard

ALPHAS = {"train": [4.0, 6.0, 11.0], "eval": [5.0], "test": []}
GOOD: Mapping[str, Any] = {
    **{name: 0.5 for name, kind in FEATURES.items() if kind == "float"},
    "objid": "587739505552785605",
    "label_raw": 1,
    "label_debiased": 0,
    "smooth_count": 2,
}


def write(examples: Path, **changes: Any) -> Path:
    """Four examples in two splits; each change is a value for the first, or a function of its features."""
    from tensorflow.core.example import example_pb2

    for split, alphas in ALPHAS.items():
        made = []
        for place, alpha in enumerate(alphas):
            example = example_pb2.Example.FromString(encode({**GOOD, "alpha": alpha, "label_raw": place % 2}, b"image"))
            if split == "train" and not place:
                for name, change in changes.items():
                    change(example.features.feature[name])
                    if example.features.feature[name].WhichOneof("kind") is None:
                        del example.features.feature[name]
            made.append(example.SerializeToString())
        write_shard(shard_path(examples, split, 0, 1), made)
    return examples


def floats(*values: float) -> Any:
    """Make a feature hold these floats."""
    return lambda feature: feature.CopyFrom(type(feature)(float_list={"value": values}))


def ints(*values: int) -> Any:
    """Make a feature hold these integers."""
    return lambda feature: feature.CopyFrom(type(feature)(int64_list={"value": values}))


def nothing(feature: Any) -> None:
    """Take a feature away."""
    feature.Clear()


def validate(examples: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Content of statistics.json and the anomalies."""
    out = examples.parent / "validation"
    execute({"examples": examples}, {"statistics": out}, {})
    statistics = json.loads((out / "statistics.json").read_text())
    return statistics, json.loads((out / "anomalies.json").read_text())["anomalies"]


def test_statistics_are_those_of_numpy(tmp_path: Path) -> None:
    statistics, anomalies = validate(write(tmp_path / "examples", label_debiased=nothing))
    assert anomalies == []
    assert {split: found["count"] for split, found in statistics.items()} == {"train": 3, "eval": 1, "test": 0}
    alpha = statistics["train"]["features"]["alpha"]
    assert alpha == {
        "type": "FLOAT",
        "of": "value",
        "count": 3,
        "missing": 0,
        "not_finite": 0,
        "mean": pytest.approx(7.0),
        "std": pytest.approx(np.std([4.0, 6.0, 11.0])),
        "min": 4.0,
        "max": 11.0,
        "cumulative": [[4.0, pytest.approx(1 / 3)], [6.0, pytest.approx(2 / 3)], [11.0, 1.0]],
    }
    assert statistics["train"]["features"]["label_raw"]["values"] == {"0": 2, "1": 1}
    assert statistics["train"]["features"]["label_debiased"]["missing"] == 1
    assert statistics["train"]["features"]["image"]["mean"] == 5.0
    assert set(statistics["eval"]["features"]) == {"image", *(name for name in GOOD)}
    assert statistics["test"]["features"] == {}


@pytest.mark.parametrize(
    ("name", "change", "why"),
    [
        ("alpha", nothing, "is missing in 1 of 3 examples"),
        ("image", nothing, "is missing in 1 of 3 examples"),
        ("alpha", ints(7), "is INT, the schema says FLOAT"),
        ("alpha", floats(float("nan")), "is nan in 1 values"),
        ("alpha", floats(float("inf")), "is inf in 1 values"),
        ("alpha", floats(-9999.0), "is -9999, the schema says 0 to inf"),
        ("label_raw", ints(2), "is 2, the schema says 0 to 1"),
        ("alpha", floats(1.0, 2.0), "has 2 values in an example, the schema says 1 to 1"),
    ],
)
def test_a_required_feature_that_is_wrong_stops_the_run(tmp_path: Path, name: str, change: Any, why: str) -> None:
    examples = write(tmp_path / "examples", **{name: change})
    with pytest.raises(InputError) as error:
        validate(examples)
    assert f"{examples}: feature '{name}' of split train {why}" in str(error.value)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "validation").exists()


@pytest.mark.parametrize(
    ("name", "change", "kind"),
    [
        ("redshift", floats(float("nan")), "not_finite"),
        ("e", floats(1.5), "out_of_domain"),
        ("smooth_count", ints(-1), "out_of_domain"),
        ("ng", ints(4), "wrong_type"),
        ("seeing", floats(1.0), "unknown_feature"),
    ],
)
def test_an_optional_feature_that_is_wrong_is_noted(tmp_path: Path, name: str, change: Any, kind: str) -> None:
    _, anomalies = validate(write(tmp_path / "examples", **{name: change}))
    assert [(found["feature"], found["split"], found["kind"], found["severity"]) for found in anomalies] == [
        (name, "train", kind, "warning")
    ]


def test_numbers_that_are_not_finite_stay_out_of_the_statistics(tmp_path: Path) -> None:
    statistics, _ = validate(write(tmp_path / "examples", redshift=floats(float("nan"))))
    found = statistics["train"]["features"]["redshift"]
    assert (found["not_finite"], found["mean"]) == (1, 0.5)


def test_a_folder_without_examples_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no examples here"):
        validate(tmp_path / "examples")


def test_the_spec_fits_the_component(tmp_path: Path) -> None:
    assert Component(SPEC, execute, {"examples": tmp_path}, {"statistics": tmp_path}).id == "ExampleValidator"


@pytest.mark.parametrize(("shift", "drifts"), [(0.0, False), (0.1, False), (3.0, True)])
def test_a_split_unlike_the_training_split_stops_the_run(tmp_path: Path, shift: float, drifts: bool) -> None:
    rng = np.random.default_rng(5)
    examples = tmp_path / "examples"
    for split, count, moved in (("train", 800, 0.0), ("eval", 100, shift), ("test", 100, 0.0)):
        constant = {name: [value] * count for name, value in {**GOOD, "label_raw": 0}.items()}
        encoder = Encoder(pd.DataFrame(constant | {"alpha": rng.normal(9.0 + moved, 1.5, count)}))
        write_shard(shard_path(examples, split, 0, 1), (encoder.example(row, b"image") for row in range(count)))
    if not drifts:
        assert validate(examples)[1] == []
        return
    with pytest.raises(InputError, match=r"feature 'alpha' of split eval drifts from split train: .* distance 0\.\d+"):
        validate(examples)
