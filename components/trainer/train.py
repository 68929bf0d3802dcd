"""The training: a classifier, with or without the debiasing layer, under stock cross-entropy."""

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from truemorph.components.images.symmetries import traced
from truemorph.components.laws import FlipLaw, Law
from truemorph.components.progress import say
from truemorph.components.trainer.callbacks import Watch, epoch_line
from truemorph.components.trainer.checkpoint import Progress, WithinEpoch, load_checkpoint, save_checkpoint
from truemorph.components.trainer.debiasing import DebiasingLayer, VoteLayer
from truemorph.components.trainer.distribution import Adam
from truemorph.components.trainer.fused import FusedAdam, fused
from truemorph.components.trainer.galaxy_batches import GalaxyBatches
from truemorph.components.trainer.normalisation import Statistics
from truemorph.components.trainer.plateau import RESTARTS, on_plateau, slow_down
from truemorph.components.trainer.schedule import Schedule
from truemorph.components.trainer.selection import as_good, lower
from truemorph.components.trainer.tensorboard import Curves
from truemorph.components.trainer.validation import Validation

STATISTICS_IMAGES = 512
"""How many training images give the statistics of BatchNormalization for each validation; the last ones: 8 times."""


def training_model(
    classifier: keras.Model,
    law: Law | None,
    learning_rate: float,
    steps: int,
    *,
    schedule: str = "cosine",
    votes: bool = False,
    learn: Mapping[str, npt.ArrayLike] | None = None,
    galaxies: int | None = None,
    rates: Sequence[float] | None = None,
) -> keras.Model:
    """The compiled model that is fitted: the classifier and, with a law, the debiasing layer 'debiasing' after it.

    Args:
        classifier: images -> logits; its weights are shared.
        law: the law of mislabelling; None: the naive model, which takes the labels as they are.
        learning_rate: of Adam (beta_1 0.9, beta_2 0.99), at its highest.
        steps: all steps of the training.
        schedule: how the learning rate falls after the warm-up; see Schedule.
        votes: True: the votes teach, by a third input 'log_votes' (N, K, K); False: the labels.
        learn: widths of the prior by name of the law's parameters that are learnt; see DebiasingLayer.
        galaxies: number of training galaxies; needed where learn is given.
        rates: shares of the labels of each class that the sample kept; see DebiasingLayer.

    Returns:
        A model {'image', 'alpha'} -> (N, K) logits of the label seen, with cross-entropy (or the likelihood of the
        votes) and accuracy on labels seen.
    """
    inputs = {"image": classifier.input, "alpha": keras.Input((), name="alpha")}
    # TensorFlow's fused operations know nothing of other devices.
    alone = classifier.distribute_strategy.num_replicas_in_sync == 1
    seen, optimizer = (fused(classifier), FusedAdam) if alone else (classifier.output, Adam)
    k = classifier.output.shape[-1]
    observed = []
    if isinstance(law, FlipLaw) and law.observables:
        observed = [keras.Input((len(law.observables),), name="observables")]
        inputs["observables"] = observed[0]
    if law is not None and votes:
        inputs["log_votes"] = keras.Input((k, k), name="log_votes")
        layer = VoteLayer(law, learn=learn, galaxies=galaxies, rates=rates, name="debiasing")
        seen = layer([seen, inputs["alpha"], inputs["log_votes"], *observed])
    elif law is not None:
        layer = DebiasingLayer(law, from_logits=True, learn=learn, galaxies=galaxies, rates=rates, name="debiasing")
        seen = layer([seen, inputs["alpha"], *observed])
    model = keras.Model(inputs, seen)
    model.compile(
        # Clipped gradients: one batch must not throw the weights onto the plateau where all is disk.
        optimizer(Schedule(schedule, learning_rate, steps), beta_1=0.9, beta_2=0.99, global_clipnorm=1.0),
        None if "log_votes" in inputs else keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
        jit_compile=False,
    )
    # Keras makes them while it traces the first step, and then has to trace it again.
    model.optimizer.build(model.trainable_variables)
    return model


