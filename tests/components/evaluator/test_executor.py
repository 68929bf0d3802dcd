"""The Evaluator from folder to folder: what it reads, what it writes, what it refuses."""

import json
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pandas as pd
import pytest
from predicted import galaxies

from truemorph.components.base import Component
from truemorph.components.errors import InputError
from truemorph.components.evaluator.executor import MODELS, SPEC, execute

pytestmark = pytest.mark.usefixtures("undrawn")
Dict = dict[str, Any]
Write = Callable[..., dict[str, Path]]
Run = Callable[..., Dict]


@pytest.fixture(scope="module")
def schema() -> Dict:
    found: Dict = json.loads((resources.files("truemorph.schemas") / "report.schema.json").read_text(encoding="utf-8"))
    return found


def edit(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_spec_binds_with_and_without_models(tmp_path: Path) -> None:
    needed = {name: tmp_path / name for name in ("examples", "predictions", "bias_law", "rejects")}
    parameters = {"intrinsic": None, "bins": None, "depth": None, "provenance": {}}
    for models in ((), MODELS):
        inputs = needed | {name: tmp_path / name for name in models}
        assert Component(SPEC, execute, inputs, {"report": tmp_path / "report"}, parameters).id == "Evaluator"


def test_report_keeps_the_contract(report: Dict, schema: Dict) -> None:
    jsonschema.validate(report, schema)
    assert {row["cv18"]["status"] for row in report["rows"]} == {"ok"}


def test_report_of_few_galaxies_keeps_the_contract(folder: Write, evaluate: Run, schema: Dict) -> None:
    report = evaluate(folder(70))
    jsonschema.validate(report, schema)
    assert {row[name]["status"] for row in report["rows"] for name in ("cv14", "cv18")} == {"insufficient_data"}
    assert {row[name]["value"] for row in report["rows"] for name in ("cv14", "cv18")} == {None}


def test_only_the_report_and_the_gallery_are_written(folder: Write, evaluate: Run, tmp_path: Path) -> None:
    inputs = folder()
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    evaluate(inputs)
    after = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert {path.name for path in after - set(before)} == {"report.json", "report.html", "gallery.html", "gallery.csv"}
    assert all(path.read_bytes() == content for path, content in before.items())


def test_same_inputs_same_bytes(folder: Write, evaluate: Run, tmp_path: Path) -> None:
    inputs = folder()
    contents = []
    for _ in range(2):
        evaluate(inputs)
        contents.append(
            [(tmp_path / "report" / name).read_bytes() for name in ("report.json", "report.html", "gallery.html")]
        )
    assert contents[0] == contents[1]


def test_provenance_is_written_through_and_completed(folder: Write, evaluate: Run) -> None:
    given = {"configuration": {"split": {"seed": 3}}, "truemorph": "9"}
    found = evaluate(folder(), provenance=given)["provenance"]
    assert found["configuration"] == {"split": {"seed": 3}} and found["truemorph"] == "9"
    assert found["data"] == {"content_hash": "5e" * 32, "votes_column": "fraction"}
    assert found["versions"]["numpy"] == np.__version__ and found["versions"]["truemorph"]


def test_theta_block_is_the_bias_law(report: Dict) -> None:
    theta = report["theta"]
    assert (theta["value"], theta["interval"], theta["status"], theta["method"]) == (9.05, [8.61, 9.52], "ok", "cv14")
    assert theta["cv14"]["weights"] == [-1.2, 0.4, 0.1] and "theta" not in theta


def test_rejects_are_counted_by_reason(report: Dict) -> None:
    assert report["rejects"] == {
        "tables": {"votes": 2003, "photometry": 2100},
        "rows_in": 2003,
        "kept": {"train": 0, "eval": 0, "test": 2000},
        "total": 3,
        "reasons": {"no image": 2, "star or artifact": 1},
    }


def test_curves_are_those_of_the_rows(report: Dict) -> None:
    assert [curve["key"] for curve in report["curves"]] == [row["key"] for row in report["rows"]]
    for curve, row in zip(report["curves"], report["rows"], strict=True):
        assert sum(b["n"] for b in curve["bins"]) == row["n"] and len(curve["bins"]) == 10
        assert all(b["low"] <= b["fraction"] <= b["high"] for b in curve["bins"])


def test_training_block_holds_history_and_facts(report: Dict) -> None:
    assert [model["id"] for model in report["training"]] == list(MODELS)
    naive = report["training"][0]
    assert (naive["name"], naive["loss"], naive["n_train"]) == ("ResNet50 on raw labels", "naive", 16000)
    assert naive["history"]["loss"][0] == pytest.approx(0.7) and len(naive["history"]["val_loss"]) == 4


def test_a_loss_that_was_not_finite_is_null(folder: Write, evaluate: Run) -> None:
    inputs = folder()
    (inputs["naive"] / "history.json").write_text('{"loss": [0.5, NaN, Infinity], "accuracy": []}')
    assert evaluate(inputs)["training"][0]["history"] == {"loss": [0.5, None, None]}


def test_a_degenerate_model_is_marked(folder: Write, evaluate: Run, schema: Dict) -> None:
    inputs = folder()
    edit(inputs["debiased"] / "model.json", status="degenerate", why="all of eval is predicted disk")
    report = evaluate(inputs)
    jsonschema.validate(report, schema)
    assert (report["rows"][5]["status"], report["training"][2]["status"]) == ("degenerate", "degenerate")


def test_a_network_that_was_not_trained(folder: Write, evaluate: Run, schema: Dict) -> None:
    inputs = folder()
    del inputs["naive_debiased_labels"]
    table = pd.read_parquet(inputs["predictions"])
    table["p_disk_naive_debiased_labels"] = pd.array([pd.NA] * len(table), dtype="Float32")
    table.to_parquet(inputs["predictions"])
    report = evaluate(inputs)
    jsonschema.validate(report, schema)
    assert report["rows"][3]["status"] == "not_run"
    assert [model["id"] for model in report["training"]] == ["naive", "debiased"]


def test_a_survey_without_debiased_labels_has_no_row_d(folder: Write, evaluate: Run, schema: Dict) -> None:
    inputs = folder()
    why = "no training galaxy has a debiased label"
    edit(inputs["naive_debiased_labels"] / "model.json", status="not_run", why=why)
    (inputs["naive_debiased_labels"] / "history.json").unlink()
    table = pd.read_parquet(inputs["predictions"])
    table["p_disk_naive_debiased_labels"] = pd.array([pd.NA] * len(table), dtype="Float32")
    table.to_parquet(inputs["predictions"])
    report = evaluate(inputs)
    jsonschema.validate(report, schema)
    row = report["rows"][3]
    assert (row["status"], row["why"], row["cv14"]["status"], row["accuracy"]) == ("not_run", why, "not_run", None)
    assert [model["id"] for model in report["training"]] == ["naive", "debiased"]


def test_parameters_reach_the_measures(folder: Write, evaluate: Run) -> None:
    report = evaluate(folder(), bins=4, depth=1, intrinsic=["redshift"])
    cv18 = report["rows"][0]["cv18"]
    assert (cv18["bins"], cv18["depth"], cv18["intrinsic"], cv18["status"]) == (4, 1, ["redshift"], "ok")
    assert len(report["curves"][0]["bins"]) == 4


def test_a_law_that_was_not_identified_still_reports(folder: Write, evaluate: Run, schema: Dict) -> None:
    inputs = folder()
    edit(
        inputs["bias_law"],
        theta=9.18,
        interval=None,
        status="not_identifiable",
        method="published",
        why="this sky can not tell",
        cv14={"status": "not_identifiable", "theta": None, "why": "flat"},
    )
    report = evaluate(inputs)
    jsonschema.validate(report, schema)
    assert report["rows"][4]["cv14"]["status"] == "not_identifiable" and report["rows"][5]["status"] == "ok"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("bias_law", None, r"bias_law.json: no such file; run the step that writes it first"),
        ("bias_law", "{", r"bias_law.json: not JSON \(.*\); run the step that writes it again"),
        ("bias_law", "[1]", r"bias_law.json: holds a list, not an object"),
        ("rejects", None, r"rejects.csv: no such file; run the step"),
        ("predictions", None, r"predictions.parquet: no such file; run the step"),
        ("predictions", "objid", r"predictions.parquet: not a readable Parquet file"),
    ],
)
def test_missing_and_broken_inputs(
    folder: Write, evaluate: Run, tmp_path: Path, name: str, content: str | None, message: str
) -> None:
    inputs = folder()
    inputs[name].unlink()
    if content is not None:
        inputs[name].write_text(content)
    with pytest.raises(InputError, match=message):
        evaluate(inputs)
    assert not (tmp_path / "report").exists()


