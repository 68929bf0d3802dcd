"""The report's JSON schema takes good reports and names what is wrong with bad ones."""

import copy
import json
from collections.abc import Callable
from importlib import resources
from typing import Any

import jsonschema
import pytest
from reports import good_report

Dict = dict[str, Any]
Change = Callable[[Dict], Any]


@pytest.fixture(scope="module")
def schema() -> Dict:
    found: Dict = json.loads((resources.files("truemorph.schemas") / "report.schema.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture
def good() -> Dict:
    return good_report()


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
