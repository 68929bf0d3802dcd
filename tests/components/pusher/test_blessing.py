"""The judgement: degenerate, the budget, the naive network, the floor of accuracy, and what cannot be judged."""

import re
from dataclasses import replace
from typing import Any

import pytest

from truemorph.components.artifacts.bias_law import BiasLaw
from truemorph.components.artifacts.model_card import TrainedModel
from truemorph.components.artifacts.report import Report
from truemorph.components.pusher.blessing import bless

OK = TrainedModel(image_size=32, crop=0.5)
LAW = BiasLaw(law="exponential", theta=9.18, status="ok")
NAIVE = {"value": 0.4, "interval": [0.35, 0.45]}
GOOD = {"value": 0.2, "interval": [0.15, 0.25]}
LABELS = [[400, 50], [50, 300]]  # accuracy 0.875 (0.850, 0.896), the commoner label 0.5625


def report(cv18: Any = GOOD, naive: Any = NAIVE, labels: Any = LABELS) -> Report:
    ok = {"status": "ok", "why": None}
    scores = {"scores": {"confusion": labels}}
    return Report(rows=[{"key": "network_raw", "cv18": ok | naive}, {"key": "ddb", "cv18": ok | cv18} | scores])


@pytest.mark.parametrize(
    ("model", "cv18", "budget", "status", "reason"),
    [
        (OK, GOOD, 0.3, "blessed", "at most 0.2500 .* within the budget of 0.3"),
        (OK, GOOD, 0.25, "blessed", "within the budget of 0.25"),
        (OK, GOOD, 0.22, "refused", "at most 0.2500 .* over the budget of 0.22"),
        (OK, GOOD, None, "not_judged", "no budget is set"),
        (OK, {"value": 0.2, "interval": None}, 0.5, "not_judged", "CV18 bias of its predictions is ok"),
        (
            OK,
            {"value": None, "interval": None, "status": "insufficient_data", "why": "10 objects"},
            0.5,
            "not_judged",
            r"insufficient_data \(10 objects\)",
        ),
        (
            replace(OK, status="degenerate", why="one class only"),
            {"value": 0.0, "interval": [0, 0]},
            0.5,
            "refused",
            "the model is degenerate: one class only",
        ),
        (OK, {"value": None, "status": "degenerate", "why": "all disk"}, None, "refused", "degenerate: all disk"),
    ],
)
def test_the_budget(model: Any, cv18: Any, budget: float | None, status: str, reason: str) -> None:
    blessing = bless(model, LAW, report(cv18), budget)
    assert blessing.status == status
    assert re.search(reason, blessing.reason)


@pytest.mark.parametrize(
    ("law", "learnt", "status", "reason"),
    [
        (replace(LAW, status="given"), None, "blessed", "the law is given"),
        (
            replace(LAW, status="misfit", why="labels and law differ"),
            None,
            "not_judged",
            r"the law of the catalogue is misfit \(labels and law differ\)",
        ),
        (replace(LAW, status="not_identifiable"), None, "not_judged", "the law of the catalogue is not_identifiable"),
        (LAW, {"status": "ok", "why": None}, "blessed", "the law is ok"),
        (
            LAW,
            {"status": "not_identifiable", "why": "drifts"},
            "not_judged",
            r"network is not_identifiable \(dr",
        ),
    ],
)
def test_the_law(law: BiasLaw, learnt: Any, status: str, reason: str) -> None:
    blessing = bless(replace(OK, learnt=learnt), law, report(), 0.3)
    assert blessing.status == status
    assert re.search(reason, blessing.reason)


@pytest.mark.parametrize(
    ("naive", "status", "reason"),
    [
        ({"interval": [0.26, 0.45]}, "blessed", "less biased than the naive network: 0.1500 to 0.2500, .* 0.2600 to"),
        ({"interval": [0.25, 0.45]}, "not_judged", "not shown to be less biased than the naive network: .* overlap"),
        ({"interval": [0.05, 0.16]}, "not_judged", "not shown to be less biased"),
        ({"interval": [0.05, 0.14]}, "refused", "more biased than the naive network"),
        ({"interval": None, "status": "not_run", "why": "not trained"}, "not_judged", r"is not_run \(not trained\)"),
    ],
)
def test_the_naive_network(naive: Any, status: str, reason: str) -> None:
    blessing = bless(OK, LAW, report(naive=naive), 0.9)
    assert blessing.status == status
    assert re.search(reason, blessing.reason)


