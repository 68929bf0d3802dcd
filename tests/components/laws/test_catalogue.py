"""The likelihood of a catalogue's labels: its value as a loop, its derivatives, samples drawn by label."""

import math

import numpy as np
import pytest
from scipy import optimize, special

from truemorph.components.laws import (
    CatalogueLikelihood,
    ExponentialLaw,
    FlipLaw,
    LogisticLaw,
    StretchedLaw,
    TabulatedLaw,
)
from truemorph.components.laws.profile import theta_profile

LAWS: list[FlipLaw] = [
    ExponentialLaw(7.0),
    LogisticLaw(11.0, 2.5),
    StretchedLaw(9.0, 3.0),
    TabulatedLaw((5.0, 10.0, 20.0), (0.9, 0.5, 0.1)),
]
RATES = [(1.0, 1.0), (0.35, 1.0)]


def sky(n: int = 200, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 3)), rng.integers(0, 2, n), rng.lognormal(2.4, 0.45, n)


@pytest.mark.parametrize("rates", RATES)
@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.kind)
def test_the_value_is_that_of_a_loop(law: FlipLaw, rates: tuple[float, float]) -> None:
    x, seen, alpha = sky(40)
    weights = [0.5, -0.3, 0.2, 0.1]
    total = 0.0
    for row, label, a in zip(x, seen, alpha, strict=True):
        share = 1 / (1 + math.exp(-(sum(w * v for w, v in zip(weights, row, strict=False)) + weights[3])))
        q = share * (1 - float(law.flip_probability([a])[0]))
        kept = rates[1] * q / (rates[1] * q + rates[0] * (1 - q))
        total -= math.log(kept if label else 1 - kept)
    likelihood = CatalogueLikelihood(x, seen, alpha, law, rates=rates)
    assert likelihood.value(likelihood.start(np.array(weights)))[0] == pytest.approx(total, rel=1e-12)


@pytest.mark.parametrize("rates", RATES)
@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.kind)
def test_gradient_and_second_derivatives_are_those_of_the_value(law: FlipLaw, rates: tuple[float, float]) -> None:
    x, seen, alpha = sky()
    prior = {next(iter(law.parameters)): (0.3, 0.5)}
    likelihood = CatalogueLikelihood(x, seen, alpha, law, prior=prior, rates=rates)
    at = likelihood.start(np.array([0.5, -0.3, 0.2, 0.1]))
    numeric = optimize.approx_fprime(at, lambda p: likelihood.value(p)[0], 1e-6)
    np.testing.assert_allclose(likelihood.value(at)[1], numeric, atol=2e-3)
    rows = [optimize.approx_fprime(at, lambda p, i=i: likelihood.value(p)[1][i], 1e-6) for i in range(at.size)]
    np.testing.assert_allclose(likelihood.hessian(at), rows, rtol=1e-4, atol=2e-3)
    fixed = CatalogueLikelihood(x, seen, alpha, law, free=(), rates=rates)
    np.testing.assert_allclose(fixed.hessian(at[:4]), np.array(rows)[:4, :4], rtol=1e-4, atol=2e-3)


@pytest.mark.parametrize("rates", RATES)
def test_smooth_called_disk_as_a_loop_and_its_derivatives(rates: tuple[float, float]) -> None:
    x, seen, alpha = sky(60)
    law, weights = ExponentialLaw(7.0), [0.5, -0.3, 0.2, 0.1]
    likelihood = CatalogueLikelihood(x, seen, alpha, law, rates=rates).assuming(mistaken=0.03)
    at, total = likelihood.start(np.array(weights)), 0.0
    for row, label, a in zip(x, seen, alpha, strict=True):
        share = 1 / (1 + math.exp(-(sum(w * v for w, v in zip(weights, row, strict=False)) + weights[3])))
        q = share * (1 - math.exp(-(a**2) / (2 * 7.0**2))) + (1 - share) * 0.03
        kept = rates[1] * q / (rates[1] * q + rates[0] * (1 - q))
        total -= math.log(kept if label else 1 - kept)
    assert likelihood.value(at)[0] == pytest.approx(total, rel=1e-12)
    rows = [optimize.approx_fprime(at, lambda p, i=i: likelihood.value(p)[1][i], 1e-6) for i in range(at.size)]
    numeric = optimize.approx_fprime(at, lambda p: likelihood.value(p)[0], 1e-6)
    np.testing.assert_allclose(likelihood.value(at)[1], numeric, atol=2e-3)
    np.testing.assert_allclose(likelihood.hessian(at), rows, rtol=1e-4, atol=2e-3)


def test_extreme_parameters_stay_finite() -> None:
    x, seen, alpha = sky(100)
    for theta in (1e-3, 1e4):
        for scale in (0.0, 1e3):
            likelihood = CatalogueLikelihood(x, seen, alpha, ExponentialLaw(theta))
            value, gradient = likelihood.value(likelihood.start(np.array([scale, 0, 0, 0])))
            assert np.isfinite(value) and np.isfinite(gradient).all()


@pytest.mark.parametrize("kept", [0.55, 0.35])
def test_theta_of_a_sample_drawn_by_label(kept: float) -> None:
    rng = np.random.default_rng(5)
    x, _, alpha = sky(30_000, 6)
    disk = rng.random(len(x)) < special.expit(x @ [-1.2, 0.8, 0.5] + 0.4)
    seen = disk & (rng.random(len(x)) > ExponentialLaw(9.2).flip_probability(alpha))
    drawn = seen | (rng.random(len(x)) < kept)
    found = []
    for rates in ((1.0, 1.0), (kept, 1.0)):
        likelihood = CatalogueLikelihood(x[drawn], seen[drawn], alpha[drawn], ExponentialLaw(9.0), rates=rates)
        found.append(likelihood.law_at(likelihood.minimise(likelihood.start())[1]).scale)
    assert found[0] < 8.6 and found[1] == pytest.approx(9.2, abs=0.3)
    low = theta_profile(np.zeros(4), [found[1], 9.2 * 0.9], x[drawn], seen[drawn], alpha[drawn], (kept, 1.0))
    assert low[0] < low[1]
