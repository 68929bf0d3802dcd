"""What drifted from an earlier dataset is named and stops the run; what cannot be compared is said."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp

from truemorph.components.errors import InputError
from truemorph.components.example_validator.executor import execute
from truemorph.components.example_validator.previous import find_previous, kolmogorov_smirnov
from truemorph.components.example_validator.statistics import cumulative
from truemorph.components.examples.encoding import Encoder
from truemorph.components.examples.tfrecord import shard_path, write_shard

COUNTS = {"train": 900, "eval": 200, "test": 200}


def write(folder: Path, seed: int, **moved: Callable[[Any], Any]) -> Path:
    """An ingest of galaxies with alpha, redshift and label_raw, each moved by a function of its values."""
    rng = np.random.default_rng(seed)
    for split, count in COUNTS.items():
        drawn = {
            "alpha": rng.normal(9.0, 1.5, count),
            "redshift": rng.uniform(0.01, 0.2, count),
            "label_raw": (rng.random(count) < 0.6).astype(int),
        }
        drawn = {name: moved.get(name, list)(values) for name, values in drawn.items()}
        encoder = Encoder(pd.DataFrame({"objid": [str(row) for row in range(count)], **drawn}, dtype=object))
        write_shard(shard_path(folder / "examples", split, 0, 1), (encoder.example(n, b"image") for n in range(count)))
    (folder / "examples" / "manifest.json").write_text('{"counts": {}, "content_hash": ""}')
    return folder


def validate(run: Path, previous: Path | None = None) -> list[dict[str, Any]]:
    """The anomalies of an ingest, whose statistics are written beside it."""
    inputs = {"examples": run / "examples"}
    if previous is not None:
        inputs["previous_statistics"] = find_previous(previous)
    execute(inputs, {"statistics": run / "validation"}, {})
    return json.loads((run / "validation" / "anomalies.json").read_text())["anomalies"]


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An earlier run, with its statistics."""
    run = write(tmp_path_factory.mktemp("earlier"), 1)
    assert validate(run) == []
    return run


def test_another_draw_of_the_same_sky_does_not_drift(earlier: Path, tmp_path: Path) -> None:
    assert validate(write(tmp_path, 2), earlier) == []


def test_examples_and_statistics_say_the_same_however_they_are_named(earlier: Path, tmp_path: Path) -> None:
    run = write(tmp_path / "run", 3, alpha=lambda values: values + 1.0)
    ingest = tmp_path / "ingest"
    shutil.copytree(earlier / "examples", ingest / "examples")
    said = set()
    for previous in (
        earlier,
        earlier / "validation",
        earlier / "validation" / "statistics.json",
        earlier / "examples",
        ingest,
    ):
        with pytest.raises(InputError) as error:
            validate(run, previous)
        said.add(str(error.value))
    (line,) = said
    assert "feature 'alpha' of split train drifts from the previous dataset: Kolmogorov-Smirnov distance 0." in line
    assert line.endswith("leave example_validator.previous_statistics out") and "\n" not in line
    assert not (run / "validation").exists()


@pytest.mark.parametrize(
    ("moved", "why"),
    [
        ({"redshift": lambda values: values * 1.5}, "'redshift' of split train drifts from the previous dataset"),
        ({"label_raw": lambda values: 1 - values}, "'label_raw' of split train drifts from the previous dataset"),
        (
            {"redshift": lambda values: [None] * len(values)},
            "'redshift' of split train is missing in 100 % of its examples, of the previous dataset in 0 %",
        ),
        (
            {"redshift": lambda values: [None, *values[1:]] if len(values) > 500 else [None] * 90 + [*values[90:]]},
            "'redshift' of split eval is missing in 45 % of its examples, of the previous dataset in 0 %",
        ),
    ],
)
def test_the_feature_that_drifted_is_named(earlier: Path, tmp_path: Path, moved: Mapping[str, Any], why: str) -> None:
    with pytest.raises(InputError, match=why):
        validate(write(tmp_path, 4, **moved), earlier)


def test_a_feature_that_is_new_is_noted(earlier: Path, tmp_path: Path) -> None:
    without = write(tmp_path / "without", 1, redshift=lambda values: [None] * len(values))
    found = validate(write(tmp_path / "with", 2), without)
    assert [(one["feature"], one["split"], one["kind"], one["severity"]) for one in found] == [
        ("redshift", split, "not_in_previous", "warning") for split in COUNTS
    ]


def test_a_previous_dataset_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere does not exist; give the --out of an earlier run or ingest, or its"):
        find_previous(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r" holds neither statistics\.json nor examples"):
        find_previous(tmp_path)


def damaged(statistics: dict[str, Any], how: str) -> str:
    """The text of statistics with something wrong."""
    alpha = statistics["train"]["features"]["alpha"]
    if how == "cut":
        return json.dumps(statistics)[:-100]
    if how == "older":
        del alpha["cumulative"]
    elif how == "other":
        return '["alpha"]'
    elif how == "split":
        del statistics["test"]
    elif how == "count":
        alpha["missing"] += 1
    elif how == "falling":
        alpha["cumulative"][3][1] = 0.9
    elif how == "infinite":
        alpha["cumulative"][3][0] = float("inf")
    return json.dumps(statistics)


@pytest.mark.parametrize("how", ["cut", "older", "other", "split", "count", "falling", "infinite"])
def test_damaged_statistics_are_one_line(earlier: Path, tmp_path: Path, how: str) -> None:
    run = write(tmp_path / "run", 2)
    previous = tmp_path / "statistics.json"
    text = (earlier / "validation" / "statistics.json").read_text()
    previous.write_text(damaged(json.loads(text), how))
    with pytest.raises(InputError, match=" is damaged, or written by another version ") as error:
        validate(run, previous)
    assert str(previous) in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize("count", [1, 50, 101, 5000])
@pytest.mark.parametrize("digits", [0, 6])
def test_the_distance_at_the_percentiles_is_the_kolmogorov_smirnov_distance(count: int, digits: int) -> None:
    rng = np.random.default_rng(count)
    then, now = rng.normal(0, 3, count).round(digits), rng.normal(1, 3, 400).round(digits)
    pairs = cumulative(then)
    assert len(pairs) <= 101 and pairs[-1] == [then.max(), 1.0]
    exact = ks_2samp(then, now).statistic
    assert kolmogorov_smirnov(pairs, now) == pytest.approx(exact, abs=1e-12 if len(pairs) < 101 else 0.0102)
