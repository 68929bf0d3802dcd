"""What the truth benchmark's rivals are taught by: degraded copies, and losses that are those of plain loops."""

from math import lgamma
from pathlib import Path

import numpy as np
import pandas as pd
import pytest


def test_rivals_are_what_they_say(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On blurred noise: copies at lower resolutions; losses that are those of plain loops."""
    monkeypatch.syspath_prepend(str(root / "tests" / "bench" / "truth"))
    from degraded import COPIES, degraded
    from heads import dirichlet_loss, generalized_loss, label_bias_loss, marginal_loss
    from sky import Sky

    rng = np.random.default_rng(2)
    pixels = rng.integers(0, 60, (40, 64, 64, 3)).astype(np.uint8)
    pixels[:, 24:40, 24:40] = 160
    table = pd.DataFrame({"alpha": np.linspace(5, 30, 40), "ng": 1.0})
    made, label = degraded(Sky(pixels, table, np.zeros(40, np.int64)), np.arange(40.0), seed=1)
    good = np.flatnonzero(table["alpha"] > 18)
    assert len(made) == len(good) * (COPIES + 1) and set(label) == set(good)
    assert (made.table["alpha"].to_numpy() <= table["alpha"].to_numpy()[label.astype(int)]).all()
    same = made.pixels[:: COPIES + 1].astype(float) - pixels[good]
    assert np.abs(same).max() <= 1
    worst = made.table["alpha"].to_numpy().argmin()
    assert np.abs(np.diff(made.pixels[worst].astype(float), axis=0)).mean() < np.abs(np.diff(pixels[0], axis=0)).mean()
    counts, a = np.array([[3.0, 7.0]]), np.array([[2.0, 5.0]])
    plain = lgamma(7) - lgamma(17) + sum(lgamma(c + x) - lgamma(x) for c, x in zip(counts[0], a[0], strict=True))
    assert float(dirichlet_loss(a.astype(np.float32), (counts.astype(np.float32),))[0]) == pytest.approx(-plain)
    p = np.float32([[0.8, 0.5], [0.8, 0.5]])
    seen = np.float32([1.0, 0.0])
    assert np.asarray(label_bias_loss(p, (seen,))) == pytest.approx([-np.log(0.4), -np.log(0.6)])
    logits = np.log(np.float32([[0.2, 0.8], [0.2, 0.8]]))
    assert np.asarray(generalized_loss(logits, (seen,))) == pytest.approx([2 - 2 * 0.8**0.5, 2 - 2 * 0.2**0.5])
    flip, (disk_kept, smooth_kept) = 0.5, (1.0, 0.55)
    known = np.float32([[-1e9, np.log(1 - flip)], [0.0, np.log(flip)]])
    kept = np.log(np.float32([[smooth_kept, flip * smooth_kept + (1 - flip) * disk_kept]] * 2))
    q = 0.8 * (1 - flip)
    whole = q * disk_kept + (1 - q) * smooth_kept
    assert np.asarray(marginal_loss(logits, (known, kept))) == pytest.approx(
        [-np.log(q / whole), -np.log((1 - q) / whole)]
    )
