"""Blessing: whether a model may be served, judged by the bounds of intervals, not by the values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scipy import stats

from truemorph.components.artifacts.bias_law import BiasLaw
from truemorph.components.artifacts.model_card import TrainedModel
from truemorph.components.artifacts.report import Report
from truemorph.components.methods import DDB, network

NAIVE, MEASURE = network("naive"), "cv18"
KNOWN = ("ok", "given")
"""Statuses of a law that can be believed."""


@dataclass(frozen=True)
class Blessing:
    """A judgement.

    Args:
        status: 'blessed', 'refused' or 'not_judged'.
        reason: one sentence for each thing that decided it.
    """

    status: str
    reason: str


def bless(
    model: TrainedModel,
    law: BiasLaw,
    report: Report,
    max_bias: float | None,
    min_accuracy: float | None = None,
    min_resolution_accuracy: float | None = None,
    max_share_drift: float | None = None,
) -> Blessing:
    """Judge a debiased model: its law is known, it is within the budget on the bias, less biased than the naive one,
    and accurate enough.

    Args:
        model: its model.json.
        law: the catalogue's law.
        report: what the Evaluator measured.
        max_bias: the budget: the largest CV18 bias of its predictions that is allowed, > 0, or None for no budget.
        min_accuracy: the floor: the smallest accuracy allowed against the labels seen, predicted through the law, in
            (0, 1); None for the share of the commoner label, what a model without any skill has.
        min_resolution_accuracy: the same for its accuracy at each rung of the resolution test; None for no floor.
        max_share_drift: how far its share of disks may be off at each rung; None for any.

    Returns:
        'refused' if the model is degenerate, the upper end of the interval of its CV18 bias is over the budget, the
        whole of it above the naive network's, or the lower end of the interval of its accuracy below the floor given,
        or an end of an interval of the resolution test beyond what is allowed;
        'not_judged' if there is no budget, the law or something else is not known, or too few galaxies leave the
        intervals so wide that they overlap the naive network's, or the share of the commoner label; else 'blessed'.
    """
    if model.status != "ok":
        return Blessing("refused", f"the model is {model.status}: {model.why}")
    rows = report.by_key()
    bias = _bias(rows, DDB.key)
    if bias["status"] == "degenerate":
        return Blessing("refused", f"its predictions are degenerate: {bias.get('why')}")
    accuracy = _accuracy(rows.get(DDB.key, {}), min_accuracy)
    resolution = _resolution(report, min_resolution_accuracy, max_share_drift)
    if max_bias is None:
        refused = [
            check for check in (*[accuracy] * (min_accuracy is not None), *resolution) if check.status == "refused"
        ]
        if refused:
            return Blessing("refused", "; ".join(check.reason for check in refused))
        return Blessing("not_judged", "no budget is set (evaluator.max_bias)")
    checks = [_law(model, law), _budget(bias, max_bias), _beats_naive(bias, _bias(rows, NAIVE.key)), accuracy]
    checks += resolution
    for status in ("refused", "not_judged"):
        decisive = [check.reason for check in checks if check.status == status]
        if decisive:
            return Blessing(status, "; ".join(decisive))
    return Blessing("blessed", "; ".join(check.reason for check in checks))


def _law(model: TrainedModel, law: BiasLaw) -> Blessing:
    """Whether the law that the model was trained through can be believed."""
    for of, told in (("catalogue", {"status": law.status, "why": law.why}), ("network", model.learnt)):
        if told and told["status"] not in KNOWN:
            return Blessing("not_judged", f"the law of the {of} is {_told(told)}")
    return Blessing("blessed", f"the law is {law.status}")


def _told(known: Mapping[str, Any]) -> str:
    """A status, and why it is not 'ok' where that is told."""
    return str(known["status"]) + (f" ({known['why']})" if known.get("why") else "")


def _bias(rows: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    return rows.get(key, {}).get(MEASURE) or {"status": "not_run", "why": f"the report has no row {key}"}


def _unknown(bias: Mapping[str, Any]) -> str | None:
    """Why the interval of a bias is not known, None where it is."""
    if bias["status"] == "ok" and bias.get("interval"):
        return None
    return _told(bias)


def _budget(bias: Mapping[str, Any], max_bias: float) -> Blessing:
    unknown = _unknown(bias)
    if unknown:
        return Blessing("not_judged", f"the CV18 bias of its predictions is {unknown}")
    upper = float(bias["interval"][1])
    measured = f"the CV18 bias of its predictions is at most {upper:.4f} (upper end of the interval)"
    if upper > max_bias:
        return Blessing("refused", f"{measured}, over the budget of {max_bias:g}")
    return Blessing("blessed", f"{measured}, within the budget of {max_bias:g}")


def _beats_naive(bias: Mapping[str, Any], naive: Mapping[str, Any]) -> Blessing:
    unknown = _unknown(naive) or _unknown(bias)
    if unknown:
        return Blessing("not_judged", f"it cannot be compared with the naive network, whose CV18 bias is {unknown}")
    (low, high), (naive_low, naive_high) = bias["interval"], naive["interval"]
    both = f"{low:.4f} to {high:.4f}, the naive network's {naive_low:.4f} to {naive_high:.4f}"
    if high < naive_low:
        return Blessing("blessed", f"it is less biased than the naive network: {both}")
    if low > naive_high:
        return Blessing("refused", f"it is more biased than the naive network: {both}")
    return Blessing("not_judged", f"it is not shown to be less biased than the naive network: {both} overlap")


def _accuracy(row: Mapping[str, Any], floor: float | None) -> Blessing:
    counts: list[list[int]] = (row.get("scores") or {}).get("confusion") or []
    n = sum(map(sum, counts))
    if not n:
        return Blessing("not_judged", "its accuracy against the labels seen is not known")
    low, high = stats.binomtest(sum(counts[k][k] for k in range(len(counts))), n).proportion_ci(0.95, method="wilson")
    skill = max(map(sum, counts)) / n
    wanted = skill if floor is None else floor
    name = f"the floor of {wanted:.4f}" + (", the share of the commoner label" if floor is None else "")
    measured = f"its accuracy against {n} labels seen is {low:.4f} to {high:.4f}"
    if low >= wanted:
        return Blessing("blessed", f"{measured}, not below {name}")
    if floor is not None or high < wanted:
        return Blessing("refused", f"{measured}, whose lower end is below {name}")
    return Blessing("not_judged", f"{measured}, which may be below {name}")


def _resolution(report: Report, floor: float | None, drift: float | None) -> list[Blessing]:
    """What is asked of the resolution test, at the rung where the model does worst."""
    test = report.resolution_test or {"rows": []}
    rungs: list[dict[str, Any]] = next((row["rungs"] for row in test["rows"] if row["key"] == DDB.key), [])
    known = [rung for rung in rungs if rung["status"] == "ok" and rung["alpha"] is not None]
    checks = []
    for wanted, what in ((floor, "accuracy"), (drift, "share of disks")):
        if wanted is not None and not known:
            why = test.get("why") or "no resolution test was made"
            checks.append(Blessing("not_judged", f"its {what} at lower resolution is not known: {why}"))
    if floor is not None and known:
        low, alpha = min((rung["accuracy_interval"][0], rung["alpha"]) for rung in known)
        measured = (
            f"its accuracy at lower resolution is at least {low:.4f} (at alpha {alpha:g}; lower end of the interval)"
        )
        checks.append(_within(low >= floor, measured, f"the floor of {floor:g}"))
    if drift is not None and known:
        most, alpha = max((max(map(abs, rung["share_drift_interval"])), rung["alpha"]) for rung in known)
        measured = f"its share of disks at lower resolution is off by at most {most:.4f} (at alpha {alpha:g})"
        checks.append(_within(most <= drift, measured, f"the {drift:g} allowed"))
    return checks


def _within(good: bool, measured: str, limit: str) -> Blessing:
    return Blessing("blessed" if good else "refused", f"{measured}, {'within' if good else 'beyond'} {limit}")