def fit(
    model: keras.Model,
    classifier: keras.Model,
    train: GalaxyBatches,
    held: GalaxyBatches,
    epochs: int,
    checkpoint: Path,
    *,
    patience: int = 0,
    curves: Curves | None = None,
) -> Progress:
    """Train to the last epoch, going on from the checkpoint if there is one; the model ends as the best epoch's.

    The best is the last whose likelihood of the labels held back is the highest, to one standard error; see as_good.

    Args:
        model: from training_model.
        classifier: the classifier inside it.
        train: the galaxies to train on.
        held: the galaxies that choose the best epoch by their likelihood; may be empty: then it is the last epoch.
        epochs: how many.
        checkpoint: file that keeps the state at the end of each epoch, and every ten minutes within it.
        patience: after how many epochs without a better one the training ends early; 0: never.
        curves: where the history is shown as it grows.

    A debiased training that ends an epoch on the plateau begins again with a tenth of the learning rate, three times at
    most.

    Returns:
        The finished progress. The statistics of BatchNormalization are those of the final weights.
    """
    start = [np.asarray(variable) for variable in model.variables]
    debiased = any(isinstance(layer, DebiasingLayer) for layer in model.layers)
    progress = load_checkpoint(checkpoint, model)
    if progress.epoch or progress.step:
        say(f"continuing after epoch {progress.epoch}/{epochs}" + f" and {progress.step} batches" * bool(progress.step))
    statistics, validation, answers = Statistics(classifier), Validation(model), traced(classifier)
    while progress.epoch < epochs and not _out_of_patience(progress, patience):
        if curves:
            curves.write(progress.history)
        epoch = progress.epoch
        began = time.monotonic()
        watch = Watch(train, epoch, epochs, progress.step)
        callbacks = [watch, WithinEpoch(checkpoint, progress, train.steps)]
        if progress.step:
            # Makes the metrics, whose sums are then those of the checkpoint.
            model.evaluate(train.in_order().take(1), verbose=0)
        try:
            result = model.fit(
                train.shuffled(epoch, progress.step), epochs=1, verbose=0, shuffle=False, callbacks=callbacks
            )
        except tf.errors.InvalidArgumentError:
            train.check_images()
            raise
        logs: dict[str, float | None] = {name: float(values[0]) for name, values in result.history.items()}
        statistics.reestimate(_images(train, epoch, STATISTICS_IMAGES))
        if debiased and progress.restarts < RESTARTS and on_plateau(answers, train):
            say(
                f"epoch {epoch + 1}/{epochs}: the network calls everything one class; "
                "starting over with a lower learning rate"
            )
            for variable, weights in zip(model.variables, start, strict=True):
                variable.assign(weights)
            slow_down(model)
            progress = Progress(restarts=progress.restarts + 1)
            save_checkpoint(checkpoint, model, progress)
            continue
        found, losses = validation.evaluate(held)
        logs |= {f"val_{name}": value for name, value in found.items()}
        if progress.lowest_epoch is None or lower(losses, progress.lowest[0]):
            progress.lowest_epoch, progress.lowest = epoch, [losses]
        best = epoch == progress.lowest_epoch or as_good(losses, progress.lowest[0])
        if best:
            progress.best_epoch = epoch
            progress.best = [np.asarray(variable) for variable in model.variables]
        for name, value in logs.items():
            progress.history.setdefault(name, []).append(value)
        progress.epoch, progress.step, progress.metrics = epoch + 1, 0, []
        save_checkpoint(checkpoint, model, progress)
        say(epoch_line(watch, logs, best, time.monotonic() - began))
    if curves:
        curves.write(progress.history)
    if progress.epoch < epochs:
        say(f"stopping after epoch {progress.epoch}/{epochs}: none of the last {patience} was better")
    for variable, weights in zip(model.variables, progress.best, strict=True):
        variable.assign(weights)
    statistics.reestimate(_images(train, epochs, 8 * STATISTICS_IMAGES))
    return progress


def _images(train: GalaxyBatches, epoch: int, count: int) -> Iterator[Any]:
    """Whole batches of turned training images, `count` images or as many as there are."""
    batches = max(min(len(train), count) // train.batch_size, 1)
    return (inputs["image"] for inputs, _ in train.shuffled(epoch).take(batches))


def _out_of_patience(progress: Progress, patience: int) -> bool:
    return patience > 0 and progress.lowest_epoch is not None and progress.epoch - progress.lowest_epoch > patience
