"""Losses, laws and layers and their gradients under the backend of KERAS_BACKEND, as JSON.

Run by test_losses.py in a process for each backend; what it is given is here, what must come out is there.
"""

import json
import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from truemorph import (
    ConfusionLaw,
    DebiasingLayer,
    ExponentialLaw,
    GalaxyLaw,
    Law,
    LogisticLaw,
    StretchedLaw,
    TabulatedLaw,
    VoteLaw,
    VoteLayer,
    losses,
)
from truemorph.components.laws import Observable

LOGITS = np.float64([[0.3, -0.2, 0.1], [2.0, 1.0, 0.5], [-1.5, 0.5, 0.0], [0.0, 4.0, -1.0]])
ALPHA, SEEN = np.float64([3.0, 9.18, 15.0, 6.0]), np.int32([0, 1, 1, 0])
BRIGHTNESS = np.float64([20.0, 21.5, np.nan, 22.0])
COUNTS = np.float64([[30, 10], [5, 20], [0, 0], [39, 2]])
VOTES = VoteLaw((((8.0, 2.0), (2.0, 8.0)), ((6.0, 4.0), (2.0, 8.0))))
LAW, LEARN, LN_THETA = ExponentialLaw(9.18), {"theta": 0.5}, np.array(np.log(8.0))
LAWS: list[Law] = [
    LAW,
    StretchedLaw(9.0, 3.0),
    LogisticLaw(10.0, 2.0),
    TabulatedLaw((4.0, 8.0, 16.0), (0.95, 0.7, 0.2)),
    GalaxyLaw(LAW, ("mu_50",), (21.0,), (1.0,), (0.3,), 0.4),
    ConfusionLaw(
        ("smooth", "disk", "artifact"),
        (Observable("alpha"),),
        ((None, None, -4.0), (5.0, None, -4.0), (1.0, None, None)),
        (((0,), (0,), (1,)), ((2,), (0,), (1,)), ((1,), (0,), (0,))),
    ),
]


def logits_of(law: Law) -> np.ndarray:
    return LOGITS[:, : len(law.classes)]


def observables_of(law: Law) -> np.ndarray:
    return np.column_stack([ALPHA, BRIGHTNESS]) if isinstance(law, GalaxyLaw) else ALPHA


def with_gradients(loss: Callable[..., Any], values: Sequence[np.ndarray]) -> dict[str, Any]:
    """A loss, and its gradient with respect to each of its arguments."""
    backend = os.environ["KERAS_BACKEND"]
    if backend == "tensorflow":
        import tensorflow as tf

        given = [tf.constant(value) for value in values]
        with tf.GradientTape() as tape:
            tape.watch(given)
            value = loss(*given)
        gradients = tape.gradient(value, given)
    elif backend == "jax":
        import jax

        jax.config.update("jax_enable_x64", True)
        places = tuple(range(len(values)))
        value, gradients = jax.jit(jax.value_and_grad(loss, places))(*map(jax.numpy.asarray, values))
    else:
        import torch

        given = [torch.tensor(value, requires_grad=True) for value in values]
        value = loss(*given)
        value.backward()
        gradients = [each.grad for each in given]
    return {"value": float(value), "gradients": [np.asarray(each).tolist() for each in gradients]}


def through_layer(layer: DebiasingLayer, *more: np.ndarray) -> Callable[..., Any]:
    """The loss of a layer that learns theta, as a function of the logits and of ln theta."""
    from keras import losses as stock
    from keras import ops

    layer([np.zeros((len(ALPHA), 2)), ALPHA, *more])  # builds it

    def loss(logits: Any, ln_theta: Any) -> Any:
        inputs = [logits, ops.convert_to_tensor(ALPHA), *map(ops.convert_to_tensor, more)]
        seen, _, extra = layer.stateless_call([ln_theta], [], inputs, return_losses=True)
        told = ops.sum(ops.stack([ops.cast(each, seen.dtype) for each in extra]))
        if more:
            return told  # a layer of votes adds the likelihood itself
        return told + ops.mean(stock.sparse_categorical_crossentropy(SEEN, seen, from_logits=True))

    return loss


def everything() -> dict[str, Any]:
    found = {
        law.kind: with_gradients(
            lambda logits, law=law: losses.label_loss(logits, observables_of(law), SEEN, law), [logits_of(law)]
        )
        for law in LAWS
    }
    logits = logits_of(LAW)
    found["votes"] = with_gradients(lambda given: losses.vote_loss(given, ALPHA, COUNTS, LAW, VOTES), [logits])
    layer = DebiasingLayer(LAW, from_logits=True, learn=LEARN, galaxies=len(ALPHA))
    found["layer"] = with_gradients(through_layer(layer), [logits, LN_THETA])
    voting = VoteLayer(LAW, learn=LEARN, galaxies=len(ALPHA))
    found["vote_layer"] = with_gradients(through_layer(voting, VOTES.log_votes(COUNTS)), [logits, LN_THETA])
    return found


if __name__ == "__main__":
    print(json.dumps(everything()))
