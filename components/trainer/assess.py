"""Whether a trained model can be used: does it tell classes apart, and do training and inference agree?"""

import math
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from truemorph.components.laws import CLASS_NAMES
from truemorph.components.trainer.galaxies import Galaxies
from truemorph.components.trainer.normalisation import momentum, no_dropout

JUDGED_IMAGES = 4096
"""How many training images are looked at, at most."""


@dataclass(frozen=True)
class Look:
    """A model's answers over some galaxies.

    Args:
        accuracy: share of the labels seen that the model, with its law, predicts; in [0, 1].
        loss: minus the mean log-likelihood of the labels seen, nats.
        predicted: (2,) galaxies called smooth and disk by the classifier alone.
    """

    accuracy: float
    loss: float
    predicted: npt.NDArray[np.int64]

    @property
    def n(self) -> int:
        """Number of galaxies."""
        return int(self.predicted.sum())


def look(model: keras.Model, classifier: keras.Model, batches: tf.data.Dataset, training: bool) -> Look | None:
    """Run a model over batches without changing it.

    Args:
        model: images and alpha -> logits of the label seen.
        classifier: the classifier inside it.
        batches: ({'image', 'alpha'}, label).
        training: True: BatchNormalization uses each batch's own statistics, as in training; nothing is dropped.

    Returns:
        What was seen, or None where there is no batch.
    """
    both = keras.Model(model.input, [model.output, classifier.output])
    losses, correct = [], []
    predicted = np.zeros(len(CLASS_NAMES), np.int64)
    with momentum(classifier, 1.0), no_dropout(classifier):
        forward: Any = tf.function(lambda inputs: both(inputs, training=training), reduce_retracing=True)
        for inputs, label in batches:
            seen, true = (np.asarray(logits, np.float64) for logits in forward(inputs))
            label = np.asarray(label)
            top = seen.max(axis=1)
            losses.append(top + np.log(np.exp(seen - top[:, None]).sum(axis=1)) - seen[np.arange(len(label)), label])
            correct.append(seen.argmax(axis=1) == label)
            predicted += np.bincount(true.argmax(axis=1), minlength=len(CLASS_NAMES))
    if not losses:
        return None
    return Look(float(np.concatenate(correct).mean()), float(np.concatenate(losses).mean()), predicted)


def why_degenerate(training: Look, inference: Look, held: Look | None) -> str | None:
    """The reason why a model must not be used, or None.

    A model is degenerate if at inference it calls all but 0.2 % of the galaxies the same, or if its accuracy or
    likelihood at inference is not that of training mode: beyond 0.05 + 1/sqrt(n) in accuracy, twice that in nats.

    Args:
        training: training galaxies, in training mode.
        inference: the same galaxies at inference.
        held: galaxies held back, at inference; None where there are none.

    Returns:
        One sentence, or None where there is nothing to object to.
    """
    predicted = inference.predicted + (held.predicted if held else 0)
    if predicted.min() < max(1.0, 0.002 * predicted.sum()):
        name = CLASS_NAMES[int(predicted.argmax())]
        return f"the network predicts one class only: {predicted.max()} of {predicted.sum()} galaxies are called {name}"
    tolerance = 0.05 + 1.0 / math.sqrt(training.n)
    for what, one, other, allowed in (
        ("accuracy", training.accuracy, inference.accuracy, tolerance),
        ("loss", training.loss, inference.loss, 2.0 * tolerance),
    ):
        if not abs(one - other) <= allowed:
            return f"training and inference disagree: {what} {one:.3f} in training mode, {other:.3f} at inference"
    return None


def training_batches(train: Galaxies) -> tf.data.Dataset:
    """Whole batches of training galaxies, unturned, up to JUDGED_IMAGES."""
    whole = min(len(train), JUDGED_IMAGES) // train.batch_size
    return train.in_order().take(max(whole, 1))
