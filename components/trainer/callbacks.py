"""What a training says while it runs, and the stop at a loss that is no number."""

import math
import time
from typing import Any

import keras

from truemorph.components.errors import InputError
from truemorph.components.progress import bar, live, say
from truemorph.components.trainer.galaxy_batches import GalaxyBatches


class Watch(keras.callbacks.Callback):
    """Shows a bar on a terminal or in a notebook, else a line now and then, and stops at a loss that is not finite.

    Args:
        train: the galaxies trained on.
        epoch: number of the epoch, from 0.
        epochs: how many epochs the training has.
        step: batches of the epoch done before.

    Raises:
        InputError: if the loss of a batch is not finite; it names the galaxies of the batch.
    """

    LINE_EVERY = 60.0
    """Seconds between two lines where there is no bar."""

    def __init__(self, train: GalaxyBatches, epoch: int, epochs: int, step: int = 0) -> None:
        super().__init__()
        self.train, self.epoch, self.epochs, self.step = train, epoch, epochs, step
        self.images = self.before = step * train.batch_size
        self.began = self.spoke = time.monotonic()
        self.bar: Any = None

    def on_train_begin(self, logs: Any = None) -> None:
        title = f"epoch {self.epoch + 1}/{self.epochs}"
        settings = {"total": len(self.train), "initial": self.before, "unit": " images"}
        self.bar = bar(desc=title, leave=False, disable=not live(), **settings)

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        loss = float((logs or {})["loss"])
        if not math.isfinite(loss):
            objids = ", ".join(self.train.batch_objids(self.epoch, self.step + batch))
            raise InputError(
                f"training: the loss became {loss} in epoch {self.epoch + 1}, batch {self.step + batch + 1}; lower "
                f"trainer.learning_rate, or look at the images and alpha of its galaxies: {objids}"
            )
        count = min(self.train.batch_size, len(self.train))
        self.images += count
        self.bar.update(count)
        if self.bar.disable and time.monotonic() - self.spoke > self.LINE_EVERY:
            self.spoke = time.monotonic()
            share = self.images / len(self.train)
            say(f"epoch {self.epoch + 1}/{self.epochs}: {share:.0%} done, loss {loss:.4f}, {self.rate():.0f} images/s")

    def on_train_end(self, logs: Any = None) -> None:
        self.bar.close()

    def rate(self) -> float:
        """Images a second so far."""
        return (self.images - self.before) / max(time.monotonic() - self.began, 1e-9)


def epoch_line(watch: Watch, logs: dict[str, float | None], best: bool, seconds: float) -> str:
    """The line that ends an epoch.

    Args:
        watch: the epoch's Watch.
        logs: loss, accuracy, val_loss, val_accuracy; None where not known.
        best: whether its weights are kept, until a later epoch is as good.
        seconds: seconds that an epoch took, validation included.
    """
    numbers = ", ".join(f"{name} {value:.4f}" for name, value in logs.items() if value is not None)
    left = seconds * (watch.epochs - watch.epoch - 1)
    marked = " (kept)" if best else ""
    return f"epoch {watch.epoch + 1}/{watch.epochs}: {numbers}, {watch.rate():.0f} images/s, {left:.0f} s left{marked}"