@pytest.mark.parametrize(
    ("labels", "floor", "status", "reason"),
    [
        (LABELS, 0.84, "blessed", "against 800 labels seen is 0.8503 to 0.8961, not below the floor of 0.8400"),
        (LABELS, 0.87, "refused", "whose lower end is below the floor of 0.8700"),
        (LABELS, 0.95, "refused", "below the floor of 0.9500"),
        (LABELS, None, "blessed", "not below the floor of 0.5625, the share of the commoner label"),
        ([[200, 200], [200, 200]], None, "not_judged", "may be below the floor of 0.5000, the share of the commoner"),
        ([[100, 500], [100, 100]], None, "refused", "below the floor of 0.7500, the share of the commoner label"),
        (None, 0.5, "not_judged", "its accuracy against the labels seen is not known"),
        ([[0, 0], [0, 0]], 0.5, "not_judged", "its accuracy against the labels seen is not known"),
    ],
)
def test_the_floor(labels: Any, floor: float | None, status: str, reason: str) -> None:
    blessing = bless(OK, LAW, report(labels=labels), 0.9, floor)
    assert blessing.status == status
    assert reason in blessing.reason


def test_a_floor_without_a_budget() -> None:
    assert bless(OK, LAW, report(), None, 0.95).status == "refused"
    assert bless(OK, LAW, report(), None, 0.5).status == "not_judged"
    assert bless(OK, LAW, report(labels=[[100, 500], [100, 100]]), None).status == "not_judged"


def test_a_refusal_outweighs_what_is_not_known_and_all_reasons_are_told() -> None:
    blessing = bless(OK, LAW, report(naive={"interval": None, "status": "not_run"}), 0.2, 0.9)
    assert blessing.status == "refused"
    assert "over the budget" in blessing.reason and "below the floor" in blessing.reason


def test_a_report_without_the_rows_is_not_judged() -> None:
    blessing = bless(OK, LAW, Report(rows=[]), 0.5)
    assert (blessing.status, "no row ddb" in blessing.reason) == ("not_judged", True)


def rungs(accuracy: float, drift: float) -> dict[str, Any]:
    """A resolution test whose intervals are 0.02 wide to either side; the lowest rung is as told, the other better."""
    found = []
    for alpha, right, off in ((13.0, 0.97, 0.0), (6.0, accuracy, drift)):
        ends = {"accuracy_interval": [right - 0.02, right + 0.02], "share_drift_interval": [off - 0.02, off + 0.02]}
        found.append({"alpha": alpha, "n": 200, "status": "ok", **ends})
    return {"status": "ok", "why": None, "rows": [{"key": "ddb", "rungs": found}]}


@pytest.mark.parametrize(
    ("test", "status", "reason"),
    [
        (rungs(0.95, 0.01), "not_judged", "no budget is set"),
        (rungs(0.91, 0.01), "refused", r"at least 0.8900 \(at alpha 6; .*\), beyond the floor of 0.9"),
        (rungs(0.95, -0.04), "refused", r"off by at most 0.0600 \(at alpha 6\), beyond the 0.05 allowed"),
        (None, "not_judged", "no budget is set"),
    ],
)
def test_the_resolution_test_refuses(test: Any, status: str, reason: str) -> None:
    limits = {"min_resolution_accuracy": 0.9, "max_share_drift": 0.05}
    found = bless(OK, LAW, Report(rows=[], resolution_test=test), None, **limits)
    assert found.status == status and re.search(reason, found.reason)


def test_without_a_resolution_test_a_limit_on_it_is_not_judged() -> None:
    limits = {"min_resolution_accuracy": 0.9, "max_share_drift": 0.05}
    found = bless(OK, LAW, Report(rows=[]), 0.3, **limits)
    assert "its accuracy at lower resolution is not known: no resolution test was made" in found.reason
