"""The likelihood in log space against plain NumPy in float64, its gradients, its extremes."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from truemorph.components.laws import ExponentialLaw
from truemorph.components.likelihood import log_confusion, log_likelihood, log_seen

THETA = 9.18
LAW = ExponentialLaw(THETA)
# alpha at which p_flip is 1 - 1e-12 and 1e-12, and ordinary ones
ALPHAS = [THETA * np.sqrt(2e-12), 0.1, 4.0, 9.18, 20.0, 35.0, THETA * np.sqrt(-2 * np.log(1e-12))]


def reference(logits: np.ndarray, alpha: np.ndarray, seen: np.ndarray, theta: float) -> np.ndarray:
    """Σ_y p(seen | y, alpha) p(y | x) as a loop over objects and classes, in float64, from log-probabilities."""
    out = []
    for row, a, label in zip(np.asarray(logits, np.float64), alpha, seen, strict=True):
        log_p = row - np.logaddexp(*row)
        log_flip = -0.5 * (float(a) / theta) ** 2
        if label == 1:
            out.append(log_p[1] + np.log(-np.expm1(log_flip)))
        else:
            out.append(np.logaddexp(log_p[0], log_p[1] + log_flip))
    return np.array(out)


def grid() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every alpha with logits from -60 to 60 and both labels."""
    alpha, z, seen = (x.ravel() for x in np.meshgrid(ALPHAS, [-60.0, -5.0, 0.0, 2.0, 60.0], [0, 1], indexing="ij"))
    return np.stack([np.zeros_like(z), z], axis=-1), alpha, seen.astype(np.int32)


@pytest.mark.parametrize(("dtype", "rtol", "atol"), [("float32", 3e-6, 1e-6), ("float64", 1e-13, 1e-15)])
def test_equals_the_loop(dtype: str, rtol: float, atol: float) -> None:
    logits, alpha, seen = grid()
    ours = log_likelihood(logits.astype(dtype), alpha.astype(dtype), seen, LAW)
    np.testing.assert_allclose(np.asarray(ours), reference(logits, alpha, seen, THETA), rtol=rtol, atol=atol)
    assert keras.backend.standardize_dtype(ours.dtype) == dtype


def test_gradients_are_finite_and_right_at_the_extremes() -> None:
    logits, alpha, seen = grid()
    variable = tf.Variable(logits.astype("float32"))
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(log_likelihood(variable, alpha.astype("float32"), seen, LAW))
    gradient = tape.gradient(total, variable).numpy()
    step = 1e-5 * np.array([0.0, 1.0])
    expected = (reference(logits + step, alpha, seen, THETA) - reference(logits - step, alpha, seen, THETA)) / 2e-5
    assert np.isfinite(gradient).all()
    np.testing.assert_allclose(gradient[:, 1], expected, atol=2e-5)


def test_gradient_of_theta_is_finite_at_the_extremes() -> None:
    logits, alpha, seen = grid()
    theta = tf.Variable(THETA)
    with tf.GradientTape() as tape:
        confusion = log_confusion(alpha.astype("float32"), LAW, {"theta": theta})
        each = tf.gather(log_seen(tf.math.log_softmax(logits.astype("float32")), confusion), seen, batch_dims=1)
    assert np.isfinite(tape.gradient(each, theta).numpy())


def test_log_confusion_is_the_law() -> None:
    alpha = np.array(ALPHAS)
    ours = np.exp(np.asarray(log_confusion(alpha, LAW)))
    np.testing.assert_allclose(ours, LAW.matrix(alpha), rtol=1e-12, atol=1e-15)


def test_alpha_of_zero_stays_finite() -> None:
    log_p = np.asarray(log_confusion(np.float32([0.0]), LAW))
    assert np.isfinite(log_p[0, 1]).all()


def test_log_seen_of_three_classes_is_the_matrix_product() -> None:
    rng = np.random.default_rng(3)
    p, confusion = rng.dirichlet(np.ones(3), 5), rng.dirichlet(np.ones(3), (5, 3))
    expected = [[sum(p[n, k] * confusion[n, k, j] for k in range(3)) for j in range(3)] for n in range(5)]
    np.testing.assert_allclose(np.exp(np.asarray(log_seen(np.log(p), np.log(confusion)))), expected, rtol=1e-12)
