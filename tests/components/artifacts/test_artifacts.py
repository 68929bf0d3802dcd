"""What is written is what the schema says and what is read; what one version does not know is carried along."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from reports import good_report

from truemorph.components.artifacts.artifact import Artifact
from truemorph.components.artifacts.bias_law import BiasLaw
from truemorph.components.artifacts.manifest import Manifest
from truemorph.components.artifacts.model_card import ModelCard, TrainedModel
from truemorph.components.artifacts.pushed import Pushed
from truemorph.components.artifacts.report import Report
from truemorph.components.errors import InputError
from truemorph.components.laws import ExponentialLaw, LogisticLaw

HASH = "5e" * 32
LAW = {"law": "exponential", "theta": 9.3, "interval": [9.0, 9.6], "status": "ok", "method": "cv14", "source": "CV14"}
LAW |= {"why": None, "n": 462, "cv14": None, "fractions": {"theta": 9.4, "status": "ok"}}
MODEL = {
    "image_size": 48,
    "crop": 0.5,
    "symmetries": 8,
    "law": "exponential",
    "theta": 9.1,
    "law_parameters": {"theta": 9.1},
}
MODEL |= {"name": "debiased", "status": "ok", "why": None, "learnt": None, "seed": 0, "votes": None}
MODEL |= {"examples_hash": HASH}
CONTENT: dict[str, tuple[type[Artifact], dict[str, Any]]] = {
    "manifest": (
        Manifest,
        {
            "counts": {"rows_in": 5, "train": 2, "eval": 1, "test": 1, "rejects": {"star_or_artifact": 1}},
            "tables": {"votes": 5, "photometry": 7},
            "content_hash": HASH,
            "features": ["image", "objid"],
            "votes_column": None,
            "balance": False,
            "split_seed": 0,
        },
    ),
    "bias_law": (BiasLaw, LAW),
    "model": (TrainedModel, MODEL),
    "report": (Report, good_report()),
    "pushed": (Pushed, {"status": "refused", "reason": "the model is degenerate", "version": None, "path": None}),
    "model_card": (
        ModelCard,
        {key: MODEL[key] for key in ("image_size", "crop", "symmetries", "law", "theta", "law_parameters")}
        | {"model_hash": HASH, "theta_interval": [9.0, 9.6], "theta_status": "ok"}
        | {"blessing": {"status": "blessed", "reason": "so"}, "model": MODEL, "metrics": None, "data": None}
        | {"versions": {}, "classes": ["smooth", "disk"], "note": "p_disk"},
    ),
}


@pytest.fixture(params=list(CONTENT))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def schema(root: Path, name: str) -> dict[str, Any]:
    return json.loads((root / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))


def test_the_schema_knows_the_fields_of_the_dataclass(root: Path, name: str) -> None:
    kind, known = CONTENT[name][0], schema(root, name)
    assert set(known["properties"]) == {field.name for field in fields(kind)} - {"rest"}
    assert set(CONTENT[name][1]) >= set(known["required"])


def test_a_file_is_as_the_schema_says_and_comes_back_as_it_was(root: Path, tmp_path: Path, name: str) -> None:
    kind, content = CONTENT[name]
    kind.from_json(content).write(tmp_path / "a.json")
    text = (tmp_path / "a.json").read_text()
    jsonschema.validate(json.loads(text), schema(root, name))
    again = kind.read(tmp_path / "a.json")
    assert again.as_json() == content
    again.write(tmp_path / "b.json")
    assert (tmp_path / "b.json").read_text() == text


def test_what_is_not_known_is_carried_along_in_its_order(name: str) -> None:
    kind, content = CONTENT[name]
    more = content | {"zeta": 1, "beta": {"x": [2]}}
    assert list(kind.from_json(more).as_json().items())[-2:] == [("zeta", 1), ("beta", {"x": [2]})]


def test_optional_parts_of_a_law_stand_in_the_file_only_where_they_are_known() -> None:
    assert list(BiasLaw.from_json(LAW).as_json()) == list(LAW)
    more = LAW | {"observables": ["logMass"], "misfit": {"statistic": 3.0, "dof": 4, "p": 0.5}}
    assert BiasLaw.from_json(more).as_json() == more


def test_a_field_that_is_missing_is_named(tmp_path: Path) -> None:
    (tmp_path / "bias_law.json").write_text('{"theta": 9.3}')
    with pytest.raises(InputError, match=r"bias_law\.json: has no 'law'; give a file that truemorph wrote"):
        BiasLaw.read(tmp_path / "bias_law.json")


def test_the_law_is_the_models_where_it_was_trained_through_one() -> None:
    law, model = BiasLaw.from_json(LAW), TrainedModel.from_json(MODEL)
    assert (law.flip_law(), law.flip_law(model), model.own_law()) == (
        ExponentialLaw(9.3),
        ExponentialLaw(9.1),
        ExponentialLaw(9.1),
    )
    naive = TrainedModel(image_size=48, crop=0.5)
    assert (law.flip_law(naive), naive.own_law()) == (ExponentialLaw(9.3), None)
    other = {"law": "logistic", "theta": 11.0, "law_parameters": {"midpoint": 10.0, "width": 2.0}}
    assert BiasLaw.from_json(LAW | other).flip_law() == LogisticLaw(10.0, 2.0)
