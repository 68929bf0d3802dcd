"""Whether a trained model can be used: does it tell classes apart, also where images are shown as in use?"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf
from scipy.special import log_softmax

from truemorph.components.laws import CLASS_NAMES, DISK
from truemorph.components.trainer.normalisation import held

Floats = npt.NDArray[np.float64]
JUDGED_IMAGES = 4096
"""How many galaxies are looked at, at most."""
BEYOND_CHANCE = 3.3
"""Standard errors of a difference that chance reaches once in a thousand times."""
LEAST, LEAST_P, LEAST_LOSS = 50, 0.02, 0.02
"""Galaxies that it takes to see a shift, and what is too small to matter: of p(disk), and of the loss in nats."""


@dataclass(frozen=True)
class Answers:
    """A model's answers to some galaxies.

    Args:
        correct: (N,) whether the label seen is what the model, with its law, predicts.
        losses: (N,) minus the log-likelihood of the label seen, nats.
        p: (N, K) p(class | x) of the classifier alone.
    """

    correct: npt.NDArray[np.bool_]
    losses: Floats
    p: Floats

    @property
    def p_disk(self) -> Floats:
        """(N,) p(disk | x)."""
        return self.p[:, DISK]

    @property
    def accuracy(self) -> float:
        """Share of the labels seen that are predicted."""
        return float(self.correct.mean())

    @property
    def loss(self) -> float:
        """Mean of the losses."""
        return float(self.losses.mean())


class Questions:
    """What is asked of a model, in training mode or at inference, without changing it.

    Args:
        model: images and alpha -> logits of the label seen.
        classifier: the classifier inside it.
    """

    def __init__(self, model: keras.Model, classifier: keras.Model) -> None:
        self.classifier = classifier
        both = keras.Model(model.input, [model.output, classifier.output])
        self._forward: Any = tf.function(lambda inputs, training: both(inputs, training=training), autograph=False)

    def ask(self, batches: tf.data.Dataset, training: bool) -> Answers | None:
        """Run the model over batches.

        Args:
            batches: ({'image', 'alpha'}, label).
            training: True: BatchNormalization uses each batch's own statistics, as in training; nothing is dropped.

        Returns:
            The answers, or None where there is no batch.
        """
        parts: list[tuple[npt.NDArray[np.bool_], Floats, Floats]] = []
        with held(self.classifier, momentum=1.0):
            # Traced once for batches of any size, and once for all galaxies that are asked about.
            self._forward.get_concrete_function(batches.element_spec[0], training)
            for inputs, label in batches:
                logits = self._forward(inputs, training)
                seen, true = (log_softmax(np.asarray(each, np.float64), axis=1) for each in logits)
                label = np.asarray(label)
                parts.append((seen.argmax(axis=1) == label, -seen[np.arange(len(label)), label], np.exp(true)))
        return Answers(*(np.concatenate(column) for column in zip(*parts, strict=True))) if parts else None


def why_degenerate(
    training: Answers, inference: Answers, held: Answers | None, names: Sequence[str] = CLASS_NAMES
) -> str | None:
    """The reason why a model must not be used, or None.

    It is degenerate if at inference it calls all but 0.2 % of the galaxies the same, or is worse there than in training
    mode: by more than 0.05 + 1/sqrt(n) in accuracy, or twice that in nats. Better it may be.

    Args:
        training: training galaxies, in training mode.
        inference: the same galaxies at inference.
        held: galaxies held back, at inference; None where there are none.
        names: those of the classes.

    Returns:
        One sentence, or None where there is nothing to object to.
    """
    p = np.concatenate([inference.p, *([held.p] if held else [])])
    predicted = np.bincount(p.argmax(axis=1), minlength=len(names))
    if predicted.sum() - predicted.max() < max(1.0, 0.002 * predicted.sum()):
        name = names[int(predicted.argmax())]
        return f"the network predicts one class only: {predicted.max()} of {predicted.sum()} galaxies are called {name}"
    tolerance = 0.05 + 1.0 / math.sqrt(len(training.losses))
    for what, worse, allowed in (
        ("accuracy", training.accuracy - inference.accuracy, tolerance),
        ("loss", inference.loss - training.loss, 2.0 * tolerance),
    ):
        if not worse <= allowed:
            one, other = getattr(training, what), getattr(inference, what)
            return f"the network is worse in use: {what} {one:.3f} in training mode, {other:.3f} at inference"
    return None


def augmentation_shift(trained: Answers, used: Answers, alpha: npt.ArrayLike) -> dict[str, Any] | None:
    """How a network's answers change when galaxies are shown as in use and no longer as in training.

    Formula: mean and standard error of d = p(disk) in use - p(disk) as in training, galaxy by galaxy, and the same of
    the losses; a shift is a mean beyond 3.3 standard errors and 0.02 (of p(disk), or nats) in the whole or in a third.

    Args:
        trained: galaxies held back, turned as in training, in training mode.
        used: the same galaxies as they are, at inference.
        alpha: (N,) their resolution.

    Returns:
        {"p_disk", "p_disk_error", "loss", "loss_error", "n", "by_alpha": the same in thirds of alpha, with "alpha": its
        median}; None where there is no shift, or fewer than 50 galaxies.
    """
    resolution = np.asarray(alpha, np.float64)
    if len(resolution) < LEAST:
        return None
    thirds = np.array_split(np.argsort(resolution, kind="stable"), 3)
    whole, *parts = (_difference(trained, used, part) for part in (np.arange(len(resolution)), *thirds))
    if not any(_beyond_chance(each) for each in (whole, *parts)):
        return None
    by_alpha = [
        {"alpha": float(np.median(resolution[third])), **part} for third, part in zip(thirds, parts, strict=True)
    ]
    return {**whole, "by_alpha": by_alpha}


def _difference(trained: Answers, used: Answers, part: npt.NDArray[np.int64]) -> dict[str, float]:
    p, loss = (used.p_disk - trained.p_disk)[part], (used.losses - trained.losses)[part]
    root = math.sqrt(len(part))
    return {
        "n": len(part),
        "p_disk": float(p.mean()),
        "p_disk_error": float(p.std(ddof=1) / root),
        "loss": float(loss.mean()),
        "loss_error": float(loss.std(ddof=1) / root),
    }


def _beyond_chance(difference: dict[str, float]) -> bool:
    return any(
        abs(difference[what]) > max(least, BEYOND_CHANCE * difference[f"{what}_error"])
        for what, least in (("p_disk", LEAST_P), ("loss", LEAST_LOSS))
    )
