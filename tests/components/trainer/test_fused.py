"""The fused operations give what stock Keras gives, on the same variables."""

import keras
import numpy as np
import tensorflow as tf

from truemorph.components.trainer.fused import FusedAdam, FusedNormalization, fused


def test_normalisation_trains_as_the_stock_layer() -> None:
    rng = np.random.default_rng(0)
    images, weights = tf.constant(rng.normal(3, 2, (4, 5, 6, 7)), tf.float32), rng.normal(size=(4, 5, 6, 7))
    found = []
    for make in (lambda stock: stock, FusedNormalization):
        stock = keras.layers.BatchNormalization(momentum=0.9)
        stock.build(images.shape)
        stock.gamma.assign(np.linspace(0.5, 2, 7))
        stock.beta.assign(np.linspace(-1, 1, 7))
        layer = make(stock)
        with tf.GradientTape() as tape:
            tape.watch(images)
            out = layer(images, training=True)
            loss = tf.reduce_sum(out * weights)
        gradients = tape.gradient(loss, [images, stock.gamma.value, stock.beta.value])
        found.append([out, *gradients, *(np.asarray(v) for v in stock.variables), layer(images, training=False)])
    for expected, ours in zip(*found, strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-4, atol=1e-4)


def test_a_fused_classifier_shares_variables_and_inference() -> None:
    image = keras.Input((8, 8, 3))
    x = keras.layers.BatchNormalization(name="norm")(keras.layers.Conv2D(4, 3, name="conv")(image))
    x = keras.layers.BatchNormalization(name="flat")(keras.layers.Flatten()(x))
    classifier = keras.Model(image, keras.layers.Dense(2)(x))
    model = keras.Model(image, fused(classifier))
    assert {id(variable) for variable in model.variables} == {id(variable) for variable in classifier.variables}
    assert [type(layer).__name__ for layer in model.layers].count("FusedNormalization") == 1
    pixels = np.random.default_rng(0).normal(size=(3, 8, 8, 3)).astype(np.float32)
    np.testing.assert_array_equal(model(pixels, training=False), classifier(pixels, training=False))
    before = np.array(classifier.get_layer("norm").moving_mean)
    model(pixels, training=True)
    assert not np.allclose(classifier.get_layer("norm").moving_mean, before)


def test_adam_goes_where_the_stock_one_goes() -> None:
    rng = np.random.default_rng(0)
    gradients = [[rng.normal(size=(3, 2)), rng.normal(size=4) * 1e-3] for _ in range(20)]
    found = []
    for adam in (keras.optimizers.Adam, FusedAdam):
        variables = [keras.Variable(np.ones((3, 2))), keras.Variable(np.zeros(4))]
        schedule = keras.optimizers.schedules.CosineDecay(0.1, 20)
        optimizer = adam(schedule, beta_1=0.9, beta_2=0.99, global_clipnorm=1.0)
        for gradient in gradients:
            optimizer.apply([tf.constant(g, tf.float32) for g in gradient], variables)
        found.append([np.asarray(variable) for variable in [*variables, *optimizer.variables]])
    for expected, ours in zip(*found, strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-6)


def test_adam_is_one_operation_for_each_variable() -> None:
    variables = [keras.Variable(np.ones((3, 2))), keras.Variable(np.zeros(4))]
    optimizer = FusedAdam(0.1)
    optimizer.build(variables)
    step = tf.function(lambda: optimizer.apply([tf.ones((3, 2)), tf.ones(4)], variables), autograph=False)
    done = [operation.type for operation in step.get_concrete_function().graph.get_operations()]
    assert done.count("ResourceApplyAdam") == 2 and done.count("Sqrt") == 0
