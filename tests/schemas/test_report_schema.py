"""The report's JSON schema takes good reports and names what is wrong with bad ones."""

import copy
import json
from collections.abc import Callable
from importlib import resources
from typing import Any

import jsonschema
import pytest

Dict = dict[str, Any]
Change = Callable[[Dict], Any]


@pytest.fixture(scope="module")
def schema() -> Dict:
    found: Dict = json.loads((resources.files("truemorph.schemas") / "report.schema.json").read_text(encoding="utf-8"))
    return found


def measure(**changes: Any) -> Dict:
    good = {"value": 0.31, "interval": [0.29, 0.33], "noise_floor": 0.04, "corrected": 0.3, "n": 1200, "bins": 10}
    good |= {"depth": None, "reference": "last", "intrinsic": [], "status": "ok", "why": None, "left_out": {}}
    return good | changes


@pytest.fixture
def good() -> Dict:
    """A small report that is right."""
    unknown = {"value": None, "interval": None, "noise_floor": None, "corrected": None}
    scores = ("accuracy", "precision", "recall", "f1")
    keys = ["labels_raw", "labels_debiased", "network_raw", "network_debiased_labels", "cv14", "ddb"]
    rows: list[Dict] = [
        {"key": key, "letter": letter, "name": key, "split": "test", "n": 1200, "status": "ok", "why": None}
        | {"cv14": measure(), "cv18": measure(depth=3, intrinsic=["redshift"]), "against": None}
        | dict.fromkeys(scores)
        | {
            "scores": {
                "status": dict.fromkeys(scores, "not_applicable"),
                "why": None,
                "n": 0,
                "left_out": {},
                "confusion": None,
            }
        }
        for letter, key in zip("abcdef", keys, strict=True)
    ]
    few = measure(**unknown, status="insufficient_data", why="12 objects", left_out={"no alpha": 2})
    rows[2] |= {"cv14": few, "cv18": few, "accuracy": 0.9, "against": "label_raw"}
    rows[5] |= {"status": "degenerate", "why": "one class only", "accuracy_vs_truth": 0.94}
    theta = {"value": 9.05, "interval": [8.6, 9.5], "status": "ok", "method": "cv14", "law": "exponential"}
    point = {"alpha": 6.0, "alpha_low": 4.0, "alpha_high": 7.0, "n": 0, "disk": 0}
    versions = dict.fromkeys(("python", "truemorph", "keras", "tensorflow", "numpy"), "1.0")
    told = {
        "measure": "cv14",
        "before": 0.31,
        "after": 0.31,
        "floor": 0.04,
        "worries": [],
        "lines": ["First.", "Second."],
    }
    return {
        "verdict": told | {"change": {"value": 0.0, "interval": [-0.01, 0.01]}, "lines": ["First.", "Second."]},
        "rows": rows,
        "theta": theta | {"source": "CV14.", "why": None, "n": 9000, "cv14": None, "fractions": None},
        "curves": [{"key": "ddb", "bins": [point | dict.fromkeys(("fraction", "low", "high"))]}],
        "slices": [{"column": "redshift", "parts": [{"low": 0.1, "high": 0.2, "n": 30, "curves": []}]}],
        "agreement": [{"key": "ddb", "against": "labels_raw", "n": 3, "confusion": [[1, 1], [0, 1]]}],
        "calibration": [{"key": "ddb", "against": "label_raw", "bins": []}],
        "profile": None,
        "gallery": None,
        "training": [{"id": "naive", "name": "n", "status": "ok", "why": None, "history": {"loss": [0.5, None]}}],
        "rejects": {
            "rows_in": 13,
            "kept": {"train": 9, "eval": 1, "test": 1},
            "total": 2,
            "reasons": {"no image": 2},
        },
        "published": {"label": "published", "source": "a paper", "rows": {"ddb": {"cv14": 0.3}}},
        "notes": [],
        "provenance": {"data": {"content_hash": "ab"}, "versions": versions},
    }


def test_the_schema_is_a_schema(schema: Dict) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)


def test_a_good_report_is_taken(schema: Dict, good: Dict) -> None:
    jsonschema.validate(good, schema)


def row(i: int, **changes: Any) -> Change:
    return lambda report: report["rows"][i].update(changes)


def bias(**changes: Any) -> Change:
    return lambda report: report["rows"][0]["cv14"].update(changes)


BROKEN: dict[str, Change] = {
    "a row is missing": lambda r: r["rows"].pop(),
    "a row too many": lambda r: r["rows"].append(r["rows"][0]),
    "rows out of order": lambda r: r["rows"].reverse(),
    "a key that no row has": row(0, key="labels"),
    "another split": row(0, split="eval"),
    "an unknown status": row(0, status="fine", why="x"),
    "no reason for a status": row(5, why=None),
    "a reason for nothing": row(0, why="no reason"),
    "a score above one": row(2, accuracy=1.2),
    "a score as a word": row(2, accuracy="not_run"),
    "a field that nobody knows": row(2, acuracy=0.9),
    "a negative count": row(2, n=-1),
    "a value though data are insufficient": bias(status="insufficient_data", why="few"),
    "no value though ok": bias(value=None),
    "an unknown without a reason": bias(value=None, interval=None, status="not_run", why=None),
    "an interval of one end": bias(interval=[0.2]),
    "a bias above one": bias(value=1.3),
    "a reference that does not exist": bias(reference="middle"),
    "no bins": lambda r: r["rows"][0]["cv14"].pop("bins"),
    "no noise floor": lambda r: r["rows"][0]["cv18"].pop("noise_floor"),
    "a theta of zero": lambda r: r["theta"].update(value=0),
    "no status of theta": lambda r: r["theta"].pop("status"),
    "a fraction above one": lambda r: r["curves"][0]["bins"][0].update(fraction=1.5),
    "rejected for a reason that never occurs": lambda r: r["rejects"]["reasons"].update(x=0),
    "no versions": lambda r: r["provenance"].pop("versions"),
    "a loss as text": lambda r: r["training"][0]["history"].update(loss=["nan"]),
    **{f"no {key}": (lambda r, key=key: r.pop(key)) for key in ("rows", "theta", "curves", "rejects", "provenance")},
}


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_report_is_refused(schema: Dict, good: Dict, change: Change) -> None:
    broken = copy.deepcopy(good)
    change(broken)
    assert broken != good
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, schema)
