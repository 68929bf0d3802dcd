"""Shares of votes of classes of your own: by counted votes as a plain loop has them, without these of labels."""

import numpy as np
import pandas as pd
from confused import LAW, NAMES, confused

from truemorph.components.bulk_inferrer.votes import class_shares

SAY = np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.1, 0.1, 0.8]])
"""Share of the volunteers that say each class, by the class that the image shows."""


def sky(n: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Galaxies with 40 votes each, and p(class | image) of a network that knows them."""
    table, rng = confused(n), np.random.default_rng(1)
    shown, true = (table[name].map(NAMES.index).to_numpy() for name in ("label", "truth"))
    counts = np.array([rng.multinomial(40, rng.dirichlet(30 * SAY[k])) for k in shown])
    for k, name in enumerate(NAMES):
        table[f"{name}_count"] = pd.Series(counts[:, k], dtype="Int64")
    table["split"] = np.where(np.arange(n) % 10 == 0, "test", "train")
    return table, 0.05 + 0.85 * np.eye(3)[true]


def test_counted_votes_are_shared_through_the_confusion() -> None:
    table, p = sky(3000)
    table.loc[:50, "disk_count"] = pd.NA  # a galaxy whose votes are not known teaches nothing
    found = class_shares(table, p, LAW)
    confusion = LAW.matrix(table["alpha"])
    for place in (0, 1, 17, 400):
        for a, name in enumerate(NAMES):
            seen = sum(p[place, k] * confusion[place, k, j] * SAY[j, a] for k in range(3) for j in range(3))
            best = sum(p[place, k] * SAY[k, a] for k in range(3))
            assert abs(found[f"p_votes_{name}"][place] - seen) < 0.04
            assert abs(found[f"p_votes_{name}_best"][place] - best) < 0.04


def test_labels_alone_give_shares_of_labels() -> None:
    table, p = sky(50)
    table["artifact_count"] = pd.NA
    for given in (table, table.drop(columns=[f"{name}_count" for name in NAMES])):
        found = class_shares(given, p, LAW)
        assert np.allclose(found["p_votes_smooth"], LAW.seen(p, table["alpha"])[:, 0])
        assert np.array_equal(found["p_votes_disk_best"], p[:, 1])
