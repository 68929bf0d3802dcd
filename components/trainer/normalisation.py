"""Statistics of BatchNormalization, estimated again with the weights as they are."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf


def normalisations(model: keras.Model) -> list[keras.layers.BatchNormalization]:
    """The BatchNormalization layers of a functional model, in order."""
    return [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]


@contextmanager
def held(model: keras.Model, momentum: float) -> Iterator[None]:
    """Within the block, functions traced from the model move their averages with another momentum, and drop nothing.

    Args:
        model: a functional model.
        momentum: 1 leaves the moving averages alone, 0 replaces them by the last batch's statistics.
    """
    changes: list[tuple[Any, str, float]] = [(layer, "momentum", momentum) for layer in normalisations(model)]
    changes += [(layer, "rate", 0.0) for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    before = [getattr(layer, name) for layer, name, _ in changes]
    try:
        for layer, name, value in changes:
            setattr(layer, name, value)
        yield
    finally:
        for (layer, name, _), value in zip(changes, before, strict=True):
            setattr(layer, name, value)


class Statistics:
    """Replaces the moving averages of every BatchNormalization by the statistics of some batches, all weighted alike.

    The moving averages of a training are those of weights that have changed since, and after few steps also of their
    start at 0 and 1: inference then disagrees with training. Here each batch goes forward in training mode with fixed
    weights, and nothing dropped.

    Formula: mean = <m_b>, variance = <v_b + m_b^2> - mean^2, over the batches b with mean m_b and variance v_b.

    Args:
        classifier: the functional model that reestimate changes; nothing happens where it has no BatchNormalization.
    """

    def __init__(self, classifier: keras.Model) -> None:
        self.classifier = classifier
        self.layers = normalisations(classifier)
        forward = tf.function(reduce_retracing=True, autograph=False)
        self._forward: Any = forward(lambda images: classifier(images, training=True))

    def reestimate(self, batches: Iterable[Any]) -> int:
        """Set the moving averages from batches of images (n, S, S, 3) of equal size; gives the number of batches."""
        count = 0
        mean = [np.zeros(layer.moving_mean.shape) for layer in self.layers]
        square = [np.zeros(layer.moving_mean.shape) for layer in self.layers]
        with held(self.classifier, momentum=0.0):
            for images in batches if self.layers else ():
                self._forward(images)
                count += 1
                for index, layer in enumerate(self.layers):
                    batch_mean = np.asarray(layer.moving_mean, np.float64)
                    mean[index] += batch_mean
                    square[index] += np.asarray(layer.moving_variance, np.float64) + batch_mean**2
        for index, layer in enumerate(self.layers if count else ()):
            layer.moving_mean.assign(mean[index] / count)
            layer.moving_variance.assign(np.maximum(square[index] / count - (mean[index] / count) ** 2, 0.0))
        return count
