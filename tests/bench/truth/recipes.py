"""Recipes for training `small` through the law, tried by a copy of the training in JAX: dozens a minute on a GPU.

    KERAS_BACKEND=jax python tests/bench/truth/recipes.py [--skies another-hand half-real] [--seeds 9001]
        [--recipes plain zoom ...] [--epochs 30] [--size 2000] [--folds 5] [--truth]

Each network learns without a fifth of the galaxies. Two lines a recipe and sky: the mean over the networks' scores, and
the score of their mean answer. Then what the law says when it is fitted again with the answers of networks
that did not learn from a galaxy, see refit.py. The copy has the network, the loss, the schedule and the clipping of the
Trainer, but keeps the last epoch's weights. What is better here has to be better in bench_truth.py too.
"""

import argparse
import os
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")

import jax
import numpy as np
from bench_truth import task_of
from jax import numpy as jnp
from networks import BATCH
from refit import refits
from scenarios import SCENARIOS
from scores import score
from task import Task

from truemorph.components.laws import stored_law
from truemorph.components.trainer.backbones import MOMENTUM, build_classifier

Array = Any
SIDE, CHUNK, STATISTICS = 64, 200, 100
SCORES = ("accuracy", "balanced_accuracy", "log_loss", "calibration_error")
Change = Callable[[Array, Array], Array]
"""(N, S, S, 3) images and a key of JAX -> images."""


def zoom(most: float, pixels: float) -> Change:
    """Larger or smaller by up to e^most, and moved by up to some pixels, as the Trainer does it."""
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


def noise(most: float) -> Change:
    """White noise of up to some grey levels."""

    def change(images: Array, key: Array) -> Array:
        level, draw = jax.random.split(key)
        width = most * jax.random.uniform(level, (len(images), 1, 1, 1))
        return images + width * jax.random.normal(draw, images.shape)

    return change


def bright(spread: float) -> Change:
    """Each colour brighter or fainter."""
    return lambda images, key: images * jnp.exp(spread * jax.random.normal(key, (len(images), 1, 1, 3)))


RECIPES: Mapping[str, Change] = {
    "plain": lambda images, key: images,
    "zoom": zoom(0.15, 2.0),
    "larger-or-smaller": zoom(0.15, 0.0),
    "moved": zoom(0.0, 2.0),
    "noise": noise(6.0),
    "bright": bright(0.15),
}


def turned(images: Array, codes: Array) -> Array:
    """Images by one of the eight symmetries of the square each."""
    bit = [(codes >> k & 1).astype(bool)[:, None, None, None] for k in range(3)]
    images = jnp.where(bit[0], images.transpose(0, 2, 1, 3), images)
    images = jnp.where(bit[1], images[:, ::-1], images)
    return jnp.where(bit[2], images[:, :, ::-1], images)


def losses(logits: Array, flip: Array, label: Array) -> Array:
    """Minus the log-likelihood of the labels seen, where the law says p(seen smooth | disk)."""
    smooth, disk = (logits - jax.nn.logsumexp(logits, axis=1, keepdims=True)).T
    seen_smooth = jnp.logaddexp(smooth, disk + jnp.log(jnp.maximum(flip, 1e-30)))
    return -jnp.where(label == 1, disk + jnp.log1p(-flip), seen_smooth)


@cache
def programs(recipe: str, rate: float = 1e-3) -> tuple[Any, Any, Any]:
    """The training, the statistics of its normalisations, and the answers, compiled."""
    model = build_classifier("small", SIDE, 0)
    kinds = [variable.path.rsplit("/", 1)[1] for variable in model.non_trainable_variables]

    def train(weights: Any, state: Any, pixels: Array, flip: Array, label: Array, order: Array, key: Array) -> Any:
        steps = len(order)
        warm_up = np.ceil(0.1 * steps)

        def step(i: Array, at: Any) -> Any:
            weights, state, first, second = at
            turn, change = jax.random.split(jax.random.fold_in(key, i))
            images = turned(pixels[order[i]], jax.random.randint(turn, (BATCH,), 0, 8)).astype(jnp.float32)
            images = jnp.clip(RECIPES[recipe](images, change), 0.0, 255.0)

            def loss(weights: Any) -> Any:
                logits, new = model.stateless_call(weights, state, images, training=True)
                return losses(logits, flip[order[i]], label[order[i]]).mean(), new

            slopes, state = jax.grad(loss, has_aux=True)(weights)
            size = jnp.sqrt(sum(jnp.sum(g**2) for g in slopes))
            slopes = [g / jnp.maximum(size, 1.0) for g in slopes]
            first = [0.9 * m + 0.1 * g for m, g in zip(first, slopes, strict=True)]
            second = [0.99 * v + 0.01 * g**2 for v, g in zip(second, slopes, strict=True)]
            gone = (i - warm_up) / max(steps - warm_up, 1)
            fall = 0.01 + 0.99 * 0.5 * (1.0 + jnp.cos(jnp.pi * jnp.clip(gone, 0.0, 1.0)))
            now = rate * jnp.where(i < warm_up, (i + 1.0) / warm_up, fall)
            now = now * jnp.sqrt(1.0 - 0.99 ** (i + 1.0)) / (1.0 - 0.9 ** (i + 1.0))
            moved = zip(weights, first, second, strict=True)
            return [w - now * m / (jnp.sqrt(v) + 1e-7) for w, m, v in moved], state, first, second

        zeros = [jnp.zeros_like(w) for w in weights]
        return jax.lax.fori_loop(0, steps, step, (weights, state, zeros, zeros))[:2]

    def statistics(weights: Any, state: Any, pixels: Array, order: Array, key: Array) -> Any:
        def add(i: Array, sums: Any) -> Any:
            codes = jax.random.randint(jax.random.fold_in(key, i), (order.shape[1],), 0, 8)
            images = turned(pixels[order[i]], codes).astype(jnp.float32)
            _, new = model.stateless_call(weights, [jnp.zeros_like(v) for v in state], images, training=True)
            found = [v / (1.0 - MOMENTUM) for v in new]
            square = [v + found[k - 1] ** 2 if kinds[k] == "moving_variance" else v for k, v in enumerate(found)]
            return [a + b / len(order) for a, b in zip(sums, square, strict=True)]

        mean = jax.lax.fori_loop(0, len(order), add, [jnp.zeros_like(v) for v in state])
        return [v - mean[k - 1] ** 2 if kinds[k] == "moving_variance" else v for k, v in enumerate(mean)]

    def answers(weights: Any, state: Any, pixels: Array) -> Array:
        def some(images: Array) -> Array:
            views = [turned(images, jnp.full(len(images), code)).astype(jnp.float32) for code in range(8)]
            logits = [model.stateless_call(weights, state, view, training=False)[0] for view in views]
            return jnp.mean(jnp.stack([jax.nn.softmax(each)[:, 1] for each in logits]), axis=0)

        return jax.lax.map(some, pixels).reshape(-1)

    return jax.jit(train), jax.jit(statistics), jax.jit(answers)


