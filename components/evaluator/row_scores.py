"""How well a row predicts the labels that it learnt from."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from truemorph.components.classes import called, columns_of
from truemorph.components.evaluator.galaxies import complete
from truemorph.components.evaluator.scores import SCORES, confusion, scores
from truemorph.components.examples.table import floats
from truemorph.components.laws import CLASS_NAMES, ConfusionLaw, FlipLaw
from truemorph.components.methods import Method

Rates = tuple[float, float]


def row_scores(
    row: Method,
    test: pd.DataFrame,
    law: FlipLaw | ConfusionLaw | None,
    rates: Rates,
    status: str,
    why: str | None,
    classes: Sequence[str] = CLASS_NAMES,
) -> dict[str, Any]:
    """Agreement with the label that the row was trained on; rows e and f predict it through the law, in the sample."""
    nothing: dict[str, Any] = dict.fromkeys(SCORES)
    if row.learns is None:
        return nothing | {"scores": _block("not_applicable", "the labels themselves", 0, {}, None)}
    share = np.stack([floats(test, column) for column in columns_of(row.column, classes)], axis=1)
    label = floats(test, row.learns)
    needed = {"prediction": share.sum(axis=1), row.learns: label} | ({"alpha": floats(test, "alpha")} if law else {})
    keep, left_out = complete(needed)
    if not keep.any():
        word = status if status in ("not_run", "not_identifiable") else "insufficient_data"
        return nothing | {"scores": _block(word, why or f"no test object has a {row.learns}", 0, left_out, None)}
    seen = share[keep]
    if isinstance(law, FlipLaw):
        seen = law.seen_disk(seen[:, 0], law.columns(test[keep]), rates)[:, None]
    elif law is not None:
        seen = law.seen(seen, law.columns(test[keep]))
    counts = confusion(called(seen), label[keep], len(classes))
    values = scores(counts)
    block = _block("ok", None, int(keep.sum()), left_out, counts.tolist())
    missing = [name for name, value in values.items() if value is None]
    if missing:
        block["status"] |= dict.fromkeys(missing, "undefined")
        block["why"] = f"{', '.join(missing)}: 0/0, because a class is never predicted or never occurs among the labels"
    return values | {"scores": block}


def _block(
    status: str, why: str | None, n: int, left_out: dict[str, int], counts: list[list[int]] | None
) -> dict[str, Any]:
    return {"status": dict.fromkeys(SCORES, status), "why": why, "n": n, "left_out": left_out, "confusion": counts}
