"""Galaxies of three classes whose labels are wrong where they are badly resolved."""

import numpy as np
import pandas as pd

from truemorph.components.laws import ConfusionLaw, Observable

NAMES = ("smooth", "disk", "artifact")
LAW = ConfusionLaw(
    NAMES,
    (Observable("alpha"),),
    ((None, None, None), (5.0, None, None), (1.0, 0.5, None)),
    (((0.0,), (0.0,), (0.0,)), ((2.5,), (0.0,), (0.0,)), ((1.0,), (1.0,), (0.0,))),
)


def confused(n: int, seed: int = 0) -> pd.DataFrame:
    """A table of objid, alpha, truth and label, the latter two in words."""
    rng = np.random.default_rng(seed)
    true, alpha = rng.choice(3, n, p=(0.4, 0.4, 0.2)), np.exp(rng.normal(2.2, 0.6, n))
    below = np.cumsum(LAW.matrix(alpha)[np.arange(n), true], axis=1)
    seen = np.minimum((rng.random(n)[:, None] > below).sum(axis=1), 2)
    names = np.array(NAMES)
    ids = [f"g{i:05d}" for i in range(n)]
    return pd.DataFrame({"objid": ids, "alpha": alpha, "truth": names[true], "label": names[seen]})
