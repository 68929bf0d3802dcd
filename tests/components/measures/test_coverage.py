"""How often 95 % intervals hold what they are said to hold, on simulated skies.

The slow tests are the measurement: `pytest -s -m slow tests/components/evaluator/test_coverage.py` prints it.
"""

from typing import NamedTuple

import numpy as np
import pytest

from truemorph.components.measures.cv14 import cv14_bias
from truemorph.components.measures.cv18 import cv18_bias
from truemorph.components.measures.paired import paired_difference
from truemorph.components.measures.result import BiasResult


class Sky(NamedTuple):
    """True and biased labels, two resolutions of which the second is a noisy copy, and three intrinsic columns."""

    true: np.ndarray
    seen: np.ndarray
    alpha: np.ndarray
    intrinsic: np.ndarray


def sky(seed: int, n: int, theta: float, classes: int = 2) -> Sky:
    """Two classes go with the first intrinsic column; classes above 0 are mistaken for 0; theta 0: never."""
    rng = np.random.default_rng(seed)
    intrinsic, noise = rng.normal(size=(n, 3)), rng.normal(size=(n, 2))
    alpha = np.exp(2.4 + 0.45 * np.column_stack([noise[:, 0], 0.9 * noise[:, 0] + 0.44 * noise[:, 1]]))
    true = (rng.random(n) < 1 / (1 + np.exp(-0.8 * intrinsic[:, 0]))).astype(int)
    if classes > 2:
        true = rng.integers(0, classes, n)
    flipped = rng.random(n) < np.exp(-(alpha[:, 0] ** 2) / (2 * theta**2)) if theta else np.zeros(n, dtype=bool)
    return Sky(true, np.where(flipped, 0, true), alpha, intrinsic)


def measured(design: str, labels: np.ndarray, drawn: Sky, replicates: int) -> BiasResult:
    """One of the measures that coverage is looked at for."""
    alpha, intrinsic = drawn.alpha[:, 0], drawn.intrinsic
    if design == "cv18":
        return cv18_bias(labels, alpha, intrinsic, replicates=replicates)
    if design == "two":
        return cv18_bias(labels, drawn.alpha, intrinsic, depth=2, replicates=replicates)
    return cv14_bias(labels, alpha, replicates=replicates)


def coverage(design: str, theta: float, n: int, count: int, classes: int = 2) -> tuple[float, float]:
    """Share of `interval` and of `corrected_interval` that hold the L of an infinite catalogue."""
    large = sky(10**9, 2_000_000, theta, classes)
    population = measured(design, large.seen, large, 0).corrected if theta else 0.0
    held = []
    for seed in range(count):
        drawn = sky(seed, n, theta, classes)
        result = measured(design, drawn.seen, drawn, 1000)
        held.append([low <= population <= high for low, high in (result.interval, result.corrected_interval)])
    plain, corrected = np.mean(held, axis=0)
    print(
        f"{design} n={n} theta={theta} K={classes}: L = {population:.4f}, held {plain:.3f}, corrected {corrected:.3f}"
    )
    return float(plain), float(corrected)


def paired_coverage(theta: float, n: int, count: int) -> float:
    """Share of intervals that hold the mean difference, between biased labels and those of another volunteer."""
    results = []
    for seed in range(count):
        drawn, rng = sky(seed, n, theta), np.random.default_rng(seed + 10**6)
        half = np.where(rng.random(n) < 0.5, drawn.true, drawn.seen)
        other = np.where(rng.random(n) < 0.1, 1 - half, half)
        results.append(paired_difference(drawn.seen, other, drawn.alpha[:, 0], replicates=1000))
    mean = np.mean([result.value for result in results])
    share = float(np.mean([result.interval[0] <= mean <= result.interval[1] for result in results]))
    print(f"paired n={n} theta={theta}: mean difference {mean:.4f}, held {share:.3f}")
    return share


# That labels without a bias lie in their noise band is seen in test_cv14.py.
@pytest.mark.parametrize("theta", [pytest.param(0.0, marks=pytest.mark.slow), 9.18])
def test_interval_covers_what_it_says_roughly(theta: float) -> None:
    for share in coverage("cv14", theta, 2000, 50):
        assert 0.85 <= share <= 1.0


@pytest.mark.parametrize("theta", [pytest.param(0.0, marks=pytest.mark.slow), 9.18])
def test_paired_interval_covers_roughly(theta: float) -> None:
    assert paired_coverage(theta, 2000, 50) >= 0.85


@pytest.mark.slow
@pytest.mark.parametrize("theta", [0.0, 9.18])
@pytest.mark.parametrize(
    ("design", "n", "classes"),
    [("cv14", 1000, 2), ("cv14", 4000, 2), ("cv14", 4000, 3), ("cv18", 4000, 2), ("cv18", 12192, 2), ("two", 4000, 2)],
)
def test_intervals_cover_93_to_97_percent(design: str, n: int, classes: int, theta: float) -> None:
    for share in coverage(design, theta, n, 2000, classes):
        assert 0.93 <= share <= 0.97


@pytest.mark.slow
@pytest.mark.parametrize("theta", [0.0, 9.18])
def test_paired_interval_covers_93_to_97_percent(theta: float) -> None:
    assert 0.93 <= paired_coverage(theta, 2000, 2000) <= 0.97
