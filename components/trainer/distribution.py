"""A training on several devices of one machine, which gives what one device would."""

from contextlib import AbstractContextManager
from typing import Any

import keras
import tensorflow as tf

from truemorph.components.errors import InputError
from truemorph.components.trainer.normalisation import normalisations


def strategy_of(devices: int | str, batch_size: int, precision: str) -> tf.distribute.Strategy:
    """How a training is spread over devices: each holds a copy of the network and takes its share of each batch.

    Args:
        devices: how many, or 'all': GPUs where there are any, else CPUs.
        batch_size: images in a batch, of all devices together.
        precision: number format, see precision.

    Returns:
        A strategy whose scope() the model is to be built in; TensorFlow's default one for a single device.

    Raises:
        InputError: if there are not as many, a batch cannot be shared out evenly, or the precision does not allow it.
    """
    if devices == 1:
        return tf.distribute.get_strategy()
    found = [device.name for device in tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")]
    count = len(found) if devices == "all" else int(devices)
    if count > len(found):
        kind = "GPU" if "GPU" in found[0] else "CPU"
        raise InputError(f"trainer.devices={devices}: this machine has {len(found)} ({kind}); give no more than that")
    if batch_size % count:
        raise InputError(f"trainer.batch_size={batch_size}: cannot be divided among {count} devices; give a multiple")
    if count > 1 and precision == "mixed_float16":
        # Keras then lets each device decide for itself whether a step overflowed.
        raise InputError("trainer.precision=mixed_float16: for one device only; give mixed_bfloat16")
    return tf.distribute.MirroredStrategy(found[:count]) if count > 1 else tf.distribute.get_strategy()


def scope_of(model: keras.Model) -> AbstractContextManager[Any]:
    """The scope in which variables of a model or of its optimizer are made."""
    scope: AbstractContextManager[Any] = model.distribute_strategy.scope()
    return scope


def synchronise(classifier: keras.Model) -> None:
    """Let every BatchNormalization use the statistics of the whole batch and not of each device's share."""
    for layer in normalisations(classifier):
        layer.synchronized = True


@keras.saving.register_keras_serializable(package="truemorph")
class Adam(keras.optimizers.Adam):
    """Adam that clips the gradient of the whole batch, as on one device; Keras clips that of each device's share.

    Args:
        kwargs: as keras.optimizers.Adam takes them, with global_clipnorm.
    """

    def apply(self, grads: Any, trainable_variables: Any = None) -> None:
        context = tf.distribute.get_replica_context()
        if context is not None and context.num_replicas_in_sync > 1:
            whole = context.all_reduce(tf.distribute.ReduceOp.SUM, grads)
            clipped, _ = tf.clip_by_global_norm(whole, self.global_clipnorm)
            # Keras adds up those of all devices: that sum is the clipped one.
            grads = [gradient / context.num_replicas_in_sync for gradient in clipped]
        super().apply(grads, trainable_variables)
