"""The resolution test: a network that looks at blur fails it, one that looks at shape does not."""

import numpy as np
import pytest

from truemorph.components.evaluator.ladder import climb, noise_at, trusted
from truemorph.components.images.degrade import degrade, noise_seen


def sky(count: int = 120) -> tuple[np.ndarray, np.ndarray]:
    """Pictures of edge-on disks and of round galaxies, on a sky with noise."""
    rng = np.random.default_rng(0)
    disk = np.arange(count) % 2 == 0
    y, x = np.mgrid[:48, :48] - 23.5
    short = np.where(disk, 2.0, 5.0)[:, None, None]
    images = 40 + 180 * np.exp(-(x**2) / 72 - y**2 / (2 * short**2)) + rng.normal(0, 3, (count, 48, 48))
    return np.repeat(images[..., None], 3, axis=3), disk


def elongated(images: np.ndarray) -> np.ndarray:
    """p(disk) by shape: bright columns against bright rows."""
    light = np.maximum(images[..., 0] - 60, 0)
    rows, columns = (np.sqrt((light.sum(axis=axis) * (np.arange(48) - 23.5) ** 2).sum(axis=1)) for axis in (2, 1))
    return (rows < 0.75 * columns).astype(float)


def sharp(images: np.ndarray) -> np.ndarray:
    """p(disk) by sharpness, which a lower resolution takes away."""
    return (np.abs(np.diff(images[:, :, 20:28, 0].mean(axis=2), axis=1)).max(axis=1) > 35).astype(float)


def test_a_network_that_looks_at_sharpness_loses_its_disks_on_the_way_down() -> None:
    """Given two networks that are right on what is seen well, only one is right at every rung."""
    images, disk = sky()
    given = (images, np.full(120, 30.0), disk, np.full(120, 1.0))
    found = climb({"shape": elongated, "sharpness": sharp}, *given, rungs=(20.0, 15.0, 10.0))
    by_shape, by_sharpness = found["shape"], found["sharpness"]
    assert by_shape[0]["accuracy"] == by_sharpness[0]["accuracy"] == 1.0
    assert [rung["alpha"] for rung in by_shape] == [None, 20.0, 15.0, 10.0]
    assert all(rung["accuracy"] > 0.95 and abs(rung["share_drift"]) < 0.05 for rung in by_shape)
    assert by_sharpness[-1]["share_drift"] < -0.4 and by_sharpness[-1]["share_drift_interval"][1] < -0.3
    low, high = by_sharpness[-1]["accuracy_interval"]
    assert low < by_sharpness[-1]["accuracy"] < high < 0.75
    low, high = by_sharpness[-1]["calibration_interval"]
    assert low < by_sharpness[-1]["calibration"] < high and low > 0.2


def test_galaxies_are_never_shown_better_than_they_were_seen() -> None:
    images, disk = sky()
    alpha = np.where(np.arange(120) < 60, 10.0, 30.0)
    as_seen, high, low = climb({"": elongated}, images, alpha, disk, np.ones(120), rungs=(20.0, 9.0))[""]
    assert (as_seen["n"], high["n"], low["n"]) == (120, 60, 120)


def test_galaxies_shown_are_as_noisy_as_those_seen_there_though_black_is_cut_off() -> None:
    rng = np.random.default_rng(1)

    def stamps(count: int, level: float) -> np.ndarray:
        light = 60 * np.exp(-(np.hypot(*np.mgrid[-24:24, -24:24]) ** 2) / 50) + rng.normal(0, level, (count, 48, 48))
        return np.repeat(np.clip(light, 0, 255)[..., None], 3, axis=3)

    images, there = stamps(64, 2.0), stamps(40, 8.0)
    given = (images, np.full(64, 30.0), 10.0, np.ones(64))
    covariance, length = noise_at(10.0, there, images, np.full(64, 30.0), np.ones(64))
    level = [
        np.trace(noise_seen(each)[0]) for each in (there, degrade(*given, noise=(covariance, length)), degrade(*given))
    ]
    assert level[1] == pytest.approx(level[0], rel=0.05) and level[2] < 0.5 * level[0]


def test_few_galaxies_are_no_number() -> None:
    images, disk = sky(20)
    for rung in climb({"": elongated}, images, np.full(20, 30.0), disk, np.ones(20), rungs=(9.0, 40.0))[""]:
        assert rung["status"] == "insufficient_data" and "accuracy" not in rung and "50 are needed" in rung["why"]


@pytest.mark.parametrize(
    ("p_flip", "votes", "label", "expected"),
    [(0.01, 0.9, 1, True), (0.03, 0.9, 1, False), (0.01, 0.1, 0, True), (0.01, 0.3, 0, False), (0.0, np.nan, 1, True)],
)
def test_whose_label_is_trusted(p_flip: float, votes: float, label: float, expected: bool) -> None:
    assert trusted([p_flip], [votes], [label]).tolist() == [expected]
    assert not trusted([p_flip], [votes], [np.nan]).any()
