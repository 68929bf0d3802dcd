"""A trained classifier on disk, as a function from pixels to probabilities."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit, softmax

from truemorph.components.artifacts.model_card import Card
from truemorph.components.artifacts.model_folder import KERAS, chosen_model, is_keras, member_name, read_card
from truemorph.components.bulk_inferrer.answers import Answers
from truemorph.components.certainty.certainty import read_certainty
from truemorph.components.classes import columns_of
from truemorph.components.errors import InputError
from truemorph.components.images.framing import Framing
from truemorph.components.laws import CLASS_NAMES


@dataclass(frozen=True)
class Classifier:
    """A classifier ready to predict.

    Args:
        image_size: side of its images in pixels.
        crop: central share of the stamp's side that it sees.
        p: (n, image_size, image_size, 3) float32 in 0..255, as inputs.decode gives -> float32, (n,) p(disk | x), or
            (n, K) p(class | x) of classes of one's own.
        framing: what tells images that are not framed as those trained on; None: not known.
        answers: the same pixels -> what the network of each fold says of n images; None: of p alone is known.
        certain: whether the answers say how sure they are.
        classes: names of the classes.
    """

    image_size: int
    crop: float
    p: Callable[[Any], npt.NDArray[np.float32]]
    framing: Framing | None = None
    answers: Callable[[Any], Answers] | None = None
    certain: bool = False
    classes: tuple[str, ...] = CLASS_NAMES

    def published(self, pixels: Any) -> dict[str, npt.NDArray[Any]]:
        """p_disk of images that no network was trained on, how sure it is where that is known, or p of each class."""
        if self.answers and self.certain:
            return {**self.answers(pixels).published()}
        p = self.p(pixels)
        columns = columns_of("p_disk", self.classes)
        return dict(zip(columns, p.reshape(len(p), -1).T, strict=True))


def load_classifier(folder: Path, symmetries: int | None = None) -> Classifier:
    """The classifier in a folder.

    Args:
        folder: as `chosen_model` takes it.
        symmetries: over how many symmetries of the square its answers are averaged; None: as its card says.

    Raises:
        InputError: if there is no such model in the folder, or it was pushed with another number.
    """
    chosen = chosen_model(folder)
    return _keras(chosen, symmetries) if is_keras(chosen) else _saved_model(chosen, symmetries)


def _keras(folder: Path, symmetries: int | None) -> Classifier:
    import keras
    import tensorflow as tf

    from truemorph.components.certainty.look import look, with_features
    from truemorph.components.images.symmetries import averaged

    card = read_card(folder)
    over = symmetries or card.symmetries
    try:
        model = keras.saving.load_model(folder / KERAS, compile=False)
    except (ValueError, OSError) as error:
        raise InputError(f"{folder / KERAS}: no readable Keras model ({error}); train it again") from error

    networks, certain = _networks(model, getattr(card, "folds", None)), read_certainty(folder)
    looked_at = [with_features(network) for network in networks] if certain else []

    @tf.function(input_signature=[tf.TensorSpec((None, *model.input.shape[1:]), tf.float32)])
    def forward(pixels: Any) -> Any:
        if certain:
            return [look(network, pixels, over) for network in looked_at]
        return [averaged(partial(network, training=False), pixels, over) for network in networks]

    def answers(pixels: Any) -> Answers:
        parts = []
        for place, answer in enumerate(forward(pixels)):
            features, logits = answer if certain else ([], answer)
            z = np.diff(np.asarray(logits, np.float64), axis=1)[:, 0]
            parts.append((z, *(certain[place].judge(features) if certain else [np.full(len(z), np.nan)] * 3)))
        return Answers(*(np.stack(column, axis=1) for column in zip(*parts, strict=True)))

    def p_disk(pixels: Any) -> npt.NDArray[np.float32]:
        return expit(answers(pixels).z).mean(axis=1).astype(np.float32)

    def p_of_each(pixels: Any) -> npt.NDArray[np.float32]:
        return np.mean([softmax(np.asarray(logits), axis=1) for logits in forward(pixels)], axis=0, dtype=np.float32)

    if card.class_names != CLASS_NAMES:
        return Classifier(card.image_size, card.crop, p_of_each, _framing(card), classes=card.class_names)
    return Classifier(card.image_size, card.crop, p_disk, _framing(card), answers, bool(certain))


def _networks(model: Any, folds: int | None) -> list[Any]:
    """The networks of the folds; a model that has none is its own."""
    return [model.get_layer(member_name(number + 1)) for number in range(folds)] if folds and folds > 1 else [model]


def load_keras(path: Path, crop: float) -> Classifier:
    """Anyone's Keras model as a classifier.

    Args:
        path: a .keras file: (n, S, S, 3) in 0..255 -> (n,) or (n, 1) p(disk), or (n, 2) p(smooth) and p(disk).
        crop: central share of the stamp's side that it sees.

    Raises:
        InputError: if there is no such model, or its input or its output is another.
    """
    import keras

    try:
        model = keras.saving.load_model(path, compile=False)
    except (ValueError, OSError) as error:
        raise InputError(f"--model {path}: no readable Keras model ({error}); give a .keras file") from None
    shape = model.input_shape
    if not (isinstance(shape, tuple) and len(shape) == 4 and shape[1] and shape[1] == shape[2] and shape[3] == 3):
        raise InputError(f"--model {path}: takes {shape}; give a model of images (n, S, S, 3) of one size")

    def p_disk(pixels: Any) -> npt.NDArray[np.float32]:
        answer = np.asarray(model(pixels, training=False), np.float32)
        columns = answer.reshape(len(answer), -1)
        if columns.shape[1] > 2 or not ((columns >= 0.0) & (columns <= 1.0)).all():
            raise InputError(f"--model {path}: answers {answer.shape} beyond 0 to 1; give one of probabilities")
        return columns[:, -1]

    return Classifier(int(shape[1]), crop, p_disk)


def _saved_model(folder: Path, symmetries: int | None) -> Classifier:
    import tensorflow as tf

    card = read_card(folder)
    if symmetries not in (None, card.symmetries):
        raise InputError(
            f"--symmetries {symmetries}: {folder} was pushed with {card.symmetries}; give one of the models/ of its run"
        )
    model = tf.saved_model.load(str(folder))
    signature = model.signatures["pixels"]
    columns = columns_of("p_disk", card.class_names)

    def p(pixels: Any) -> npt.NDArray[np.float32]:
        # The signature alone does not keep the variables alive.
        found = signature(pixels=pixels) if model is not None else {}
        answers = [np.asarray(found[name]) for name in columns]
        return answers[0] if len(answers) == 1 else np.stack(answers, axis=1)

    return Classifier(card.image_size, card.crop, p, _framing(card), classes=card.class_names)


def _framing(card: Card) -> Framing | None:
    return None if card.framing is None else Framing.from_json(card.framing)
