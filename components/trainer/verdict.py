"""What model.json says of a training that is done: how good it is, and what is wrong with it."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from truemorph.components.laws import CLASS_NAMES
from truemorph.components.progress import say
from truemorph.components.trainer.check_model import JUDGED_IMAGES, Questions, augmentation_shift, why_degenerate
from truemorph.components.trainer.checkpoint import Progress
from truemorph.components.trainer.inputs import LabelledImages

LATE = 0.1
"""Share of all that the validation loss fell by, which may lie in the last third of the epochs."""
LEAST = 6
"""Epochs that it takes to see."""


def verdict(
    model: keras.Model,
    classifier: keras.Model,
    galaxies: LabelledImages,
    held: LabelledImages,
    progress: Progress,
    names: Sequence[str] = CLASS_NAMES,
) -> dict[str, Any]:
    """Look at a trained network, and say on stderr what is wrong with it.

    Args:
        model: images and alpha -> logits of the label seen.
        classifier: the classifier inside it.
        galaxies: those trained on.
        held: those held back.
        progress: of the training.
        names: those of the classes.
    """
    some = galaxies.in_order().take(max(min(len(galaxies), JUDGED_IMAGES) // galaxies.batch_size, 1))
    questions = Questions(model, classifier)
    trained, used = (questions.ask(some, training=mode) for mode in (True, False))
    if trained is None or used is None:
        raise ValueError(f"there must be a training galaxy. Received: {len(galaxies)}")
    outside = questions.ask(held.in_order(), training=False)
    shift = None
    # How p(disk) shifts is looked at where there is one.
    two = tuple(names) == CLASS_NAMES
    if outside and two and (turned := questions.ask(held.in_order(turned=True), training=True)):
        shift = augmentation_shift(turned, outside, held.alpha)
    degenerate, not_converged = (
        why_degenerate(trained, used, outside, names),
        why_not_converged(progress.history["val_loss"]),
    )
    if degenerate:
        say(f"the model is degenerate: {degenerate}")
    if not_converged:
        say(f"not converged: {not_converged}; set more trainer.epochs, or a higher trainer.learning_rate")
    if shift:
        say(f"the network answers differently in use than in training: p(disk) changes by {shift['p_disk']:+.3f}")
    return {
        "n_train": len(galaxies),
        "n_eval": len(held),
        "unlabelled_train": galaxies.unlabelled,
        "unlabelled_eval": held.unlabelled,
        "restarts": progress.restarts,
        "best_epoch": (progress.best_epoch or 0) + 1,
        "train_accuracy": trained.accuracy,
        "train_loss": trained.loss,
        "train_accuracy_inference": used.accuracy,
        "train_loss_inference": used.loss,
        "eval_accuracy": outside.accuracy if outside else None,
        "eval_loss": outside.loss if outside else None,
        "augmentation_shift": shift,
        "not_converged": not_converged,
        "status": "degenerate" if degenerate else "ok",
        "why": degenerate,
    }


def why_not_converged(losses: Sequence[float | None]) -> str | None:
    """The reason why a training should go on longer, or None.

    Formula: (a - b) / (L_1 - b) > 0.1, with L_1 the validation loss of the first epoch, a and b its means over the
    sixth of the epochs that ends two thirds through, and over the last sixth.

    Args:
        losses: validation loss of each epoch, nats; None where there was no galaxy.

    Example:
        >>> why_not_converged([0.69, 0.5, 0.42, 0.40, 0.40, 0.40])
        >>> why_not_converged([0.69, 0.66, 0.63, 0.60, 0.57, 0.54])
        'the validation loss was still falling: 0.600 two thirds through, 0.540 at the end'
    """
    known = np.array([np.nan if loss is None else loss for loss in losses], np.float64)
    if len(known) < LEAST or not np.isfinite(known).all():
        return None
    wide, middle = max(len(known) // 6, 1), 2 * len(known) // 3
    before, last = known[middle - wide : middle].mean(), known[-wide:].mean()
    if before - last <= LATE * (known[0] - last) or before <= last:
        return None
    return f"the validation loss was still falling: {before:.3f} two thirds through, {last:.3f} at the end"
