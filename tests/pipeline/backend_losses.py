"""Losses and their gradients under the backend of KERAS_BACKEND, as JSON: run by test_losses.py in a process each."""

import json
import os
from typing import Any

import numpy as np

from truemorph import ExponentialLaw, VoteLaw, losses

LOGITS = np.float64([[0.3, -0.2], [2.0, 1.0], [-1.5, 0.5], [0.0, 4.0]])
ALPHA, SEEN = np.float64([3.0, 9.18, 15.0, 6.0]), np.int32([0, 1, 1, 0])
COUNTS = np.float64([[30, 10], [5, 20], [0, 0], [39, 2]])
LAW, VOTES = ExponentialLaw(9.18), VoteLaw((((8.0, 2.0), (2.0, 8.0)), ((6.0, 4.0), (2.0, 8.0))))


def labels(logits: Any, alpha: Any) -> Any:
    return losses.label_loss(logits, alpha, SEEN, LAW)


def votes(logits: Any, alpha: Any) -> Any:
    return losses.vote_loss(logits, alpha, COUNTS, LAW, VOTES)


def with_gradient(loss: Any) -> tuple[float, Any]:
    """The loss and its gradient with respect to the logits."""
    backend = os.environ["KERAS_BACKEND"]
    if backend == "tensorflow":
        import tensorflow as tf

        logits = tf.constant(LOGITS)
        with tf.GradientTape() as tape:
            tape.watch(logits)
            value = loss(logits, tf.constant(ALPHA))
        return float(value), tape.gradient(value, logits).numpy()
    if backend == "jax":
        import jax

        jax.config.update("jax_enable_x64", True)
        value, gradient = jax.value_and_grad(loss)(jax.numpy.asarray(LOGITS), jax.numpy.asarray(ALPHA))
        return float(value), np.asarray(gradient)
    import torch

    logits = torch.tensor(LOGITS, requires_grad=True)
    value = loss(logits, torch.tensor(ALPHA))
    value.backward()
    return float(value), logits.grad.numpy()


if __name__ == "__main__":
    found = {loss.__name__: with_gradient(loss) for loss in (labels, votes)}
    print(json.dumps({name: {"value": value, "gradient": g.tolist()} for name, (value, g) in found.items()}))
