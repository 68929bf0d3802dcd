"""A copy of the Trainer's training in JAX: a network's training is one program, so that a GPU does dozens a minute.

It has the network, the schedule, the clipping and the zoom of the Trainer, but keeps the last epoch's weights.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import jax
import keras
import numpy as np
from jax import numpy as jnp
from schedule import BATCH

from truemorph.components.trainer.backbones import MOMENTUM

Array = Any
SIDE, CHUNK, STATISTICS = 64, 200, 100
Change = Callable[[Array, Array], Array]
"""(N, S, S, 3) images and a key of JAX -> images."""
Loss = Callable[[Array, tuple[Array, ...]], Array]
"""What a network gives for N galaxies, and (N, ...) arrays of what is known of them -> (N,)."""


class Recipe(NamedTuple):
    """What is trained, and how.

    Args:
        build: seed -> model of (N, S, S, 3) images, or of these and (N, A) what it is told; it gives the features of
            its last layer, what the loss takes, and what is published. What its layers add to the loss is added.
        loss: of what it takes.
        turn: how training images are turned, and those that the normalisations' statistics are made of.
        change: what else is done to training images.
        rate: of Adam, at its highest.
        views: of the eight symmetries, over how many answers are averaged.
    """

    build: Callable[[int], keras.Model]
    loss: Loss
    turn: Change
    change: Change
    rate: float = 1e-3
    views: int = 8


class Programs(NamedTuple):
    """Compiled: the training, the statistics of its normalisations, and the outputs, see `learn`."""

    train: Callable[..., Any]
    statistics: Callable[..., Any]
    outputs: Callable[..., Any]
    told: int
    """A: how much a network is told of a galaxy."""


class Learnt(NamedTuple):
    """A network's weights, the state of its normalisations, and what computes with them."""

    weights: list[Array]
    state: list[Array]
    programs: Programs

    def outputs(self, pixels: Array, told: Array | None = None, last: bool = True) -> Array:
        """What it publishes, (N, K), mean over the symmetries; or, not last, features of images as they are."""
        number = len(pixels)
        rows = np.resize(np.arange(number), -(-number // (10 * CHUNK)) * 10 * CHUNK)
        known = np.zeros((number, self.programs.told), np.float32) if told is None else np.asarray(told, np.float32)
        images = np.asarray(pixels)[rows].reshape(-1, CHUNK, SIDE, SIDE, 3)
        chunks = known[rows].reshape(-1, CHUNK, self.programs.told)
        found = self.programs.outputs(self.weights, self.state, images, chunks, last)
        return np.asarray(found, np.float64).reshape(len(rows), -1)[:number]


@cache
def zoom(most: float, pixels: float) -> Change:
    """Larger or smaller by up to e^most, and moved by up to some pixels, as the Trainer does it."""
    if not (most or pixels):
        return lambda images, key: images
    number, centre = np.arange(SIDE), (SIDE - 1) / 2
    cosines = np.cos(np.pi * number[:, None] * (number + 0.5) / SIDE) * np.where(number == 0, 1, 2)[:, None] / SIDE

    def change(images: Array, key: Array) -> Array:
        scale, move = jax.random.split(key)
        s = jnp.exp(most * jax.random.uniform(scale, (len(images), 1, 1), minval=-1.0))
        at = (number - centre) / s + centre + pixels * jax.random.uniform(move, (len(images), 2, 1), minval=-1.0)
        read = jnp.cos(np.pi / SIDE * (at[..., None] + 0.5) * number) @ cosines
        rows = jnp.einsum("nij,njkc->nikc", read[:, 0], images)
        return jnp.einsum("nlk,nikc->nilc", read[:, 1], rows)

    return change


def turned(images: Array, codes: Array) -> Array:
    """Images by one of the eight symmetries of the square each."""
    bit = [(codes >> k & 1).astype(bool)[:, None, None, None] for k in range(3)]
    images = jnp.where(bit[0], images.transpose(0, 2, 1, 3), images)
    images = jnp.where(bit[1], images[:, ::-1], images)
    return jnp.where(bit[2], images[:, :, ::-1], images)


def quarter_turns(images: Array, key: Array) -> Array:
    """Images by one of the eight symmetries of the square each, drawn."""
    return turned(images, jax.random.randint(key, (len(images),), 0, 8))


def any_angle(images: Array, key: Array) -> Array:
    """Images mirrored or not and turned by any angle, with bilinear interpolation; corners are 0."""
    mirror, angle = jax.random.split(key)
    angles = jax.random.uniform(angle, (len(images), 1, 1), maxval=2.0 * jnp.pi)
    x, y = jnp.meshgrid(*2 * [jnp.arange(SIDE) - (SIDE - 1) / 2])
    cos, sin, middle = jnp.cos(angles), jnp.sin(angles), (SIDE - 1) / 2
    at = jnp.stack([sin * x + cos * y, cos * x - sin * y], axis=1) + middle

    def read(image: Array, at: Array) -> Array:
        return jax.scipy.ndimage.map_coordinates(image, [at[0], at[1]], order=1)

    colours = jax.vmap(jax.vmap(read, in_axes=(-1, None), out_axes=-1))
    return colours(turned(images, 4 * jax.random.randint(mirror, (len(images),), 0, 2)).astype(jnp.float32), at)


@cache
def programs(recipe: Recipe) -> Programs:
    """A network's programs."""
    model, loss = recipe.build(0), recipe.loss
    told = model.inputs[1].shape[1] if len(model.inputs) == 2 else 1
    kinds = [variable.path.rsplit("/", 1)[1] for variable in model.non_trainable_variables]

    def call(weights: Any, state: Any, images: Array, alpha: Array, training: bool) -> Any:
        given = [images, alpha] if len(model.inputs) == 2 else images
        return model.stateless_call(weights, state, given, training=training, return_losses=True)

    def train(
        weights: Any, state: Any, pixels: Array, alpha: Array, known: Any, order: Array, steps: Array, key: Array
    ) -> Any:
        warm_up = jnp.ceil(0.1 * steps)

        def step(i: Array, at: Any) -> Any:
            weights, state, first, second = at
            rows = order[i]
            turn, other = jax.random.split(jax.random.fold_in(key, i))
            images = recipe.turn(pixels[rows], turn).astype(jnp.float32)
            images = jnp.clip(recipe.change(images, other), 0.0, 255.0)

            def mean_loss(weights: Any) -> Any:
                (_, given, _), new, added = call(weights, state, images, alpha[rows], True)
                return loss(given, tuple(each[rows] for each in known)).mean() + sum(added), new

            slopes, state = jax.grad(mean_loss, has_aux=True)(weights)
            size = jnp.sqrt(sum(jnp.sum(g**2) for g in slopes))
            slopes = [g / jnp.maximum(size, 1.0) for g in slopes]
            first = [0.9 * m + 0.1 * g for m, g in zip(first, slopes, strict=True)]
            second = [0.99 * v + 0.01 * g**2 for v, g in zip(second, slopes, strict=True)]
            gone = jnp.clip((i - warm_up) / jnp.maximum(steps - warm_up, 1), 0.0, 1.0)
            fall = 0.01 + 0.99 * 0.5 * (1.0 + jnp.cos(jnp.pi * gone))
            now = recipe.rate * jnp.where(i < warm_up, (i + 1.0) / warm_up, fall)
            now = now * jnp.sqrt(1.0 - 0.99 ** (i + 1.0)) / (1.0 - 0.9 ** (i + 1.0))
            moved = zip(weights, first, second, strict=True)
            return [w - now * m / (jnp.sqrt(v) + 1e-7) for w, m, v in moved], list(state), first, second

        zeros = [jnp.zeros_like(w) for w in weights]
        return jax.lax.fori_loop(0, steps, step, (weights, state, zeros, zeros))[:2]

    def statistics(weights: Any, state: Any, pixels: Array, alpha: Array, order: Array, key: Array) -> Any:
        def add(i: Array, sums: Any) -> Any:
            images = recipe.turn(pixels[order[i]], jax.random.fold_in(key, i)).astype(jnp.float32)
            _, new, _ = call(weights, [jnp.zeros_like(v) for v in state], images, alpha[order[i]], True)
            found = [v / (1.0 - MOMENTUM) for v in new]
            square = [v + found[k - 1] ** 2 if kinds[k] == "moving_variance" else v for k, v in enumerate(found)]
            return [a + b / len(order) for a, b in zip(sums, square, strict=True)]

        mean = jax.lax.fori_loop(0, len(order), add, [jnp.zeros_like(v) for v in state])
        return [v - mean[k - 1] ** 2 if kinds[k] == "moving_variance" else v for k, v in enumerate(mean)]

    def outputs(weights: Any, state: Any, pixels: Array, alpha: Array, last: bool) -> Array:
        def some(chunk: Any) -> Array:
            codes = range(recipe.views if last else 1)
            views = [turned(chunk[0], jnp.full(CHUNK, code)).astype(jnp.float32) for code in codes]
            found = [call(weights, state, view, chunk[1], False)[0] for view in views]
            return jnp.mean(jnp.stack([each[2 if last else 0] for each in found]), axis=0)

        return jax.lax.map(some, (pixels, alpha))

    return Programs(jax.jit(train), jax.jit(statistics), jax.jit(outputs, static_argnums=4), told)


def learn(
    recipe: Recipe, pixels: Array, told: Array, known: tuple[Array, ...], rows: Array, epochs: int, seed: int
) -> Learnt:
    """Train a network.

    Args:
        recipe: of its training.
        pixels: (N, S, S, 3) images.
        told: (N, A), what the network is told beside the images.
        known: (N, ...) arrays, what the loss takes.
        rows: which galaxies teach.
        epochs: how many.
        seed: of weights and draws.
    """
    compiled = programs(recipe)
    start, rng, key = recipe.build(seed), np.random.default_rng(seed), jax.random.PRNGKey(seed)
    whole = len(rows) // BATCH * BATCH
    order = np.concatenate([rng.permutation(rows)[:whole].reshape(-1, BATCH) for _ in range(epochs)])
    # Arrays of few lengths, so that one compiled program serves for many.
    size = 1 << (len(pixels) - 1).bit_length()
    padded = np.zeros((1 << (len(order) - 1).bit_length(), BATCH), order.dtype)
    padded[: len(order)] = order
    images, alpha, *rest = (
        jnp.asarray(np.concatenate([each, np.zeros((size - len(each), *each.shape[1:]), each.dtype)]))
        for each in (np.asarray(pixels), np.asarray(told, np.float32), *known)
    )
    weights, state = (
        [jnp.asarray(np.asarray(v)) for v in kind]
        for kind in (start.trainable_variables, start.non_trainable_variables)
    )
    steps = np.int32(len(order))
    weights, state = compiled.train(weights, state, images, alpha, tuple(rest), jnp.asarray(padded), steps, key)
    some = jnp.asarray(rng.permutation(np.resize(rows, STATISTICS * SIDE)).reshape(STATISTICS, SIDE))
    return Learnt(weights, compiled.statistics(weights, state, images, alpha, some, key), compiled)
