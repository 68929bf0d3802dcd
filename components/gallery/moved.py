"""Which galaxies changed class, and how sure the network is of it."""

from typing import Any

import numpy as np
import pandas as pd

from truemorph.components.artifacts.predictions import VOTES_DEBIASED
from truemorph.components.classes import in_words
from truemorph.components.examples.table import floats
from truemorph.components.laws import CLASS_NAMES, DISK
from truemorph.components.methods import network

SPLIT = "test"


def moved(table: pd.DataFrame) -> pd.DataFrame:
    """The test galaxies to which the debiased network gives another class than their raw label, surest first.

    Formula: class = disk where p(disk | x) > 0.5; confidence = p(class | x).

    Args:
        table: examples joined with predictions; columns objid, split, alpha, label_raw, p_disk, and where known
            label_debiased, p_disk_naive, p_disk_posterior, petroRad_r.

    Returns:
        One row a galaxy: objid, alpha, before and after (class names), label_votes_debiased (class name or None),
        p_before, p_after, p_posterior (p(disk), NaN where not known), confidence (0.5 to 1), petroRad_r (arcsec).

    Example:
        >>> table = pd.DataFrame({"objid": ["1", "2"], "split": "test", "alpha": [4.0, 9.0]})
        >>> moved(table.assign(label_raw=[0, 1], p_disk=[0.9, 0.8]))[["objid", "before", "after"]].values.tolist()
        [['1', 'smooth', 'disk']]
    """
    test = table[table["split"] == SPLIT]
    p_disk = floats(test, "p_disk")
    raw = floats(test, "label_raw")
    after = np.where(p_disk > 0.5, DISK, 1 - DISK)
    changed = np.isfinite(p_disk) & np.isfinite(raw) & (after != raw)
    found = pd.DataFrame(
        {
            "objid": test["objid"].astype(str).to_numpy(),
            "alpha": floats(test, "alpha"),
            "before": in_words(raw, CLASS_NAMES),
            "after": in_words(after.astype(np.float64), CLASS_NAMES),
            VOTES_DEBIASED: in_words(floats(test, "label_debiased"), CLASS_NAMES),
            "p_before": floats(test, network("naive").column),
            "p_after": p_disk,
            "p_posterior": floats(test, "p_disk_posterior"),
            "confidence": np.where(after == DISK, p_disk, 1.0 - p_disk),
            "petroRad_r": floats(test, "petroRad_r"),
        }
    )[changed]
    return found.sort_values(["confidence", "objid"], ascending=[False, True], kind="stable", ignore_index=True)


def summary(table: pd.DataFrame, found: pd.DataFrame, shown: int) -> dict[str, Any]:
    """What the report says of the gallery: galaxies judged, how many moved and whither, how many are shown."""
    test = table[table["split"] == SPLIT]
    judged = np.isfinite(floats(test, "p_disk")) & np.isfinite(floats(test, "label_raw"))
    to_disk = int((found["after"] == CLASS_NAMES[DISK]).sum())
    return {
        "file": "gallery.html",
        "n": int(judged.sum()),
        "moved": len(found),
        "to_disk": to_disk,
        "to_smooth": len(found) - to_disk,
        "shown": shown,
    }
