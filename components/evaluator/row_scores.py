"""How well a row predicts the labels that it learnt from."""

from typing import Any

import pandas as pd

from truemorph.components.evaluator.galaxies import complete, floats
from truemorph.components.evaluator.scores import SCORES, confusion, scores
from truemorph.components.laws import FlipLaw
from truemorph.components.methods import Method

Rates = tuple[float, float]


def row_scores(
    row: Method, test: pd.DataFrame, law: FlipLaw | None, rates: Rates, status: str, why: str | None
) -> dict[str, Any]:
    """Agreement with the label that the row was trained on; rows e and f predict it through the law, in the sample."""
    nothing: dict[str, Any] = dict.fromkeys(SCORES)
    if row.learns is None:
        return nothing | {"scores": _block("not_applicable", "the labels themselves", 0, {}, None)}
    share, label = floats(test, row.column), floats(test, row.learns)
    needed = {"prediction": share, row.learns: label} | ({"alpha": floats(test, "alpha")} if law else {})
    keep, left_out = complete(needed)
    if not keep.any():
        word = status if status in ("not_run", "not_identifiable") else "insufficient_data"
        return nothing | {"scores": _block(word, why or f"no test object has a {row.learns}", 0, left_out, None)}
    seen = law.seen_disk(share[keep], law.columns(test[keep]), rates) if law else share[keep]
    counts = confusion(seen > 0.5, label[keep])
    values = scores(counts)
    block = _block("ok", None, int(keep.sum()), left_out, counts.tolist())
    missing = [name for name, value in values.items() if value is None]
    if missing:
        block["status"] |= dict.fromkeys(missing, "undefined")
        block["why"] = f"{', '.join(missing)}: 0/0, for a class is neither predicted nor a label as the ratio needs"
    return values | {"scores": block}


def _block(
    status: str, why: str | None, n: int, left_out: dict[str, int], counts: list[list[int]] | None
) -> dict[str, Any]:
    return {"status": dict.fromkeys(SCORES, status), "why": why, "n": n, "left_out": left_out, "confusion": counts}