def test_predictions_without_ids(folder: Write, evaluate: Run) -> None:
    inputs = folder()
    pd.read_parquet(inputs["predictions"]).drop(columns="objid").to_parquet(inputs["predictions"])
    with pytest.raises(InputError, match=r"predictions.parquet: no column 'objid' among split, alpha"):
        evaluate(inputs)


def test_predictions_for_other_galaxies(folder: Write, evaluate: Run) -> None:
    inputs = folder()
    pd.read_parquet(inputs["predictions"]).iloc[:-3].to_parquet(inputs["predictions"])
    with pytest.raises(InputError, match="and 2 more are in only one of examples and predictions"):
        evaluate(inputs)


def test_examples_are_read_from_tfrecords(
    folder: Write, evaluate: Run, monkeypatch: pytest.MonkeyPatch, schema: Dict
) -> None:
    from encoded import encode

    from truemorph.components.examples.features import SPLITS
    from truemorph.components.examples.table import read_table
    from truemorph.components.examples.tfrecord import shard_path, write_shard

    inputs = folder(200)
    from_memory = evaluate(inputs)
    monkeypatch.setattr("truemorph.components.evaluator.executor.read_table", read_table)
    table = galaxies(200).drop(columns=[name for name in galaxies(1) if name.startswith("p_disk")])
    table.loc[:4, "label_debiased"] = pd.NA
    for split in SPLITS:
        rows = table.to_dict("records") if split == "test" else []
        write_shard(shard_path(inputs["examples"], split, 0, 1), (encode(row, b"image") for row in rows))
    report = evaluate(inputs)
    jsonschema.validate(report, schema)
    assert report["rows"][0] | {"cv14": 0} == from_memory["rows"][0] | {"cv14": 0}
    assert report["rows"][0]["cv14"]["value"] == pytest.approx(from_memory["rows"][0]["cv14"]["value"], abs=1e-6)
    assert (report["rows"][1]["n"], report["rows"][3]["scores"]["left_out"]) == (195, {"no label_debiased": 5})
