"""The folder of a model: models/<name>/ as the Trainer wrote it, or serving/ as the Pusher did."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from truemorph.components.artifacts.model_card import CARD, ModelCard, TrainedModel
from truemorph.components.errors import InputError
from truemorph.components.files import hash_file, read_json, write_json

KERAS = "model.keras"
MODEL = "model.json"
CERTAINTY = "certainty.npz"
_HISTORY = "history.json"


def member_name(number: int | str) -> str:
    """The name of a fold's network, counted from 1: of its folder, and of its layer in the mean of the folds."""
    return f"fold_{number}"


def write_history(folder: Path, history: Mapping[str, Sequence[float | None]]) -> None:
    """Write what each epoch of a training measured."""
    write_json(folder / _HISTORY, history, sort_keys=True)


def read_history(folder: Path) -> dict[str, list[float | None]]:
    """What each epoch of a training measured: loss, accuracy, val_loss, val_accuracy, those that were measured."""
    return {name: values for name, values in read_json(folder / _HISTORY).items() if values}


def chosen_model(folder: Path) -> Path:
    """The folder of the model itself.

    Args:
        folder: models/<name>/ of a run, a version of serving/, or serving/ itself, of which the newest version counts.

    Raises:
        InputError: if there is no model in the folder.
    """
    if is_keras(folder):
        return folder
    chosen = newest_saved_model(folder)
    if chosen is None:
        near = folder / "serving"
        hint = f"give {near}" if near.is_dir() else f"give models/<name>/ (with {KERAS}) or serving/ of a finished run"
        raise InputError(f"--model {folder}: no model here; {hint}")
    return chosen


def read_card(folder: Path) -> TrainedModel | ModelCard:
    """What a model says of itself; folder as in chosen_model."""
    chosen = chosen_model(folder)
    return TrainedModel.read(chosen / MODEL) if is_keras(chosen) else ModelCard.read(chosen / CARD)


def model_files(folder: Path) -> list[Path]:
    """All files of a model, folder as in chosen_model; the first one lies in the chosen folder itself."""
    chosen = chosen_model(folder)
    if is_keras(chosen):
        return [chosen / KERAS, chosen / MODEL, *chosen.glob(CERTAINTY)]
    main = chosen / "saved_model.pb"
    return [main, *sorted(path for path in chosen.rglob("*") if path.is_file() and path != main)]


def model_hash(folder: Path) -> str:
    """SHA-256 that tells models apart, folder as in chosen_model."""
    return hashlib.sha256(b"".join(bytes.fromhex(hash_file(path)) for path in model_files(folder))).hexdigest()


def is_keras(folder: Path) -> bool:
    """Whether this is a model as the Trainer wrote it."""
    return (folder / KERAS).is_file()


def newest_saved_model(folder: Path) -> Path | None:
    """The SavedModel in a folder: the folder itself or its newest version, None where there is none."""
    if _is_saved(folder):
        return folder
    versions = [int(path.name) for path in folder.glob("*") if path.name.isdecimal() and _is_saved(path)]
    return folder / str(max(versions)) if versions else None


def _is_saved(folder: Path) -> bool:
    return (folder / "saved_model.pb").is_file()
