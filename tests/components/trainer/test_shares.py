"""The law of vote shares: as a loop, its gradient, found again, and the better of two laws of votes."""

import math

import numpy as np
import pytest
from scipy import optimize

from truemorph.components.laws import ExponentialLaw, FlipLaw, GalaxyLaw, ShareLaw
from truemorph.components.trainer.shares import START, _value, fit_shares
from truemorph.components.trainer.votes import fit_votes

LAW = ExponentialLaw(9.18)
OWN = GalaxyLaw(LAW, ("ng",), (2.0,), (1.0,), (0.3,), 0.4)
Sky = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def sky(n: int, law: FlipLaw = LAW, seed: int = 0) -> Sky:
    """Counts, what the law takes, p(y | x) and the true class; disks lose votes gradually."""
    rng = np.random.default_rng(seed)
    alpha, ng, p = rng.uniform(4, 35, n), rng.normal(2, 1, n), rng.beta(1.0, 1.0, n)
    observed = np.column_stack([alpha, ng]) if law.observables else alpha
    disk, eps = rng.random(n) < p, rng.normal(size=n)
    theta = 9.18 * np.exp(0.3 * (ng - 2) + 0.4 * eps) if law.observables else np.full(n, 9.18)
    mean = np.where(disk, 0.2 + 0.6 * np.exp(-(alpha**2) / (2 * theta**2)), 0.8)
    total = rng.integers(30, 61, n)
    smooth = rng.binomial(total, rng.beta(12 * mean, 12 * (1 - mean)))
    return np.stack([smooth, total - smooth], axis=1), observed, np.stack([1 - p, p], axis=1), disk


def test_p_of_votes_as_a_loop() -> None:
    counts, observed, _, _ = sky(20, OWN)
    nodes, weights = np.polynomial.hermite_e.hermegauss(15)
    found = ShareLaw(OWN, 0.75, 0.25, 0.7, (8.0, 12.0), 1.2).log_votes(counts, observed)

    def urn(smooth: int, disk: int, m: float, c: float) -> float:
        p = float(math.comb(smooth + disk, smooth))
        for i in range(smooth):
            p *= (c * m + i) / (c + i)
        for i in range(disk):
            p *= (c * (1 - m) + i) / (c + smooth + i)
        return p

    for (smooth, disk), (alpha, ng), ours in zip(counts.tolist(), observed.tolist(), found, strict=True):
        total = 0.0
        for node, weight in zip(nodes, weights / weights.sum(), strict=True):
            theta = 1.2 * 9.18 * math.exp(0.3 * (ng - 2) + 0.4 * node)
            total += weight * urn(smooth, disk, 0.25 + 0.45 * math.exp(-(alpha**2) / (2 * theta**2)), 12.0)
        expected = math.log(urn(smooth, disk, 0.75, 8.0)), math.log(total)
        np.testing.assert_allclose(ours, np.repeat(np.array(expected)[:, None], 2, axis=1), rtol=1e-8)


@pytest.mark.parametrize("law", [LAW, OWN], ids=["one", "own"])
@pytest.mark.parametrize("known", [True, False])
def test_the_gradient_is_that_of_the_value(law: FlipLaw, known: bool) -> None:
    counts, observed, p_true, _ = sky(60, law)
    p = p_true if known else None
    at = np.append(START, [] if known else [0.3]) + 0.1
    numeric = optimize.approx_fprime(at, lambda raw: _value(raw, counts.astype(float), observed, law, p)[0], 1e-6)
    np.testing.assert_allclose(_value(at, counts.astype(float), observed, law, p)[1], numeric, rtol=1e-4, atol=1e-3)


def test_shares_are_found_again_and_the_configuration_comes_back() -> None:
    counts, observed, p_true, _ = sky(4000, OWN)
    fit, _ = fit_shares(counts, observed, OWN, p_true)
    found = [fit.smooth, fit.disk, fit.blurred, fit.stretch]
    np.testing.assert_allclose(found, [0.8, 0.2, 0.8, 1.0], atol=0.06)
    np.testing.assert_allclose(fit.concentration, 12.0, rtol=0.2)
    assert ShareLaw.from_config(fit.get_config()) == fit


def test_the_better_law_by_likelihood_tells_the_classes_no_worse_than_the_labels() -> None:
    counts, observed, p_true, disk = sky(4000)
    (shares, likely), (_, mixture) = fit_shares(counts, observed, LAW, p_true), fit_votes(counts, observed, LAW, p_true)
    assert likely > mixture
    joint = p_true * np.exp(shares.log_votes(counts, observed)[:, :, 0])
    of_votes = joint[:, 1] / joint.sum(axis=1)
    of_labels = LAW.posterior(p_true[:, 1], observed, (counts[:, 1] > counts[:, 0]).astype(int))

    def error(p: np.ndarray) -> float:
        """Expected calibration error, ten bins."""
        bins = np.minimum((p * 10).astype(int), 9)
        return sum(abs(p[bins == k].mean() - disk[bins == k].mean()) * np.mean(bins == k) for k in np.unique(bins))

    assert error(of_votes) <= error(of_labels) + 0.01
