"""How sure a trained network can be of its answers: its last layer looked at over all training galaxies."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from truemorph.components.certainty.certainty import Certainty
from truemorph.components.certainty.laplace import Evidence, label_terms
from truemorph.components.certainty.look import look, with_features
from truemorph.components.certainty.offset import offset_of
from truemorph.components.certainty.several import class_terms, contrasts
from truemorph.components.laws import ConfusionLaw, FlipLaw, Law
from truemorph.components.trainer.galaxy_batches import GalaxyBatches

Floats = npt.NDArray[np.float64]
Terms = Callable[[Floats, slice], tuple[Floats, Floats, Floats]]
"""Logits of some of the galaxies, and which they are -> information, slope and drift, as Evidence takes them."""
HELD = 4096
"""Galaxies held back whose distances are kept, at most."""
MOST = 4200
"""Weights of a last layer whose errors are worked out, at most: more would take long, and gigabytes."""


def certainty_of(
    classifier: keras.Model,
    galaxies: GalaxyBatches,
    held: GalaxyBatches,
    law: Law,
    bias_law: Mapping[str, Any],
    symmetries: int,
) -> Certainty | None:
    """What the labels of its training galaxies tell of a network's last layer.

    Args:
        classifier: images -> logits, of a layer 'logits', trained.
        galaxies: those that it learnt from.
        held: others, for the distances of galaxies like them, and by how much all answers may be off; where there are
            none, the training galaxies' distances serve.
        law: the law that it was trained through.
        bias_law: content of bias_law.json; where theta has no interval, it counts as known, as does a confusion without
            errors.
        symmetries: over how many symmetries of the square the network is averaged in use, as held are here; what the
            labels tell is taken of one view, as in training.

    Returns:
        None where the layer has too many weights, MOST.
    """
    head = classifier.get_layer("logits")
    if (len(law.classes) - 1) * (head.kernel.shape[0] + 1) > MOST:
        return None
    terms, evidence = _terms(law, galaxies, bias_law), None
    for features, logits, rows in _looked_at(classifier, galaxies, len(galaxies), 1):
        information, _, drift = terms(logits, rows)
        found = Evidence.of(features, information, drift)
        evidence = found if evidence is None else evidence + found
    if evidence is None:
        raise ValueError(f"there must be a training galaxy. Received: {len(galaxies)}")
    looked = list(_looked_at(classifier, held if len(held) else galaxies, HELD, symmetries))
    known, seen = (np.concatenate([part[place] for part in looked]) for place in (0, 1))
    offset = _offset(seen, held, law, bias_law)
    between = contrasts(len(law.classes)).T
    weights = np.concatenate([np.ravel(np.asarray(part, np.float64) @ between) for part in (head.kernel, head.bias)])
    return Certainty.of(evidence, len(galaxies), float(weights @ weights), known, offset)


def _offset(logits: Floats, held: GalaxyBatches, law: Law, bias_law: Mapping[str, Any]) -> Floats:
    """By the labels of the galaxies held back, the first of which gave these logits; without any, the prior's."""
    rows = slice(0, min(len(logits), len(held)))
    information, slopes, _ = _terms(law, held, bias_law)(logits[rows], rows)
    z, c = logits[rows] @ contrasts(len(law.classes)).T, len(law.classes) - 1
    return offset_of(z, information.reshape(-1, c, c), slopes.reshape(-1, c))


def _terms(law: Law, galaxies: GalaxyBatches, bias_law: Mapping[str, Any]) -> Terms:
    if isinstance(law, ConfusionLaw):
        pairs = [(law.shifted(each, 1.0), law.shifted(each, -1.0)) for each in bias_law.get("errors") or ()]

        def of_classes(logits: Floats, rows: slice) -> tuple[Floats, Floats, Floats]:
            def terms(by: ConfusionLaw) -> tuple[Floats, Floats]:
                return class_terms(logits, by.matrix(galaxies.alpha[rows]), galaxies.label[rows])

            information, slope = terms(law)
            drifts = np.zeros((*slope.shape, len(pairs)))
            for place, (up, down) in enumerate(pairs):
                drifts[:, :, place] = (terms(up)[1] - terms(down)[1]) / 2.0
            return information, slope, drifts

        return of_classes
    if not isinstance(law, FlipLaw):
        raise TypeError(f"a law of two classes, or a confusion. Received: {law}")
    rates = tuple(bias_law.get("rates") or (1.0, 1.0))
    low, high = bias_law.get("interval") or (bias_law.get("theta"), bias_law.get("theta"))
    flips = [_flip(law, galaxies, 1.0)] + [_flip(law, galaxies, bias_law["theta"] / end) for end in (low, high)]

    def of_two(logits: Floats, rows: slice) -> tuple[Floats, Floats, Floats]:
        z = logits[:, 1] - logits[:, 0]
        middle, lower, upper = (label_terms(z, flip[rows], galaxies.label[rows], rates) for flip in flips)
        return *middle, upper[1] - lower[1]

    return of_two


def _flip(law: FlipLaw, galaxies: GalaxyBatches, stretch: float) -> Floats:
    """(N,) p_flip of the galaxies, with theta smaller by a factor: as if each were so much better resolved."""
    alpha = galaxies.alpha.astype(np.float64) * stretch
    if "observables" not in galaxies.besides:
        return law.flip_probability(alpha)
    return law.flip_probability(np.column_stack([alpha, galaxies.besides["observables"]]))


def _looked_at(
    classifier: keras.Model, galaxies: GalaxyBatches, count: int, symmetries: int
) -> Iterator[tuple[Floats, Floats, slice]]:
    """Input of the last layer, logits and places, batch by batch, of the first `count` galaxies or a few more."""
    inner, shown = with_features(classifier), tf.TensorSpec((None, *classifier.input.shape[1:]), tf.float32)
    forward: Any = tf.function(lambda image: look(inner, image, symmetries), [shown], autograph=False)
    place = 0
    for inputs, _ in galaxies.in_order().take(-(-count // galaxies.batch_size)):
        features, logits = (np.asarray(part, np.float64) for part in forward(inputs["image"]))
        yield features, logits, slice(place, place := place + len(logits))
