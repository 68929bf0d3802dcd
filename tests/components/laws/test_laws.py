"""Every law: NumPy and Keras alike, the identity for good data, gradients at the extremes, configuration."""

import json
import math
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from truemorph.components.laws import (
    FLIP_LAWS,
    LAWS,
    ConfusionLaw,
    ExponentialLaw,
    FlipLaw,
    Law,
    LogisticLaw,
    Observable,
    StretchedLaw,
    TabulatedLaw,
    law_from_config,
    stored_law,
)
from truemorph.components.likelihood import log_confusion, log_seen

THREE = ConfusionLaw(
    ("smooth", "disk", "artifact"),
    (Observable("alpha"), Observable("mu_50", better="low", scale="linear"), Observable("redshift", better="low")),
    ((None, None, -24.0), (-20.0, None, -24.0), (-22.0, -23.0, None)),
    (
        ((0, 0, 0), (0, 0, 0), (1.0, 1.0, 0.0)),
        ((2.0, 1.0, 0.5), (0, 0, 0), (1.0, 1.0, 0.0)),
        ((1.0, 1.0, 0.0), (0.5, 1.0, 0.1), (0, 0, 0)),
    ),
)
FLIPS: list[FlipLaw] = [
    ExponentialLaw(9.18),
    StretchedLaw(9.0, 3.0),
    LogisticLaw(10.0, 2.0),
    TabulatedLaw((4.0, 8.0, 16.0, 30.0), (0.95, 0.7, 0.2, 0.01)),
]
EVERY: list[Law] = [*FLIPS, THREE]


def name(law: Law) -> str:
    return law.kind


