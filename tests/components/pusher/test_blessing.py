"""The judgement: degenerate, over the budget, within it, and what cannot be judged."""

import re
from typing import Any

import pytest

from truemorph.components.pusher.blessing import bless

OK = {"status": "ok", "why": None}


def report(**cv18: Any) -> dict[str, Any]:
    return {"rows": [{"key": "network_raw", "cv18": {}}, {"key": "ddb", "cv18": {"status": "ok", "why": None} | cv18}]}


@pytest.mark.parametrize(
    ("model", "cv18", "budget", "status", "reason"),
    [
        (OK, {"value": 0.2, "interval": [0.15, 0.25]}, 0.3, "blessed", "at most 0.2500 .* within the budget of 0.3"),
        (OK, {"value": 0.2, "interval": [0.15, 0.25]}, 0.25, "blessed", "within the budget of 0.25"),
        (OK, {"value": 0.2, "interval": [0.15, 0.25]}, 0.22, "refused", "at most 0.2500 .* over the budget of 0.22"),
        (OK, {"value": 0.2, "interval": [0.15, 0.25]}, None, "not_judged", "no budget is set"),
        (OK, {"value": 0.2, "interval": None}, 0.5, "not_judged", "CV18 bias of its predictions is ok"),
        (
            OK,
            {"value": None, "interval": None, "status": "insufficient_data", "why": "10 objects"},
            0.5,
            "not_judged",
            r"insufficient_data \(10 objects\)",
        ),
        (
            {"status": "degenerate", "why": "one class only"},
            {"value": 0.0, "interval": [0, 0]},
            0.5,
            "refused",
            "the model is degenerate: one class only",
        ),
        (OK, {"value": None, "status": "degenerate", "why": "all disk"}, None, "refused", "degenerate: all disk"),
    ],
)
def test_bless(model: Any, cv18: Any, budget: float | None, status: str, reason: str) -> None:
    blessing = bless(model, report(**cv18), budget)
    assert blessing.status == status
    assert re.search(reason, blessing.reason)


def test_a_report_without_the_row_is_not_judged() -> None:
    blessing = bless(OK, {"rows": []}, 0.5)
    assert (blessing.status, "no row ddb" in blessing.reason) == ("not_judged", True)
