"""The plateau of the likelihood: all galaxies are surely of one class, and all other labels are taken for mistakes."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from truemorph.components.trainer.distribution import scope_of
from truemorph.components.trainer.galaxy_batches import GalaxyBatches

RESTARTS = 3
"""How often a training that fell onto the plateau begins again, at most."""
SLOWER = 10.0
"""By how much its learning rate is then lower."""
_LOOKED_AT, _SURE = 256, 0.99


def on_plateau(classifier: Callable[[Any], Any], galaxies: GalaxyBatches) -> bool:
    """Whether a classifier gives the same class, with certainty, to all of the galaxies that are looked at.

    There the gradient is next to nothing, and training stays for good: where p(disk) = 1, the loss of a label 'smooth'
    is that of a flip, whatever the image. Zero heads, the warm-up and clipped gradients keep a training off it at
    ordinary learning rates; this finds the others.

    Args:
        classifier: images -> logits at inference, with statistics of BatchNormalization that are up to date.
        galaxies: the first 256 of them are looked at, as they are.
    """
    batches = -(-min(len(galaxies), _LOOKED_AT) // galaxies.batch_size)
    parts: list[Any] = [classifier(inputs["image"]) for inputs, _ in galaxies.in_order().take(batches)]
    logits = np.concatenate([np.asarray(part, np.float64) for part in parts])
    p = np.exp(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True))
    return bool((p.min(axis=0) > _SURE).any())


def slow_down(model: keras.Model) -> None:
    """Give a compiled training model a fresh optimizer, its learning rates a tenth of the old one's.

    Args:
        model: from training_model.
    """
    config = model.optimizer.get_config()
    adam = config["inner_optimizer"]["config"] if "inner_optimizer" in config else config  # that of a scaled loss
    adam["learning_rate"]["config"]["peak"] /= SLOWER
    with scope_of(model):
        model.optimizer = type(model.optimizer).from_config(config)
        model.optimizer.build(model.trainable_variables)
    model.make_train_function(force=True)
