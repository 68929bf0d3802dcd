"""How often an interval of theta holds the truth, and how often a theta is found where there is none."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import special

from truemorph.components.bias_estimator.cv14 import fit_cv14
from truemorph.components.bias_estimator.cv14_fit import Cv14Fit
from truemorph.components.bias_estimator.fractions import FractionFit, fit_fractions

Fit = Cv14Fit | FractionFit


def cv14(seed: int, theta: float, tied: bool = False) -> Cv14Fit:
    """The fit of a sky whose classes follow three features, one of which may go with alpha; theta 0: no bias."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(2000, 3))
    alpha = np.exp(2.4 + 0.45 * (0.75 * x[:, 2] + 0.66 * rng.normal(size=2000) if tied else rng.normal(size=2000)))
    disk = rng.random(2000) < special.expit(x @ [-1.2, 0.8, 0.5] + 0.4)
    seen = disk & (rng.random(2000) > np.exp(-(alpha**2) / (2 * theta**2)) if theta else True)
    return fit_cv14(x, seen.astype(int), alpha)


def fractions(seed: int, theta: float) -> FractionFit:
    """The fit of a sky with as many disks at every alpha."""
    rng = np.random.default_rng(seed)
    alpha = rng.lognormal(2.4, 0.45, 4000)
    disk = rng.random(4000) < 0.6
    seen = disk & (rng.random(4000) > np.exp(-(alpha**2) / (2 * theta**2)) if theta else True)
    return fit_fractions(seen.astype(int), alpha)


def held(make: Callable[[int], Fit], theta: float, count: int) -> float:
    """Share of intervals that hold theta, of skies that all can tell it."""
    fits = [make(seed) for seed in range(count)]
    assert {fit.status for fit in fits} <= {"ok", "misfit"}
    share = float(np.mean([fit.theta_interval[0] <= theta <= fit.theta_interval[1] for fit in fits]))
    print(f"{count} skies: {share:.3f}")
    return share


@pytest.mark.slow
@pytest.mark.parametrize(("theta", "tied"), [(9.18, False), (9.18, True), (5.0, False)])
def test_cv14_interval_covers_93_to_97_percent(theta: float, tied: bool) -> None:
    assert 0.93 <= held(lambda seed: cv14(seed, theta, tied), theta, 600) <= 0.97


@pytest.mark.slow
@pytest.mark.parametrize("theta", [9.18, 5.0])
def test_fraction_interval_covers_93_to_97_percent(theta: float) -> None:
    assert 0.93 <= held(lambda seed: fractions(seed, theta), theta, 2000) <= 0.97


@pytest.mark.slow
@pytest.mark.parametrize("make", [cv14, fractions], ids=["cv14", "fractions"])
def test_a_theta_is_hardly_ever_found_where_there_is_none(make: Callable[[int, float], Fit]) -> None:
    found = sum(make(seed, 0.0).status == "ok" for seed in range(600))
    print(f"600 skies without bias: theta found in {found}")
    assert found <= 6
