"""What a network makes of an image on its way to the answer."""

from itertools import islice
from typing import Any

import keras
import tensorflow as tf

from truemorph.components.artifacts.model_folder import member_name
from truemorph.components.images.symmetries import log_mean, symmetries, traced


def networks_of(model: keras.Model, folds: int) -> list[keras.Model]:
    """The networks of the folds; a model of one fold is its own."""
    return [model.get_layer(member_name(number + 1)) for number in range(folds)] if folds > 1 else [model]


def with_features(network: keras.Model) -> Any:
    """Images -> the input of the network's layer 'logits', and its logits, at inference."""
    return traced(keras.Model(network.input, [network.get_layer("logits").input, network.output]))


def look(network: Any, images: Any, over: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Features and logits of images, averaged over symmetries of the square.

    Args:
        network: from with_features.
        images: (N, S, S, 3).
        over: n of the eight symmetries, the first.

    Returns:
        (N, D) mean features; and (N, K) logits of the mean probabilities.
    """
    features, logits = zip(*(network(view) for view in islice(symmetries(images), over)), strict=True)
    return tf.reduce_mean(tf.stack(features), axis=0), log_mean(logits)
