"""The last layer's posterior: as a plain loop has it, as a known logistic regression has it, and theta's part."""

import math

import numpy as np
import pytest
from scipy import optimize
from scipy.special import expit

from truemorph.components.certainty.laplace import Evidence, label_terms, posterior_of, with_one
from truemorph.components.laws import ExponentialLaw

RATES = ((1.0, 1.0), (0.4, 0.9))


def likelihood(z: float, flip: float, seen: int, rates: tuple[float, float]) -> float:
    """ln p(label seen), as it stands in the formula."""
    q = (1 - flip) / (1 + math.exp(-z))
    kept = rates[1] * q / (rates[1] * q + rates[0] * (1 - q))
    return math.log(kept if seen else 1 - kept)


@pytest.mark.parametrize("rates", RATES)
def test_terms_are_the_derivatives_of_the_likelihood(rates: tuple[float, float]) -> None:
    step = 1e-5
    for z in (-3.0, 0.2, 4.0):
        for flip in (0.0, 0.3, 0.95):
            information = 0.0
            for seen in (0, 1):
                found, slope = (float(part[0]) for part in label_terms([z], [flip], [seen], rates))
                up, down = (likelihood(z + sign * step, flip, seen, rates) for sign in (1, -1))
                assert slope == pytest.approx((up - down) / (2 * step), abs=1e-6)
                information += math.exp(likelihood(z, flip, seen, rates)) * slope**2
            assert found == pytest.approx(information, rel=1e-9)


def test_terms_stay_numbers_where_p_is_0_or_1() -> None:
    for part in label_terms([-800.0, 800.0, 800.0], [0.5, 0.5, 0.0], [1, 0, 1]):
        assert np.isfinite(part).all()


def test_the_posterior_is_the_plain_loops() -> None:
    rng = np.random.default_rng(0)
    features, weights, drifts = rng.normal(size=(40, 3)), rng.uniform(0.1, 1, 40), rng.normal(size=40)
    precision, drift = np.zeros((4, 4)), np.zeros(4)
    for n in range(40):
        h = [*features[n], 1.0]
        for i in range(4):
            drift[i] += h[i] * drifts[n]
            for j in range(4):
                precision[i, j] += weights[n] * h[i] * h[j]
    # In two parts, as batches come.
    parts = [Evidence.of(features[rows], weights[rows], drifts[rows]) for rows in (slice(0, 15), slice(15, 40))]
    root, shift = posterior_of(parts[0] + parts[1], squared_weights=2.0)
    covariance = root @ root.T
    prior = np.linalg.inv(covariance) - precision
    assert np.allclose(prior, prior[0, 0] * np.eye(4), atol=1e-8)
    # MacKay's condition: lambda |w|^2 is the number of well determined weights.
    assert prior[0, 0] * 2.0 == pytest.approx(4 - prior[0, 0] * np.trace(covariance), rel=1e-4)
    assert np.allclose(shift, covariance @ drift)


def test_a_layer_that_no_label_speaks_of_has_a_wide_but_finite_posterior() -> None:
    root, shift = posterior_of(Evidence.of(np.ones((5, 2)), np.zeros(5), np.zeros(5)), 1.0)
    assert np.isfinite(root).all() and np.linalg.norm(root[0]) > 100 and not shift.any()


def test_errors_are_those_of_a_logistic_regression_through_the_law() -> None:
    """Fit again and again to skies drawn anew: the scatter of the logits is what the posterior says."""
    rng, law, truth = np.random.default_rng(1), ExponentialLaw(9.18), np.array([1.5, -0.8, 0.3])
    x, alpha = rng.normal(size=(1500, 2)), rng.uniform(4, 35, 1500)
    h, flip = with_one(x), law.flip_probability(alpha)

    def fit(seen: np.ndarray, flips: np.ndarray) -> np.ndarray:
        def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
            z = h @ w
            q = (1 - flips) * expit(z)
            _, slope = label_terms(z, flips, seen)
            return -np.log(np.where(seen, q, 1 - q)).sum() + 1e-3 * w @ w, -h.T @ slope + 2e-3 * w

        return optimize.minimize(loss, np.zeros(3), jac=True, method="BFGS").x

    q = (1 - flip) * expit(h @ truth)
    fits = np.array([fit(rng.random(1500) < q, flip) for _ in range(200)])
    weights, _ = label_terms(h @ truth, flip, np.zeros(1500))
    root, _ = posterior_of(Evidence.of(x, weights, np.zeros(1500)), float(truth @ truth))
    ratio = np.linalg.norm(h[:50] @ root, axis=1) / (h[:50] @ fits.T).std(axis=1)
    assert np.all((ratio > 0.85) & (ratio < 1.15)), ratio
    # And with another theta the fit moves as the drift says.
    seen, flips = rng.random(1500) < q, [ExponentialLaw(theta).flip_probability(alpha) for theta in (9.0, 9.36)]
    middle = fit(seen, flip)
    low, high = (label_terms(h @ middle, each, seen)[1] for each in flips)
    weights, _ = label_terms(h @ middle, flip, seen)
    _, shift = posterior_of(Evidence.of(x, weights, high - low), float(middle @ middle))
    assert np.allclose(h @ shift, h @ (fit(seen, flips[1]) - fit(seen, flips[0])), rtol=0.25, atol=0.02)
