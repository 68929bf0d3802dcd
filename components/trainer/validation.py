"""Loss and accuracy on galaxies held back."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from truemorph.components.trainer.galaxies import Galaxies


class Validation:
    """Evaluates a model as keras.Model.evaluate does, and on one device also where several train it.

    On several, a last batch with fewer galaxies than devices would leave some of them without any.

    Args:
        model: the compiled training model.
    """

    def __init__(self, model: keras.Model) -> None:
        def forward(inputs: dict[str, tf.Tensor], label: tf.Tensor) -> tuple[Any, Any]:
            seen = model(inputs, training=False)
            return seen, model.compute_loss(inputs, label, seen, training=False)

        self._forward: Any = tf.function(forward, reduce_retracing=True)

    def evaluate(self, galaxies: Galaxies) -> dict[str, float | None]:
        """Loss and accuracy on the labels seen, at inference; None each where there is no galaxy."""
        if not len(galaxies):
            return {"loss": None, "accuracy": None}
        loss, correct = 0.0, 0
        for inputs, label in galaxies.in_order():
            seen, mean = self._forward(inputs, label)
            loss += float(mean) * len(label)
            correct += int(np.sum(np.argmax(seen, axis=1) == np.asarray(label)))
        return {"loss": loss / len(galaxies), "accuracy": correct / len(galaxies)}
