"""The state of a training at the end of an epoch, or within a long one, in one file that is replaced atomically."""

import json
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from truemorph.components.errors import InputError
from truemorph.components.files import replacing
from truemorph.components.trainer.plateau import slow_down

Arrays = list[npt.NDArray[np.generic]]
SECONDS = 600.0
"""How much of an epoch may be lost when a training is killed."""
_SUMMARY = ("epoch", "step", "history", "best_epoch", "lowest_epoch", "restarts")


@dataclass
class Progress:
    """How far a training has come.

    Args:
        epoch: number of finished epochs.
        step: batches done of the epoch after these.
        history: a list with one number, or None where it is not known, an epoch for each quantity.
        best_epoch: the epoch, from 0, whose weights are kept, see selection.as_good; None before the first.
        best: the model's variables at that epoch.
        lowest_epoch: the epoch, from 0, with the lowest loss on the galaxies held back; None before the first.
        lowest: its losses, one array (N,).
        restarts: how often the training fell onto the plateau and began again, slower.
        metrics: sums over the batches done, from which the epoch's loss and accuracy are to be.
    """

    epoch: int = 0
    step: int = 0
    history: dict[str, list[float | None]] = field(default_factory=dict)
    best_epoch: int | None = None
    best: Arrays = field(default_factory=list)
    lowest_epoch: int | None = None
    lowest: Arrays = field(default_factory=list)
    restarts: int = 0
    metrics: Arrays = field(default_factory=list)


def save_checkpoint(path: Path, model: keras.Model, progress: Progress) -> None:
    """Write weights, optimizer and progress under a temporary name, onto the disk, and rename it into place.

    Args:
        path: the file, .npz.
        model: the compiled training model.
        progress: see Progress.

    Raises:
        OSError: if the file cannot be written; the checkpoint before it is kept.
    """
    arrays = {f"state-{index}": np.asarray(variable) for index, variable in enumerate(_state(model))}
    arrays |= {f"best-{index}": array for index, array in enumerate(progress.best)}
    arrays |= {f"lowest-{index}": array for index, array in enumerate(progress.lowest)}
    arrays |= {f"metrics-{index}": array for index, array in enumerate(progress.metrics)}
    summary = {name: getattr(progress, name) for name in _SUMMARY}
    with replacing(path) as staged, open(staged, "wb") as file:
        np.savez(file, summary=np.array(json.dumps(summary)), **arrays)  # type: ignore[arg-type]


def load_checkpoint(path: Path, model: keras.Model) -> Progress:
    """Bring a compiled training model to the state of a checkpoint; without one, leave it at its start.

    Args:
        path: the file that save_checkpoint wrote, which need not exist.
        model: the same model as at save_checkpoint, changed in place.

    Returns:
        The progress; of epoch 0 where there is no file.

    Raises:
        InputError: if the file is damaged, or is of another model.
    """
    if not path.exists():
        return Progress()
    try:
        with np.load(path) as file:
            summary = json.loads(str(file["summary"]))
            for _ in range(summary["restarts"]):
                slow_down(model)
            for index, variable in enumerate(_state(model)):
                variable.assign(file[f"state-{index}"])
            best, lowest, metrics = (
                [file[f"{part}-{index}"] for index in range(sum(name.startswith(f"{part}-") for name in file.files))]
                for part in ("best", "lowest", "metrics")
            )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: not a checkpoint of this training ({error}); delete it to start over") from None
    return Progress(best=best, lowest=lowest, metrics=metrics, **summary)


class WithinEpoch(keras.callbacks.Callback):
    """Saves checkpoints within an epoch, and goes on with the sums of the one that it resumes.

    Args:
        path: the file, .npz.
        progress: how far the training had come when the epoch began, or went on.
        steps: batches in an epoch.
    """

    def __init__(self, path: Path, progress: Progress, steps: int) -> None:
        super().__init__()
        self.path, self.progress, self.steps = path, progress, steps
        self.first, self.saved = progress.step, time.monotonic()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        for variable, value in zip(self.model.metrics_variables, self.progress.metrics, strict=bool(self.first)):
            variable.assign(value)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        done = self.first + batch + 1
        if done < self.steps and time.monotonic() - self.saved >= SECONDS:
            self.progress.step = done
            self.progress.metrics = [np.asarray(variable) for variable in self.model.metrics_variables]
            save_checkpoint(self.path, self.model, self.progress)
            self.saved = time.monotonic()


def _state(model: keras.Model) -> list[keras.Variable]:
    return [*model.variables, *model.optimizer.variables]
