"""Statistics of BatchNormalization: estimated again from batches, against NumPy."""

import keras
import numpy as np

from truemorph.components.trainer.normalisation import Statistics, held, normalisations


def build() -> keras.Model:
    image = keras.Input((4, 4, 2))
    x = keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-6)(image)
    return keras.Model(image, keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-6)(x * 3.0 + 1.0))


def test_statistics_are_those_of_all_images() -> None:
    data = (
        np.random.default_rng(0).normal(5.0, 2.0, (6, 16, 4, 4, 2)).astype(np.float32)
        + np.arange(6)[:, None, None, None, None]
    )
    model = build()
    statistics = Statistics(model)
    for _ in range(2):  # a second call starts afresh
        assert statistics.reestimate(data.astype(np.float32)) == 6
    first, second = normalisations(model)
    np.testing.assert_allclose(first.moving_mean, data.mean(axis=(0, 1, 2, 3)), rtol=1e-5)
    np.testing.assert_allclose(first.moving_variance, data.var(axis=(0, 1, 2, 3)), rtol=1e-4)
    np.testing.assert_allclose(second.moving_mean, 1.0, atol=1e-4)
    np.testing.assert_allclose(second.moving_variance, 9.0, rtol=1e-3)
    assert {layer.momentum for layer in normalisations(model)} == {0.9}


def test_nothing_to_do() -> None:
    image = keras.Input((3,))
    plain = keras.Model(image, keras.layers.Dense(2)(image))
    assert Statistics(plain).reestimate([np.ones((2, 3))]) == 0
    model = build()
    before = [np.asarray(weight) for weight in model.weights]
    assert Statistics(model).reestimate([]) == 0
    for weight, old in zip(model.weights, before, strict=True):
        np.testing.assert_array_equal(weight, old)


def test_momentum_of_one_leaves_the_averages_alone() -> None:
    model = build()
    with held(model, momentum=1.0):
        model(np.full((8, 4, 4, 2), 7.0, np.float32), training=True)
    np.testing.assert_array_equal(normalisations(model)[0].moving_mean, 0.0)
    assert {layer.momentum for layer in normalisations(model)} == {0.9}


def test_nothing_is_dropped_while_statistics_are_taken() -> None:
    image = keras.Input((4, 4, 2))
    dropped = keras.layers.Dropout(0.9)(image)
    model = keras.Model(image, keras.layers.BatchNormalization()(dropped))
    with held(model, momentum=1.0):
        assert [layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)] == [0.0]
    Statistics(model).reestimate([np.full((8, 4, 4, 2), 7.0, np.float32)])
    np.testing.assert_allclose(normalisations(model)[0].moving_mean, 7.0, rtol=1e-6)
    assert [layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)] == [0.9]
