"""The network that every method of the truth benchmark trains, by truemorph's own training."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from schedule import BATCH, HELD, LEARNING_RATE, PRECISION, epochs_of
from sky import IMAGE_SIZE, Sky

from truemorph.components.images.symmetries import averaged
from truemorph.components.laws import FlipLaw, Law
from truemorph.components.trainer import learnt, train
from truemorph.components.trainer.backbones import build_classifier
from truemorph.components.trainer.galaxy_batches import GalaxyBatches
from truemorph.components.trainer.parameters import TrainerParameters
from truemorph.components.trainer.precision import precision
from truemorph.components.trainer.process import keep_freed_memory

Floats = npt.NDArray[np.float64]


@dataclass
class Trained:
    """A trained classifier and what is told of parameters that were learnt with it."""

    classifier: keras.Model
    told: dict[str, Any] | None

    def p_disk(self, pixels: npt.NDArray[np.uint8]) -> Floats:
        """p(disk | x), (N,), averaged as the backbone's predictions are."""
        over = TrainerParameters(backbone=self.classifier.name).filled().symmetries or 1
        logits = self._batches(lambda part: averaged(partial(self.classifier, training=False), part, over), pixels)
        return np.exp(-np.logaddexp(0.0, logits[:, 0] - logits[:, 1]))

    def features(self, pixels: npt.NDArray[np.uint8]) -> Floats:
        """What the last layer sees, (N, D)."""
        inner = keras.Model(self.classifier.input, self.classifier.get_layer("logits").input)
        return self._batches(partial(inner, training=False), pixels)

    def _batches(self, model: Callable[[Any], Any], pixels: npt.NDArray[np.uint8]) -> Floats:
        parts = [pixels[start : start + 256].astype(np.float32) for start in range(0, len(pixels), 256)]
        return np.concatenate([np.asarray(model(part), np.float64) for part in parts])


def fit_network(
    sky: Sky,
    label: npt.ArrayLike,
    seed: int,
    *,
    rates: tuple[float, float] = (1.0, 1.0),
    backbone: str = "small",
    law: Law | None = None,
    log_votes: Floats | None = None,
    spread: Mapping[str, Any] | None = None,
    loss: keras.losses.Loss | None = None,
) -> Trained:
    """Train on some galaxies.

    Args:
        sky: the galaxies; every tenth is held back.
        label: (N,) what the network is to learn; NaN where there is none: such galaxies are left out.
        seed: of weights and shuffling.
        rates: shares of the smooth and of the disk labels that the sample kept; a law takes them into account.
        backbone: 'small' or 'resnet50'.
        law: trained through it; None: naive.
        log_votes: (N, 2, 2) log p(votes | true, seen); None: the labels teach.
        spread: the prior's widths of parameters that are learnt.
        loss: another loss than cross-entropy, of numbers of classes and probabilities.
    """
    keep_freed_memory()
    label = np.asarray(label, np.float64)
    known = np.flatnonzero(np.isfinite(label))
    names = list(law.observables) if isinstance(law, FlipLaw) else []
    observables = sky.table[names].to_numpy(np.float64) if names else None
    held = known[::HELD]
    rest = np.setdiff1d(known, held)
    epochs = epochs_of(len(sky), backbone)
    train_on, held_back = (
        GalaxyBatches(
            sky.pixels[index],
            sky.table["alpha"].to_numpy()[index],
            label[index],
            batch_size=BATCH,
            seed=seed,
            zoom=TrainerParameters(backbone=backbone).filled().zoom or 0.0,
            log_votes=None if log_votes is None else log_votes[index],
            observables=None if observables is None else observables[index],
        )
        for index in (rest, held)
    )
    steps = epochs * max(len(rest) // BATCH, 1)
    with precision(PRECISION[backbone]):
        classifier = build_classifier(backbone, IMAGE_SIZE, seed)
        model = train.training_model(
            classifier,
            law,
            LEARNING_RATE[backbone],
            steps,
            votes=log_votes is not None,
            learn=spread,
            galaxies=len(rest),
            rates=None if rates == (1.0, 1.0) else rates,
        )
    if loss is not None:
        accuracy = keras.metrics.SparseCategoricalAccuracy(name="accuracy")
        model.compile(model.optimizer, OfLogits(loss), metrics=[accuracy])
    with tempfile.TemporaryDirectory() as folder:
        train.fit(model, classifier, train_on, held_back, epochs, Path(folder) / "checkpoint.npz")
    return Trained(classifier, learnt.tell(model, classifier, train_on, held_back, spread)[0] if spread else None)


class OfLogits(keras.losses.Loss):
    """A loss of probabilities, given logits."""

    def __init__(self, loss: keras.losses.Loss) -> None:
        super().__init__(name=loss.name)
        self.inner = loss

    def call(self, y_true: Any, y_pred: Any) -> Any:
        # Keras hands over labels of shape (N, 1), for which this loss would compare every galaxy with every other.
        return self.inner.call(keras.ops.reshape(y_true, (-1,)), keras.ops.softmax(y_pred))
