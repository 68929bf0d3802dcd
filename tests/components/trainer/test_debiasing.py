"""The debiasing layer: the law's numbers, serialisation, dtypes, and training under stock losses."""

from pathlib import Path

import keras
import numpy as np
import pytest

from truemorph.components.laws import ExponentialLaw
from truemorph.components.likelihood import log_likelihood
from truemorph.components.trainer.debiasing import DebiasingLayer

LAW = ExponentialLaw(9.18)
ALPHA = np.array([1e-5, 4.0, 9.18, 30.0, 70.0], np.float32)
P_DISK = np.array([0.0, 0.2, 0.5, 0.9, 1.0], np.float32)


def test_probabilities_go_through_the_law() -> None:
    out = np.asarray(DebiasingLayer(LAW)([np.stack([1 - P_DISK, P_DISK], -1), ALPHA]))
    np.testing.assert_allclose(out[:, 1], LAW.seen_disk(P_DISK, ALPHA), rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(out.sum(axis=1), 1.0, atol=1e-6)


def test_logits_give_log_probabilities() -> None:
    logits = np.float32([[0, -3], [1, 1], [0, 40], [5, 0], [-2, 2]])
    log_p = np.asarray(DebiasingLayer(LAW, from_logits=True)([logits, ALPHA]))
    p = np.asarray(DebiasingLayer(LAW)([keras.ops.softmax(logits), ALPHA]))
    np.testing.assert_allclose(np.exp(log_p), p, rtol=1e-5, atol=1e-7)


def test_stock_cross_entropy_over_the_layer_is_the_likelihood() -> None:
    logits = np.float32([[0, -3], [1, 1], [0, 40], [5, 0], [-2, 2]])
    seen = np.int32([0, 1, 1, 0, 1])
    stock = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    ours = stock(seen, DebiasingLayer(LAW, from_logits=True)([logits, ALPHA]))
    np.testing.assert_allclose(ours, -np.mean(log_likelihood(logits, ALPHA, seen, LAW.theta)), rtol=1e-6)


def test_alpha_may_be_a_column() -> None:
    p = np.stack([1 - P_DISK, P_DISK], -1)
    np.testing.assert_array_equal(DebiasingLayer(LAW)([p, ALPHA[:, None]]), DebiasingLayer(LAW)([p, ALPHA]))


def test_config_round_trip() -> None:
    layer = DebiasingLayer({"law": "exponential", "theta": 11.25}, from_logits=True, name="flip")
    again = DebiasingLayer.from_config(layer.get_config())
    assert (again.law, again.from_logits, again.name) == (ExponentialLaw(11.25), True, "flip")


def test_a_model_with_it_is_saved_and_loaded(tmp_path: Path) -> None:
    image, alpha = keras.Input((4,)), keras.Input(())
    model = keras.Model([image, alpha], DebiasingLayer(LAW, from_logits=True)([keras.layers.Dense(2)(image), alpha]))
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    inputs = [np.ones((3, 4), np.float32), np.float32([4, 8, 16])]
    np.testing.assert_array_equal(model(inputs), again(inputs))


@pytest.mark.parametrize("policy", ["bfloat16", "mixed_float16", "float32"])
def test_computes_in_float32_whatever_the_policy(policy: str) -> None:
    layer = DebiasingLayer(LAW, from_logits=True, dtype=policy)
    logits = keras.ops.cast(np.float32([[0.0, 8.0]]), "bfloat16")
    out = layer([logits, np.float32([68.2])])  # p_flip = 1e-12
    assert keras.backend.standardize_dtype(out.dtype) == "float32"
    np.testing.assert_allclose(out[0, 1], -np.log1p(np.exp(-8.0)), rtol=1e-4)
    symbolic = layer([keras.KerasTensor((None, 2), "bfloat16"), keras.KerasTensor((None,), "float32")])
    assert (symbolic.shape, symbolic.dtype) == ((None, 2), "float32")


@pytest.mark.parametrize("law", [{"law": "logistic", "theta": 1.0}, {"theta": 1.0}, 9.18])
def test_an_unknown_law_is_refused(law: object) -> None:
    with pytest.raises(ValueError, match="law must be"):
        DebiasingLayer(law)  # type: ignore[arg-type]


def test_a_theta_that_is_not_positive_is_refused() -> None:
    with pytest.raises(ValueError, match="theta must be finite and > 0"):
        DebiasingLayer({"law": "exponential", "theta": -1.0})


def test_it_recovers_a_probability_that_labels_hide() -> None:
    """80 % disks whatever the image; at alpha = 6 most are called smooth; one logit must come back to 0.8."""
    rng = np.random.default_rng(0)
    alpha = rng.uniform(4, 8, 20_000).astype(np.float32)
    seen = ((rng.random(20_000) < 0.8) & (rng.random(20_000) > LAW.flip_probability(alpha))).astype(np.int32)
    image, resolution = keras.Input((1,)), keras.Input(())
    classifier = keras.layers.Dense(2, use_bias=False, kernel_initializer="zeros")
    logits = classifier(image)
    model = keras.Model([image, resolution], DebiasingLayer(LAW, from_logits=True)([logits, resolution]))
    model.compile(keras.optimizers.Adam(0.05), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    ones = np.ones((20_000, 1), np.float32)
    model.fit([ones, alpha], seen, batch_size=2000, epochs=30, verbose=0, shuffle=False)
    assert seen.mean() < 0.25
    p = keras.ops.softmax(classifier(ones[:1]))[0, 1]
    assert abs(float(p) - 0.8) < 0.05
