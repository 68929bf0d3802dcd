"""When theta cannot be told."""

import numpy as np

from truemorph.components.bias_estimator.identifiability import (
    constant_alpha,
    explained_alpha,
    no_bias,
    normal_scores,
    too_few,
    unresolved,
)


def test_too_few() -> None:
    labels = np.array([1] * 50 + [0] * 200)
    assert too_few(labels, 5) is None
    assert too_few(labels, 6) == "250 objects, 50 of them labelled disk: 60 of each class are needed"
    assert too_few(1 - labels, 6) is not None


def test_constant_alpha() -> None:
    assert constant_alpha(np.linspace(1, 40, 100)) is None
    assert "90 % of it lies between" in str(constant_alpha(np.linspace(10, 11, 100)))


def test_explained_alpha_sees_through_increasing_functions() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(2000, 2))
    assert explained_alpha(rng.random(2000) + 1, features) is None
    assert explained_alpha(np.exp(0.3 * features[:, 0] + 0.3 * rng.normal(size=2000)), features) is None
    for alpha in (np.exp(5 * features[:, 0]), 20 + features @ [1.0, 2.0], 1 / (1 + np.exp(-features[:, 1]))):
        assert "the features determine alpha" in str(explained_alpha(alpha, features))


def test_normal_scores_are_those_of_ranks() -> None:
    scores = normal_scores(np.array([[10.0, 1.0], [1000.0, 1.0], [20.0, 1.0]]))
    np.testing.assert_allclose(scores, [[-0.967422, 0], [0.967422, 0], [0, 0]], atol=1e-6)


def test_no_bias_needs_a_clear_gain() -> None:
    assert no_bias(11.0) is None
    assert no_bias(10.0) == "the labels show no bias: twice the log-likelihood gains 10.00, less than 10.83"


def test_unresolved() -> None:
    alpha = np.linspace(1, 20, 1000)
    assert unresolved(alpha, 9.18) is None
    assert "no object is well resolved: with theta = 30" in str(unresolved(alpha, 30.0))
    assert "any large theta" in str(unresolved(alpha, np.inf))
