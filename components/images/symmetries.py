"""The eight symmetries of the square: the sky has no up, so that an answer may be averaged over them."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

import tensorflow as tf


def symmetries(images: Any) -> Iterator[tf.Tensor]:
    """Images as they are, then turned by quarter turns and mirrored, all eight ways.

    Args:
        images: (N, S, S, C).

    Example:
        >>> corner = tf.reshape(tf.constant([1.0, 2.0, 3.0, 4.0]), (1, 2, 2, 1))
        >>> [tf.reshape(view, (-1,)).numpy().astype(int).tolist() for view in symmetries(corner)][:3]
        [[1, 2, 3, 4], [2, 1, 4, 3], [3, 4, 1, 2]]
    """
    for whole in (tf.convert_to_tensor(images), tf.transpose(images, (0, 2, 1, 3))):
        for axes in ((), (2,), (1,), (1, 2)):
            yield tf.reverse(whole, axes)


def averaged(logits: Callable[[Any], Any], images: Any, over: int) -> tf.Tensor:
    """Logits of the mean of a classifier's probabilities over symmetries of the square.

    Formula: log p_k = log(1/n sum over n symmetries g of softmax_k(logits(g x))).

    Args:
        logits: (N, S, S, C) images -> (N, K) logits.
        images: (N, S, S, C).
        over: n of the eight, the first; 1: the logits of the images as they are.

    Returns:
        (N, K), of which the softmax is the mean; with all eight the same for an image however it is turned.

    Example:
        >>> left = lambda images: tf.stack([0.0 * images[:, 0, 0, 0], images[:, 0, 0, 0]], axis=1)
        >>> image = tf.reshape(tf.constant([2.0, 0.0, 0.0, 0.0]), (1, 2, 2, 1))
        >>> p = tf.nn.softmax(averaged(left, image, 8)).numpy()  # a quarter of the time sigmoid(2), else 1/2
        >>> [round(float(each), 3) for each in p[0]]
        [0.405, 0.595]
    """
    if over == 1:
        return logits(images)
    return log_mean([logits(view) for view in islice(symmetries(images), over)])


def traced(network: Any) -> Any:
    """A network at inference, as a function that TensorFlow traces once for all symmetries and batches of any size.

    Args:
        network: a Keras model that takes images (N, S, S, C).
    """
    shown = tf.TensorSpec((None, *network.input.shape[1:]), tf.float32)
    return tf.function(lambda images: network(images, training=False), input_signature=[shown], autograph=False)


def log_mean(logits: Sequence[Any]) -> tf.Tensor:
    """Logarithm of the mean of the probabilities of n answers, each (N, K) logits; (N, K)."""
    each = tf.nn.log_softmax(tf.stack(logits))
    return tf.reduce_logsumexp(each, axis=0) - tf.math.log(tf.cast(len(logits), each.dtype))
