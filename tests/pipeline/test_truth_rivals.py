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


def test_learning_goes_through_the_law(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the start p(disk) is 0.5, and half of those recognised are seen as disks; theta and its prior are there."""
    monkeypatch.syspath_prepend(str(root / "tests" / "bench" / "truth"))
    from heads import learning, seen_loss, strided

    from truemorph.components.laws import ExponentialLaw

    law, images = ExponentialLaw(9.0), np.zeros((2, 64, 64, 3), np.float32)
    model = learning(1, law, {"theta": np.array(0.1)}, galaxies=100, rates=(1.0, 1.0))
    features, seen, p = model([images, np.float32([[5.0], [20.0]])])
    disk = 0.5 * (1 - law.flip_probability(np.array([5.0, 20.0])))
    assert np.exp(np.asarray(seen))[:, 1] == pytest.approx(disk, rel=1e-5)
    assert np.asarray(p) == pytest.approx(0.5)
    assert np.asarray(seen_loss(seen, (np.float32([1, 0]),))) == pytest.approx(
        -np.log([disk[0], 1 - disk[1]]), rel=1e-5
    )
    model.get_layer("debiasing").raw["theta"].assign(np.log(9.0) + 0.2)
    model([images, np.ones((2, 1), np.float32)])
    assert float(model.losses[0]) == pytest.approx(0.5 * 2**2 / 100, rel=1e-4)
    assert features.shape[1] == strided(1).outputs[0].shape[1] == 128


def test_turned_by_any_angle(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As SciPy reads it between the pixels, mirrored or not."""
    jax = pytest.importorskip("jax", reason="needs the extra test-all")
    from scipy.ndimage import map_coordinates

    monkeypatch.syspath_prepend(str(root / "tests" / "bench" / "truth"))
    from jax_training import any_angle

    images, key = np.random.default_rng(0).integers(0, 255, (6, 64, 64, 3)).astype(np.uint8), jax.random.PRNGKey(3)
    mirror, angle = jax.random.split(key)
    angles = 2 * np.pi * np.asarray(jax.random.uniform(angle, (6,)))
    mirrored = np.asarray(jax.random.randint(mirror, (6,), 0, 2))
    y, x = np.mgrid[:64, :64] - 31.5
    for image, a, flip, found in zip(images, angles, mirrored, np.asarray(any_angle(images, key)), strict=True):
        at = [np.sin(a) * x + np.cos(a) * y + 31.5, np.cos(a) * x - np.sin(a) * y + 31.5]
        colour = image[:, ::-1, 1] if flip else image[:, :, 1]
        inside = (np.minimum(*at) > 0.01) & (np.maximum(*at) < 62.99)
        assert found[inside, 1] == pytest.approx(map_coordinates(colour.astype(float), at, order=1)[inside], abs=0.05)
    assert set(mirrored) == {0, 1}