def observed(law: Law, n: int = 40, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    alpha = rng.uniform(2, 40, n)
    if isinstance(law, FlipLaw):
        return alpha
    return np.stack([alpha, rng.uniform(18, 24, n), rng.uniform(0.01, 0.2, n)], axis=1)


def extremes(law: FlipLaw) -> list[float]:
    """alpha at which p_flip is 1 - 1e-12 (where the law reaches it), 1/2 and 1e-12, by bisection."""
    found = []
    for u in (1e-12, math.log(2.0), -math.log(1e-12)):
        low, high = 1e-9, 1e4
        for _ in range(200):
            middle = math.sqrt(low * high)
            low, high = (middle, high) if float(law.neg_log_flip(np.array([middle]))[0]) < u else (low, middle)
        found.append(high)
    return found


def test_every_law_is_here() -> None:
    assert {law.kind for law in EVERY} | {"galaxy"} == set(LAWS), "the galaxy law is tested in test_galaxy.py"
    assert {law.kind for law in FLIPS} == set(FLIP_LAWS)


@pytest.mark.parametrize("law", EVERY, ids=name)
def test_numpy_and_keras_are_alike_and_rows_sum_to_one(law: Law) -> None:
    x = observed(law)
    for dtype, rtol in (("float64", 1e-12), ("float32", 1e-4)):
        ours = np.exp(np.asarray(log_confusion(x.astype(dtype), law), np.float64))
        np.testing.assert_allclose(ours, law.matrix(x), rtol=rtol, atol=1e-6 if dtype == "float32" else 1e-14)
    k = len(law.classes)
    assert law.matrix(x).shape == (40, k, k)
    np.testing.assert_allclose(law.matrix(x).sum(axis=2), 1.0, rtol=1e-12)


@pytest.mark.parametrize("law", EVERY, ids=name)
def test_good_data_are_seen_as_they_are(law: Law) -> None:
    best = np.array([1e9]) if isinstance(law, FlipLaw) else np.array([[1e9, -100.0, 1e-9]])
    np.testing.assert_allclose(law.matrix(best)[0], np.eye(len(law.classes)), atol=1e-12)


@pytest.mark.parametrize("law", FLIPS, ids=name)
def test_p_flip_falls_and_the_scale_is_where_it_is_exp_of_minus_a_half(law: FlipLaw) -> None:
    p = law.flip_probability(np.linspace(0.5, 60.0, 400))
    assert (np.diff(p) < 0).all() and 0 < p.min() < p.max() < 1
    assert float(law.flip_probability(law.scale)) == pytest.approx(math.exp(-0.5), rel=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("law", FLIPS, ids=name)
def test_gradients_are_finite_at_the_extremes(law: FlipLaw, dtype: str) -> None:
    alpha, z, seen = (v.ravel() for v in np.meshgrid(extremes(law), [-60.0, 0.0, 60.0], [0, 1], indexing="ij"))
    logits = tf.Variable(tf.cast(np.stack([np.zeros_like(z), z], axis=-1), dtype))
    parameters = {key: tf.Variable(tf.cast(value, dtype)) for key, value in law.parameters.items()}
    with tf.GradientTape() as tape:
        confusion = log_confusion(tf.cast(alpha, dtype), law, parameters)
        log_p = tf.gather(log_seen(tf.nn.log_softmax(logits), confusion), seen.astype(int), batch_dims=1)
        total = -tf.reduce_mean(log_p)
    assert np.isfinite(np.asarray(tf.cast(log_p, tf.float32))).all()
    for gradient in tape.gradient(total, [logits, *parameters.values()]):
        assert np.isfinite(np.asarray(tf.cast(gradient, tf.float32))).all()


@pytest.mark.parametrize("law", EVERY, ids=name)
def test_gradients_of_the_parameters_are_those_of_numpy(law: Law) -> None:
    x = observed(law)
    p_true = np.random.default_rng(1).dirichlet(np.ones(len(law.classes)), len(x))

    def value(parameters: dict[str, np.ndarray]) -> float:
        return float(np.log(law.with_parameters(parameters).seen(p_true, x)[:, 0]).sum())

    variables = {key: tf.Variable(at) for key, at in law.parameters.items()}
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(log_seen(np.log(p_true), log_confusion(x, law, variables))[:, 0])
    gradients = tape.gradient(total, variables)
    for key, at in law.parameters.items():
        for index in np.ndindex(at.shape):
            used = not isinstance(law, ConfusionLaw) or law.possible[index[:2]]
            if not used or (key == "slope" and at[index] == 0):
                continue
            step = np.zeros(at.shape)
            step[index] = 1e-6 * max(abs(float(at[index])), 1.0)
            slope = (value({key: at + step}) - value({key: at - step})) / (2 * step[index])
            assert float(gradients[key].numpy()[index]) == pytest.approx(slope, rel=2e-4, abs=1e-5)


@pytest.mark.parametrize("law", EVERY, ids=name)
def test_a_configuration_comes_back_through_json(law: Law) -> None:
    config = json.loads(json.dumps(law.get_config(), allow_nan=False))
    assert law_from_config(config) == law
    assert hash(law_from_config(config)) == hash(law)
    again = law.with_parameters(law.parameters)
    np.testing.assert_allclose(again.matrix(observed(law)), law.matrix(observed(law)), rtol=1e-12)
    with pytest.raises(ValueError, match=f'law must be {{"law": "{law.kind}"'):
        law_from_config(config | {"extra": 1})


@pytest.mark.parametrize("law", EVERY, ids=name)
def test_the_posterior_is_bayes_rule_as_a_loop(law: Law) -> None:
    x, rng = observed(law), np.random.default_rng(2)
    k = len(law.classes)
    p_true, seen = rng.dirichlet(np.ones(k), len(x)), rng.integers(k, size=len(x))
    matrix, found = law.matrix(x), law.true_posterior(p_true, x, seen)
    for n in range(len(x)):
        joint = [p_true[n, y] * matrix[n, y, seen[n]] for y in range(k)]
        np.testing.assert_allclose(found[n], np.array(joint) / sum(joint), rtol=1e-9)


def test_a_label_that_image_and_law_both_exclude_decides_alone() -> None:
    law = ExponentialLaw(9.18)
    assert law.true_posterior([[1.0, 0.0]], [9.0], [1]).tolist() == [[0.0, 1.0]]
    assert law.posterior([0.0, 1.0, 0.0, 1.0], [9.0, 9.0, 9.0, 1e3], [1, 0, 0, 0]).tolist() == [1.0, 1.0, 0.0, 1.0]


def test_a_stretched_law_of_beta_two_is_the_seeds() -> None:
    alpha = np.linspace(1, 40, 20)
    np.testing.assert_allclose(
        StretchedLaw(9.18, 2.0).flip_probability(alpha), ExponentialLaw(9.18).flip_probability(alpha), rtol=1e-12
    )


def test_two_classes_and_a_linear_observable_are_the_logistic_law() -> None:
    logistic, alpha = LogisticLaw(10.0, 2.0), np.linspace(1, 40, 20)
    confusion = ConfusionLaw(
        ("smooth", "disk"),
        (Observable("alpha", scale="linear"),),
        ((None, None), (5.0, None)),
        (((0,), (0,)), ((0.5,), (0,))),
    )
    np.testing.assert_allclose(confusion.matrix(alpha), logistic.matrix(alpha), rtol=1e-12)


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: ExponentialLaw(0.0), "theta must be finite and > 0. Received: theta=0"),
        (lambda: ExponentialLaw(float("nan")), "theta must be finite"),
        (lambda: ExponentialLaw("9"), "theta must be a number"),
        (lambda: LogisticLaw(-1.0, 2.0), "midpoint must be finite and > 0"),
        (lambda: StretchedLaw(9.0, 0.0), "beta must be finite and > 0"),
        (lambda: TabulatedLaw((4.0, 3.0), (0.9, 0.5)), "alpha must rise"),
        (lambda: TabulatedLaw((4.0, 5.0), (0.5, 0.5)), "p_flip must decrease"),
        (lambda: TabulatedLaw((4.0,), (1.0,)), "p_flip must decrease, and start below 1"),
        (lambda: TabulatedLaw((4.0,), (0.9, 0.5)), "must have the same length"),
        (lambda: TabulatedLaw((), ()), "alpha must be a list of numbers"),
        (lambda: Observable("z", better="small"), "better must be 'high' or 'low'"),
        (lambda: Observable("z", scale="sqrt"), "scale must be 'log' or 'linear'"),
        (lambda: confusion(slope=-1.0), "slope must be finite and >= 0"),
        (lambda: confusion(slope=0.0), "a mistake that is possible needs a slope > 0"),
        (lambda: confusion(diagonal=1.0), "on the diagonal None"),
        (lambda: confusion(names=("a",)), "names must be two classes or more"),
        (lambda: confusion(names=("a", "b", "c")), "must have shapes"),
        (lambda: law_from_config({"law": "linear"}), "law must be one of exponential"),
        (
            lambda: stored_law({"law": "confusion", "law_parameters": without_law(THREE)}),
            "law must be one of exponential",
        ),
    ],
)
def test_refused(make: Any, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        make()


def confusion(names: tuple[str, ...] = ("a", "b"), slope: float = 1.0, diagonal: float | None = None) -> ConfusionLaw:
    return ConfusionLaw(
        names, (Observable("o"),), ((diagonal, None), (1.0, None)), (((0.0,), (0.0,)), ((slope,), (0.0,)))
    )


def without_law(law: Law) -> dict[str, Any]:
    return {key: value for key, value in law.get_config().items() if key != "law"}


def test_stored_laws() -> None:
    assert stored_law({"law": "exponential", "theta": 9.3}) == ExponentialLaw(9.3)
    assert stored_law({"theta": 9.3}, {"theta": 7.0, "law": "exponential"}) == ExponentialLaw(7.0)
    assert stored_law({"theta": 9.3}, {"theta": None, "law": None}) == ExponentialLaw(9.3)
    for law in FLIPS[1:]:
        stored = {"law": law.kind, "theta": law.scale, "law_parameters": without_law(law)}
        assert stored_law(stored) == stored_law({"theta": 9.3}, stored) == law


def test_laws_need_neither_keras_nor_tensorflow() -> None:
    import subprocess
    import sys

    code = "import sys, truemorph.components.laws; assert not {'keras', 'tensorflow'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert keras.backend.backend() == "tensorflow"
