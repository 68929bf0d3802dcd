"""A trained classifier on disk, as a function from pixels to p(disk)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from truemorph.components.errors import InputError
from truemorph.components.laws import FlipLaw, stored_law

CARD = Path("assets.extra") / "model_card.json"
"""Where the model card lies inside a SavedModel; loaders leave this folder alone."""


@dataclass(frozen=True)
class Classifier:
    """A classifier ready to predict.

    Args:
        image_size: side of its images in pixels.
        crop: central share of the stamp's side that it sees.
        p_disk: (n, image_size, image_size, 3) float32 in 0..255, as inputs.decode gives -> (n,) float32 p(disk | x).
    """

    image_size: int
    crop: float
    p_disk: Callable[[Any], npt.NDArray[np.float32]]


def load_classifier(folder: Path) -> Classifier:
    """The classifier in a folder.

    Args:
        folder: models/<name>/ of a run, a version of serving/, or serving/ itself, of which the newest version counts.

    Raises:
        InputError: if there is no such model in the folder.
    """
    chosen = _chosen(folder)
    return _keras(chosen) if _is_keras(chosen) else _saved_model(chosen)


def read_card(folder: Path) -> dict[str, Any]:
    """What a model says of itself, folder as in load_classifier: its model.json, or its model card where pushed."""
    chosen = _chosen(folder)
    return _card(chosen / ("model.json" if _is_keras(chosen) else CARD))


def model_files(folder: Path) -> list[Path]:
    """All files of a model, folder as in load_classifier; the first one lies in the chosen folder itself."""
    chosen = _chosen(folder)
    if _is_keras(chosen):
        return [chosen / "model.keras", chosen / "model.json"]
    main = chosen / "saved_model.pb"
    return [main, *sorted(path for path in chosen.rglob("*") if path.is_file() and path != main)]


def law_of(card: Mapping[str, Any]) -> FlipLaw | None:
    """The law that a model was trained through, None for one that was not; card as read_card gives it."""
    return None if card.get("law") is None else stored_law(card)


def _chosen(folder: Path) -> Path:
    if _is_keras(folder):
        return folder
    chosen = newest_saved_model(folder)
    if chosen is None:
        raise InputError(
            f"--model {folder}: holds no model; give models/<name>/ (with model.keras) or serving/ of a finished run"
        )
    return chosen


def _is_keras(folder: Path) -> bool:
    return (folder / "model.keras").is_file()


def newest_saved_model(folder: Path) -> Path | None:
    """The SavedModel in a folder: the folder itself or its newest version, None where there is none."""
    versions = sorted((int(path.name), path) for path in folder.glob("*") if path.name.isdecimal() and _is_saved(path))
    return folder if _is_saved(folder) else versions[-1][1] if versions else None


def _is_saved(folder: Path) -> bool:
    return (folder / "saved_model.pb").is_file()


def _keras(folder: Path) -> Classifier:
    import keras
    import tensorflow as tf

    card = _card(folder / "model.json")
    try:
        model = keras.saving.load_model(folder / "model.keras", compile=False)
    except (ValueError, OSError) as error:
        raise InputError(f"{folder / 'model.keras'}: no readable Keras model ({error}); train it again") from error

    @tf.function(reduce_retracing=True)
    def forward(pixels: Any) -> Any:
        logits = model(pixels, training=False)
        return tf.sigmoid(logits[:, 1] - logits[:, 0])

    return Classifier(card["image_size"], card["crop"], lambda pixels: np.asarray(forward(pixels)))


def _saved_model(folder: Path) -> Classifier:
    import tensorflow as tf

    card = _card(folder / CARD)
    model = tf.saved_model.load(str(folder))
    signature = model.signatures["pixels"]

    def p_disk(pixels: Any) -> npt.NDArray[np.float32]:
        # The signature alone does not keep the variables alive.
        return np.asarray(signature(pixels=pixels)["p_disk"]) if model is not None else np.empty(0, np.float32)

    return Classifier(card["image_size"], card["crop"], p_disk)


def _card(path: Path) -> dict[str, Any]:
    try:
        card: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        card["image_size"], card["crop"]
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; give a model that truemorph wrote") from None
    except (ValueError, KeyError) as error:
        raise InputError(f"{path}: no model card of truemorph ({error!r}); give a model that truemorph wrote") from None
    return card
