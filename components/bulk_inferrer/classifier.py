"""A trained classifier on disk, as a function from pixels to probabilities."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from truemorph.components.artifacts.model_card import Card
from truemorph.components.artifacts.model_folder import KERAS, chosen_model, is_keras, read_card
from truemorph.components.artifacts.predictions import numbers_of
from truemorph.components.certainty.answers import Answers, SeveralAnswers, asked
from truemorph.components.certainty.certainty import read_certainty
from truemorph.components.certainty.several import against_rest
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
        told: (n, image_size, image_size, 3) float32 in 0..255, as inputs.decode gives -> (n,) each of p_disk, or p of
            each class of your own, and, where it is known, how sure it is.
        framing: what tells images that are not framed as those trained on; None: not known.
        answers: the same pixels -> what the network of each fold says of n images; None: their mean alone is known.
        certain: whether it is known how sure the answers are.
        classes: names of the classes.
        folds: networks that it is the mean of.
        seed: of the folds.
    """

    image_size: int
    crop: float
    told: Callable[[Any], dict[str, npt.NDArray[Any]]]
    framing: Framing | None = None
    answers: Callable[[Any], Answers | SeveralAnswers] | None = None
    certain: bool = False
    classes: tuple[str, ...] = CLASS_NAMES
    folds: int = 1
    seed: int = 0

    def p(self, pixels: Any) -> npt.NDArray[np.float32]:
        """(n,) p(disk | x), or (n, K) p(class | x) of classes of your own, float32."""
        found = self.told(pixels)
        columns = [np.asarray(found[name], np.float32) for name in columns_of("p_disk", self.classes)]
        return columns[0] if len(columns) == 1 else np.stack(columns, axis=1)

    @property
    def out_of_fold(self) -> bool:
        """Whether each network can be asked for itself, so that a training galaxy need not ask those that know it."""
        return self.answers is not None and self.folds > 1

    def told_out_of_fold(self, pixels: Any, objids: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
        """As told, of training galaxies, each by the network that did not learn from it; where out_of_fold."""
        if self.answers is None:
            raise ValueError("the networks of the folds cannot be asked one by one. Received: out_of_fold=False")
        who = asked(objids, np.ones(len(objids), bool), self.seed, self.folds)
        return self.answers(pixels).published(who)


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

    from truemorph.components.certainty.look import look, networks_of, with_features
    from truemorph.components.images.symmetries import averaged, traced

    card = read_card(folder)
    over = symmetries or card.symmetries
    try:
        model = keras.saving.load_model(folder / KERAS, compile=False)
    except (ValueError, OSError) as error:
        raise InputError(f"{folder / KERAS}: not a readable Keras model ({error}); train it again") from error

    folds, seed = getattr(card, "folds", None) or 1, getattr(card, "seed", 0)
    networks, certain = networks_of(model, folds), read_certainty(folder)
    asked_of = [with_features(network) if certain else traced(network) for network in networks]

    @tf.function(input_signature=[tf.TensorSpec((None, *model.input.shape[1:]), tf.float32)], autograph=False)
    def forward(pixels: Any) -> Any:
        return [(look if certain else averaged)(network, pixels, over) for network in asked_of]

    def seen(pixels: Any) -> Iterator[tuple[Any, npt.NDArray[np.float64]]]:
        for answer in forward(pixels):
            features, logits = answer if certain else (None, answer)
            yield features, np.asarray(logits, np.float64)

    def answers(pixels: Any) -> Answers:
        parts = []
        for place, (features, logits) in enumerate(seen(pixels)):
            z = np.diff(logits, axis=1)[:, 0]
            parts.append((z, *(certain[place].judge(features, z) if certain else [np.full(len(z), np.nan)] * 3)))
        return Answers(*(np.stack(column, axis=1) for column in zip(*parts, strict=True)))

    def several(pixels: Any) -> SeveralAnswers:
        parts = []
        for place, (features, logits) in enumerate(seen(pixels)):
            nan = np.full_like(logits, np.nan)
            unknown = (against_rest(logits)[0], nan, nan[:, 0])
            parts.append(certain[place].judge_classes(features, logits) if certain else unknown)
        z, variance, nearer = (np.stack(part, axis=1) for part in zip(*parts, strict=True))
        return SeveralAnswers.of(z, variance, nearer, card.class_names)

    ask = answers if card.class_names == CLASS_NAMES else several
    return Classifier(
        card.image_size,
        card.crop,
        lambda pixels: ask(pixels).published(),
        _framing(card),
        ask,
        bool(certain),
        card.class_names,
        folds,
        seed,
    )


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
        raise InputError(f"--model {path}: not a readable Keras model ({error}); give a .keras file") from None
    shape = model.input_shape
    if not (isinstance(shape, tuple) and len(shape) == 4 and shape[1] and shape[1] == shape[2] and shape[3] == 3):
        raise InputError(f"--model {path}: takes input of shape {shape}; give a model that takes images (n, S, S, 3)")

    def told(pixels: Any) -> dict[str, npt.NDArray[Any]]:
        answer = np.asarray(model(pixels, training=False), np.float32)
        columns = answer.reshape(len(answer), -1)
        if columns.shape[1] > 2 or not ((columns >= 0.0) & (columns <= 1.0)).all():
            raise InputError(
                f"--model {path}: answers {answer.shape} are not all between 0 and 1; give a model of probabilities"
            )
        return {"p_disk": columns[:, -1]}

    return Classifier(int(shape[1]), crop, told)


def _saved_model(folder: Path, symmetries: int | None) -> Classifier:
    import tensorflow as tf

    card = read_card(folder)
    if symmetries not in (None, card.symmetries):
        raise InputError(
            f"--symmetries {symmetries}: the model in {folder} is fixed at {card.symmetries}; give "
            "a model from models/ of its run"
        )
    model = tf.saved_model.load(str(folder))
    signature = model.signatures["pixels"]

    def told(pixels: Any) -> dict[str, npt.NDArray[Any]]:
        # The signature alone does not keep the variables alive.
        found = signature(pixels=pixels) if model is not None else {}
        return {name: np.asarray(values) for name, values in found.items()}

    certain = set(numbers_of(card.class_names)) <= set(signature.structured_outputs)
    return Classifier(card.image_size, card.crop, told, _framing(card), certain=certain, classes=card.class_names)


def _framing(card: Card) -> Framing | None:
    return None if card.framing is None else Framing.from_json(card.framing)
