"""The verdict of a report: the bias before and after, and what to worry about, in two sentences."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from truemorph.components.evaluator.biases import REFERENCE
from truemorph.components.evaluator.galaxies import Floats, complete
from truemorph.components.measures.paired import paired_difference
from truemorph.components.methods import DDB

BEFORE, AFTER = "labels_raw", DDB.key
NAMES = {"cv18": "CV18", "cv14": "CV14"}
Row = Mapping[str, Any]


def verdict(
    rows: Sequence[Row],
    theta: Mapping[str, Any],
    labels: Mapping[str, Floats],
    columns: Mapping[str, Floats],
    cards: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """What a reader should know first.

    Args:
        rows: as `rows.measure` returns them.
        theta: the contents of bias_law.json.
        labels: each row's classes on the test split.
        columns: alpha and the intrinsic columns of the test split, alpha first.
        cards: the contents of model.json of each network that was trained.

    Returns:
        {"measure", "before", "after", "floor", "change", "worries", "lines"}: the measure is CV18 where both rows have
        it, else CV14, else None and nothing is known; change is {"value", "interval"} of the difference on the same
        galaxies; worries are sentences, the worst first; lines are the two sentences to print.
    """
    before, after = (next(row for row in rows if row["key"] == key) for key in (BEFORE, AFTER))
    measure = next((m for m in NAMES if before[m]["status"] == after[m]["status"] == "ok"), None)
    worries = [*_worries(before, after, measure, theta), *_doubts(cards)]
    found: dict[str, Any] = {"measure": measure, "before": None, "after": None, "floor": None, "change": None}
    line = f"How much the bias changed is not known: {before['cv14']['why'] or after['cv14']['why'] or 'no row f'}."
    if measure:
        values = {"before": before[measure], "after": after[measure]}
        found |= {name: one["value"] for name, one in values.items()} | {"floor": after[measure]["noise_floor"]}
        found["change"] = _change(after[measure], labels, columns)
        line = (
            f"{NAMES[measure]} bias: {found['before']:.3f} in the raw labels, {found['after']:.3f} in those of the "
            f"debiased network, {_in_words(found['change'])}; labels without any bias would show {found['floor']:.3f}."
        )
    second = f"Worry about this: {'; '.join(worries[:2])}." if worries else "Nothing here looks wrong."
    return found | {"worries": worries, "lines": [line, second]}


def _change(design: Mapping[str, Any], labels: Mapping[str, Floats], columns: Mapping[str, Floats]) -> dict[str, Any]:
    """The difference of the two biases, counted in the same cells."""
    names = ["alpha", *design["intrinsic"]]
    needed = {BEFORE: labels[BEFORE], AFTER: labels[AFTER]} | {name: columns[name] for name in names}
    keep, _ = complete(needed)
    before, after, alpha, *intrinsic = (values[keep] for values in needed.values())
    beta = np.stack(intrinsic, axis=1) if design["depth"] is not None else None
    depth = design["depth"] or 0
    result = paired_difference(
        after.astype(int), before.astype(int), alpha, beta, bins=design["bins"], depth=depth, reference=REFERENCE
    )
    return {"value": result.value, "interval": None if result.interval is None else list(result.interval)}


def _in_words(change: Mapping[str, Any]) -> str:
    if change["value"] is None or change["interval"] is None:
        return "a change whose interval is not known"
    low, high = change["interval"]
    if low > 0 or high < 0:
        least, most = sorted((abs(low), abs(high)))
        return f"{'more' if low > 0 else 'less'} by {abs(change['value']):.3f} [{least:.3f}, {most:.3f}]"
    return f"no change beyond chance [{low:.3f}, {high:.3f}]"


def _doubts(cards: Sequence[Mapping[str, Any]]) -> list[str]:
    """What the trainings themselves say: sentences without a full stop."""
    found = []
    for card in cards:
        if shift := card.get("augmentation_shift"):
            most = max((shift, *shift["by_alpha"]), key=lambda part: abs(part["p_disk"]))
            at = f" at α about {most['alpha']:.0f}" if "alpha" in most else ""
            found.append(
                f"the network '{card.get('name')}' answers differently when images are shown as in use, "
                "not as in training: "
                f"p(disk) {most['p_disk']:+.3f}{at} on galaxies held back"
            )
        if card.get("not_converged"):
            found.append(f"the network '{card.get('name')}' was not trained to the end: {card['not_converged']}")
    return found


def _worries(before: Row, after: Row, measure: str | None, theta: Mapping[str, Any]) -> list[str]:
    """Sentences without a full stop, the worst first."""
    found = []
    if after["status"] != "ok":
        found.append(f"the debiased network is {after['status']} ({after['why']})")
    status = theta.get("status")
    if status not in ("ok", "given"):
        value = "no θ is known" if theta.get("theta") is None else f"θ = {theta['theta']:.3g} cannot be relied on"
        found.append(f"{value}: the law is {status}" + (f" ({theta['why']})" if theta.get("why") else ""))
    if measure is None and after["status"] == "ok":
        found.append("the test split says nothing about the bias; give more galaxies, or fewer evaluator.bins")
    if measure == "cv14":
        found.append("only CV14 is known, which also contains real changes of shape with size or distance")
    if measure and before[measure]["interval"] and before[measure]["interval"][0] == 0:
        found.append("the raw labels show no bias that stands out from noise")
    if measure and after[measure]["interval"] and after[measure]["interval"][0] > 0:
        least = after[measure]["interval"][0]
        found.append(f"bias remains after the correction, {NAMES[measure]} {least:.3f} or more")
    return found
