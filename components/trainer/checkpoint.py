"""The state of a training at the end of an epoch, in one file that is replaced atomically."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt

from truemorph.components.trainer.plateau import slow_down

Arrays = list[npt.NDArray[np.generic]]


@dataclass
class Progress:
    """How far a training has come.

    Args:
        epoch: number of finished epochs.
        history: a list with one number, or None where it is not known, an epoch for each quantity.
        best_epoch: the epoch, from 0, with the lowest validation loss so far; None before the first.
        best: the model's variables at that epoch.
        restarts: how often the training fell onto the plateau and began again, slower.
    """

    epoch: int = 0
    history: dict[str, list[float | None]] = field(default_factory=dict)
    best_epoch: int | None = None
    best: Arrays = field(default_factory=list)
    restarts: int = 0


def save_checkpoint(path: Path, model: keras.Model, progress: Progress) -> None:
    """Write weights, optimizer and progress under a temporary name and rename it into place.

    Args:
        path: the file, .npz.
        model: the compiled training model.
        progress: see Progress.
    """
    arrays = {f"state-{index}": np.asarray(variable) for index, variable in enumerate(_state(model))}
    arrays |= {f"best-{index}": array for index, array in enumerate(progress.best)}
    summary = {name: getattr(progress, name) for name in ("epoch", "history", "best_epoch", "restarts")}
    temporary = path.with_name(f".{path.name}.tmp")
    with open(temporary, "wb") as file:
        np.savez(file, summary=np.array(json.dumps(summary)), **arrays)  # type: ignore[arg-type]
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def load_checkpoint(path: Path, model: keras.Model) -> Progress:
    """Bring a compiled training model to the state of a checkpoint; without one, leave it at its start.

    Args:
        path: the file that save_checkpoint wrote, which need not exist.
        model: the same model as at save_checkpoint, changed in place.

    Returns:
        The progress; of epoch 0 where there is no file.
    """
    if not path.exists():
        return Progress()
    with np.load(path) as file:
        summary = json.loads(str(file["summary"]))
        for _ in range(summary["restarts"]):
            slow_down(model)
        for index, variable in enumerate(_state(model)):
            variable.assign(file[f"state-{index}"])
        best = [file[f"best-{index}"] for index in range(sum(name.startswith("best-") for name in file.files))]
    return Progress(best=best, **summary)


def _state(model: keras.Model) -> list[keras.Variable]:
    model.optimizer.build(model.trainable_variables)
    return [*model.variables, *model.optimizer.variables]
