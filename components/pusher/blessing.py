"""Blessing: whether a model may be served, judged by the bound of its bias, not by the value."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ROW, MEASURE = "ddb", "cv18"


@dataclass(frozen=True)
class Blessing:
    """A judgement.

    Args:
        status: 'blessed', 'refused' or 'not_judged'.
        reason: one sentence.
    """

    status: str
    reason: str


def bless(model: Mapping[str, Any], report: Mapping[str, Any], max_bias: float | None) -> Blessing:
    """Judge a debiased model.

    Args:
        model: content of its model.json.
        report: content of report.json.
        max_bias: the budget: the largest CV18 bias of its predictions that is allowed, > 0, or None for no budget.

    Returns:
        'refused' if the model is degenerate or the upper end of the interval of its CV18 bias is over the budget;
        'not_judged' if there is no budget, or the bias is not known well enough; else 'blessed'.
    """
    if model["status"] != "ok":
        return Blessing("refused", f"the model is {model['status']}: {model['why']}")
    row = next((row for row in report["rows"] if row["key"] == ROW), None)
    bias = (row or {}).get(MEASURE) or {"status": "not_run", "why": f"the report has no row {ROW}"}
    if bias["status"] == "degenerate":
        return Blessing("refused", f"its predictions are degenerate: {bias.get('why')}")
    if max_bias is None:
        return Blessing("not_judged", "no budget is set (evaluator.max_bias)")
    if bias["status"] != "ok" or not bias.get("interval"):
        why = f" ({bias['why']})" if bias.get("why") else ""
        return Blessing("not_judged", f"the CV18 bias of its predictions is {bias['status']}{why}")
    upper = float(bias["interval"][1])
    measured = f"the CV18 bias of its predictions is at most {upper:.4f} (upper end of the interval)"
    if upper > max_bias:
        return Blessing("refused", f"{measured}, over the budget of {max_bias:g}")
    return Blessing("blessed", f"{measured}, within the budget of {max_bias:g}")
