"""How far all answers may be off together: as refits of a + b z to labels have it, of two classes and more."""

import numpy as np
import pytest
from confused import LAW
from scipy import optimize
from scipy.special import expit, logit, softmax

from truemorph.components.certainty.certainty import Certainty
from truemorph.components.certainty.laplace import Evidence, label_terms
from truemorph.components.certainty.offset import WIDTHS, offset_of
from truemorph.components.certainty.several import class_terms, contrasts
from truemorph.components.laws import ExponentialLaw


def plain(a: float, ln_b: float, z: np.ndarray, flip: np.ndarray, seen: np.ndarray) -> float:
    """Minus ln of the posterior of a + b z."""
    q = (1 - flip) / (1 + np.exp(-(a + np.exp(ln_b) * z)))
    prior = 0.5 * (a / WIDTHS[0]) ** 2 + 0.5 * (ln_b / WIDTHS[1]) ** 2
    return float(prior - np.log(np.where(seen == 1, q, 1 - q)).sum())


def test_one_network_that_is_off_is_found_out_by_labels_held_back() -> None:
    rng, law = np.random.default_rng(0), ExponentialLaw(9.18)
    z, alpha = rng.normal(0.0, 2.0, 400), rng.uniform(4, 35, 400)
    flip = law.flip_probability(alpha)
    seen = (rng.random(400) < (1 - flip) * expit(0.4 + 1.2 * z)).astype(int)
    information, slopes = label_terms(z, flip, seen)
    root = offset_of(z[:, None], information[:, None, None], slopes[:, None])
    fit = optimize.minimize(lambda at: plain(*at, z, flip, seen), np.zeros(2), method="BFGS")
    second = fit.hess_inv + np.outer(fit.x, fit.x)
    assert np.allclose(np.sqrt(np.diag(root @ root.T)), np.sqrt(np.diag(second)), rtol=0.3)


def test_a_network_that_is_right_has_the_error_of_a_refit() -> None:
    rng = np.random.default_rng(1)
    z = rng.normal(0.0, 2.0, 600)
    drawn = []
    for _ in range(100):
        seen = (rng.random(600) < expit(z)).astype(int)
        _, slopes = label_terms(z, np.zeros(600), seen)
        information, _ = label_terms(z, np.zeros(600), seen)
        root = offset_of(z[:, None], information[:, None, None], slopes[:, None])
        fit = optimize.minimize(lambda at, y=seen: plain(*at, z, np.zeros(600), y), np.zeros(2), method="BFGS")
        drawn.append([*np.square(fit.x), *np.diag(root @ root.T)])
    scatter, told = np.mean(drawn, axis=0)[:2], np.mean(drawn, axis=0)[2:]
    # The mean of C + m m^T is twice the variance of m: it does not know that the network is right.
    assert np.allclose(told / scatter, 2.0, rtol=0.4)


def test_without_a_galaxy_held_back_the_priors_are_all_there_is() -> None:
    assert np.allclose(offset_of(np.zeros((0, 1)), np.zeros((0, 1, 1)), np.zeros((0, 1))), np.diag(WIDTHS))
    root = offset_of(np.zeros((0, 2)), np.zeros((0, 2, 2)), np.zeros((0, 2)))
    assert np.allclose(root, np.diag([WIDTHS[0], WIDTHS[0], WIDTHS[1]]))


@pytest.mark.parametrize("k", [2, 3])
def test_the_offset_moves_each_class_as_it_says(k: int) -> None:
    """Draws of (a, ln b) give the scatter of logit p_k."""
    rng = np.random.default_rng(2)
    logits, confusion = (
        rng.normal(size=(300, k)),
        np.tile(np.eye(k), (300, 1, 1)) if k == 2 else LAW.matrix([9.0] * 300),
    )
    terms = class_terms(logits, confusion, rng.integers(k, size=300))
    root, u = offset_of(logits @ contrasts(k).T, *terms), contrasts(k)
    x = rng.normal(size=(300, 4))
    evidence = Evidence.of(x, np.tile(1e12 * np.eye(k - 1), (300, 1, 1)), np.zeros((300, k - 1, 0)))  # weights known
    one = Certainty.of(evidence, 300, 1.0, x, 0.01 * root)
    _, variance, _ = one.judge_classes(x[:5], logits[:5])
    draws = 0.01 * rng.normal(size=(20_000, k)) @ root.T
    for n in range(5):
        z = logits[n] @ u.T
        moved = draws[:, :-1] + np.exp(draws[:, -1:]) * z
        p = softmax(moved @ u / 2.0, axis=1)
        assert np.allclose(np.sqrt(variance[n]), logit(p).std(axis=0), rtol=0.05)
    if k == 2:
        single = Certainty.of(evidence, 300, 1.0, x, 0.01 * root).judge(x[:5], logits[:5, 1] - logits[:5, 0])
        assert np.allclose(single[0], variance[:, 1])