def fit(
    recipe: str, pixels: Array, flip: Array, label: Array, rows: Array, epochs: int, seed: int
) -> Callable[..., Any]:
    """Train on some rows of the pixels; gives what answers for images in chunks."""
    train, statistics, answers = programs(recipe)
    start, rng, key = build_classifier("small", SIDE, seed), np.random.default_rng(seed), jax.random.PRNGKey(seed)
    whole = len(rows) // BATCH * BATCH
    order = np.concatenate([rng.permutation(rows)[:whole].reshape(-1, BATCH) for _ in range(epochs)])
    weights, state = (
        [jnp.asarray(v) for v in kind] for kind in (start.trainable_variables, start.non_trainable_variables)
    )
    weights, state = train(weights, state, pixels, flip, label, jnp.asarray(order), key)
    some = jnp.asarray(rng.permutation(np.resize(rows, STATISTICS * SIDE)).reshape(STATISTICS, SIDE))
    state = statistics(weights, state, pixels, some, key)
    return lambda images: answers(weights, state, images)


def tried(task: Task, recipe: str, epochs: int, folds: int, flip: Array, label: Array) -> Iterator[str]:
    """Train the networks of the folds by a recipe, and say what they score."""
    pixels, given = jnp.asarray(task.sky.pixels), jnp.asarray(np.minimum(flip, 0.9999), jnp.float32)
    fold = np.random.default_rng(5).permutation(len(task.sky)) % folds
    images, learnt = np.concatenate([task.test.pixels, task.sky.pixels]), len(task.test)
    chunks = jnp.asarray(np.resize(images, (-(-len(images) // CHUNK), CHUNK, SIDE, SIDE, 3)))
    answers = []
    for k in range(folds):
        rows = np.flatnonzero(fold != k)
        network = fit(recipe, pixels, given, jnp.asarray(label), rows, epochs, task.seed + k)
        answers.append(np.asarray(network(chunks), np.float64)[: len(images)])
    p = np.stack(answers)
    for what, each in (("one", p[:, :learnt]), ("all", p[:, :learnt].mean(axis=0, keepdims=True))):
        found = [score(answer, task.test) for answer in each]
        told = (f"{name.replace('_', ' ')} {np.mean([one[name] for one in found]):.3f}" for name in SCORES)
        share = np.mean([one["share_error_by_alpha"][0][0] for one in found])
        yield f"{task.scenario.name} {task.seed}, {recipe}, {what}: {', '.join(told)}, share error {share:+.3f}"
    yield from refits(task, p[fold, learnt + np.arange(len(task.sky))]) if flip.any() else ()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--skies", nargs="+", choices=SCENARIOS, default=["another-hand", "half-real"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[9001])
    parser.add_argument("--recipes", nargs="+", choices=RECIPES, default=list(RECIPES))
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--size", type=int, default=2000)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--truth", action="store_true", help="teach the truth: the ceiling")
    parsed = parser.parse_args()
    if parsed.folds < 2:
        parser.error("--folds must be at least 2")
    for sky, seed in ((sky, seed) for sky in parsed.skies for seed in parsed.seeds):
        task = task_of(sky, parsed.size, seed, False)
        flip, label = np.zeros(len(task.sky)), task.sky.truth
        if not parsed.truth:
            law, label = stored_law(task.law()), task.label
            flip = law.flip_probability(task.sky.table[["alpha", *law.observables]].to_numpy().squeeze())
        for recipe in parsed.recipes:
            for line in tried(task, recipe, parsed.epochs, parsed.folds, flip, label):
                print(line, flush=True)


if __name__ == "__main__":
    main()
