"""The training steps of stock Keras, with the fused operations of TensorFlow."""

from typing import Any

import keras
import tensorflow as tf


class FusedNormalization(keras.layers.Layer):
    """A BatchNormalization that trains by one operation of TensorFlow instead of a dozen, with the same variables.

    Args:
        normalisation: the stock layer, over the last of four axes, built; it is used as it is at inference.
    """

    def __init__(self, normalisation: keras.layers.BatchNormalization) -> None:
        super().__init__(name=f"fused_{normalisation.name}", dtype=normalisation.dtype_policy)
        self.normalisation = normalisation

    def call(self, inputs: Any, training: bool = False, mask: None = None) -> Any:
        """Normalised (N, H, W, C); in training mode by the batch, whose statistics move the averages."""
        stock = self.normalisation
        if not training:
            return stock(inputs, training=False)
        normalised, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            tf.cast(inputs, tf.float32), stock.gamma, stock.beta, epsilon=stock.epsilon, is_training=True
        )
        # The operation gives the variance by n - 1, Keras averages that by n.
        n = tf.cast(tf.size(inputs) // tf.shape(inputs)[-1], tf.float32)
        for average, value in ((stock.moving_mean, mean), (stock.moving_variance, variance * (n - 1.0) / n)):
            average.assign(average * stock.momentum + value * (1.0 - stock.momentum))
        return tf.cast(normalised, self.compute_dtype)


def fused(classifier: keras.Model) -> Any:
    """The logits of a functional classifier, from its own input and variables, for training: see FusedNormalization."""

    def shared(layer: keras.layers.Layer) -> keras.layers.Layer:
        fits = isinstance(layer, keras.layers.BatchNormalization) and len(layer.input.shape) == 4
        # The operation keeps its statistics in float32.
        return FusedNormalization(layer) if fits and layer.variable_dtype == "float32" else layer

    return keras.models.clone_model(classifier, classifier.input, shared).output


@keras.saving.register_keras_serializable(package="truemorph")
class FusedAdam(keras.optimizers.Adam):
    """Keras's Adam for dense gradients, each variable updated by one operation of TensorFlow instead of a dozen.

    Formula: m <- b1 m + (1 - b1) g, v <- b2 v + (1 - b2) g^2,
    w <- w - lr sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + epsilon), at step t.

    References:
        Kingma & Ba 2015.
    """

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Change one variable and its moments; as Keras does, where it keeps them elsewhere than we know."""
        try:
            index, kind = self._get_variable_index(variable), variable.dtype
            moments = [each.value for each in (self._momentums[index], self._velocities[index])]
            handles = [each.handle for each in (variable, *moments)]
        except AttributeError:
            super().update_step(gradient, variable, learning_rate)
            return
        step = tf.cast(self.iterations + 1, kind)
        tf.raw_ops.ResourceApplyAdam(
            var=handles[0],
            m=handles[1],
            v=handles[2],
            beta1_power=keras.ops.cast(self.beta_1, kind) ** step,
            beta2_power=keras.ops.cast(self.beta_2, kind) ** step,
            lr=tf.cast(learning_rate, kind),
            beta1=tf.constant(self.beta_1, kind),
            beta2=tf.constant(self.beta_2, kind),
            epsilon=tf.constant(self.epsilon, kind),
            grad=tf.cast(gradient, kind),
        )
