"""Loss and accuracy on galaxies held back."""

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf
from scipy.special import log_softmax

from truemorph.components.trainer.galaxy_batches import GalaxyBatches


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

        self._forward: Any = tf.function(forward, autograph=False)

    def evaluate(self, galaxies: GalaxyBatches) -> tuple[dict[str, float | None], npt.NDArray[np.float64]]:
        """Loss and accuracy on the labels seen, at inference; None each where there is no galaxy.

        Returns:
            Both by name, and (N,) minus the log-likelihood of each galaxy's label seen.
        """
        if not len(galaxies):
            return {"loss": None, "accuracy": None}, np.empty(0)
        loss, correct = 0.0, 0
        losses: list[npt.NDArray[np.float64]] = []
        batches = galaxies.in_order()
        # Traced once for batches of any size: the last one is smaller.
        self._forward.get_concrete_function(*batches.element_spec)
        for inputs, label in batches:
            seen, mean = self._forward(inputs, label)
            loss += float(mean) * len(label)
            correct += int(np.sum(np.argmax(seen, axis=1) == np.asarray(label)))
            log_p = log_softmax(np.asarray(seen, np.float64), axis=1)
            losses.append(-np.take_along_axis(log_p, np.asarray(label)[:, None], axis=1)[:, 0])
        return {"loss": loss / len(galaxies), "accuracy": correct / len(galaxies)}, np.concatenate(losses)
