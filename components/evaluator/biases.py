"""CV14 and CV18 bias of a row, as report.json holds them: a number with its interval, or a status."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from truemorph.components.evaluator.galaxies import Floats, complete
from truemorph.components.measures.cv14 import cv14_bias
from truemorph.components.measures.cv18 import cv18_bias

REFERENCE = "last"
CV14_BINS, CV18_BINS, CV18_DEPTH = 10, 8, 3
MIN_PER_CELL = 10


def row_bias(
    labels: Floats,
    alpha: Floats,
    intrinsic: Mapping[str, Floats],
    bins: int,
    depth: int | None,
    reference: str = REFERENCE,
) -> dict[str, Any]:
    """The bias of a row's classes among the galaxies of which all is known.

    Args:
        labels: (N,) classes, NaN where not known.
        alpha: (N,) resolution.
        intrinsic: (N,) each, by name; CV18 splits by them.
        bins: bins of alpha.
        depth: splits of the intrinsic columns; None: CV14.
        reference: 'last', 'first' or 'overall'.
    """
    keep, left_out = complete({"label": labels, "alpha": alpha, **intrinsic})
    found = unknown(int(keep.sum()), list(intrinsic), bins, depth, reference) | {"left_out": left_out}
    cells = bins * 2 ** (depth or 0)
    few = "insufficient_data"
    if depth is not None and not intrinsic:
        return found | {"status": few, "why": "no intrinsic column is known for enough objects"}
    if found["n"] < MIN_PER_CELL * cells:
        needed = f"{MIN_PER_CELL} per cell, {MIN_PER_CELL * cells} in all, are needed"
        return found | {"status": few, "why": f"{found['n']} objects for {cells} cells; {needed}"}
    classes = labels[keep].astype(int)
    if depth is None:
        result = cv14_bias(classes, alpha[keep], bins=bins, reference=reference)
    else:
        beta = np.stack([values[keep] for values in intrinsic.values()], axis=1)
        result = cv18_bias(classes, alpha[keep], beta, bins=bins, depth=depth, reference=reference)
    if result.status != "ok":
        return found | {"status": result.status, "why": result.why}
    measured = result.as_dict()
    return found | {name: measured[name] for name in ("value", "interval", "noise_floor", "corrected")}


def unknown(n: int, intrinsic: list[str], bins: int, depth: int | None, reference: str = REFERENCE) -> dict[str, Any]:
    """What report.json holds of a bias, but for its numbers."""
    numbers: dict[str, Any] = dict.fromkeys(("value", "interval", "noise_floor", "corrected"))
    design = {"n": n, "bins": bins, "depth": depth, "reference": reference, "intrinsic": intrinsic}
    return numbers | design | {"status": "ok", "why": None, "left_out": {}}
