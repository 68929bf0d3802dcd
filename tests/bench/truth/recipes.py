"""Recipes for training a network through the law, tried by the copy of the training in JAX: dozens a minute on a GPU.

    KERAS_BACKEND=jax python tests/bench/truth/recipes.py [--skies another-hand half-real] [--seeds 9001]
        [--recipes plain zoom ...] [--backbone small] [--size 2000] [--folds 5] [--truth]

Each network learns without a fifth of the galaxies. Two lines a recipe and sky: the mean over the networks' scores, and
the score of their mean answer. Then what the law says when it is fitted again with the answers of networks
that did not learn from a galaxy, see refit.py.
"""

import argparse
import os
from collections.abc import Iterator, Mapping
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")

import jax
import numpy as np
from bench_truth import task_of
from jax import numpy as jnp
from jax_networks import NEVER, confusion, ln_alpha, recipe_of
from jax_training import SIDE, Change, learn, zoom
from refit import refits
from scenarios import SCENARIOS
from schedule import LEARNING_RATE, epochs_of
from scores import score
from task import Task

from truemorph.components.laws import Law, stored_law
from truemorph.components.trainer.parameters import TrainerParameters

Array = Any
MOST = TrainerParameters(backbone="small").filled().zoom or 0.0
SCORES = ("accuracy", "balanced_accuracy", "log_loss", "calibration_error")


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
    "plain": zoom(0.0, 0.0),
    "zoom": zoom(MOST, MOST * SIDE / 5),
    "larger-or-smaller": zoom(MOST, 0.0),
    "moved": zoom(0.0, MOST * SIDE / 5),
    "noise": noise(6.0),
    "bright": bright(0.15),
}


def tried(task: Task, recipe: str, backbone: str, folds: int, law: Law | None, label: Array) -> Iterator[str]:
    """Train the networks of the folds by a recipe, and say what they score."""
    fold = np.random.default_rng(5).permutation(len(task.sky)) % folds
    epochs, log_p = epochs_of(len(task.sky), backbone), confusion(law, task.sky)
    seen = np.maximum(np.where(label[:, None] == 1, log_p[:, :, 1], log_p[:, :, 0]), NEVER).astype(np.float32)
    known, alpha = (seen, np.zeros_like(seen)), ln_alpha(task.sky)
    images, learnt = np.concatenate([task.test.pixels, task.sky.pixels]), len(task.test)
    answers, own = [], recipe_of(backbone)._replace(change=RECIPES[recipe])
    for k in range(folds):
        about = (task.sky.pixels, alpha, known, np.flatnonzero(fold != k), epochs, task.seed + k)
        answers.append(learn(own, *about).outputs(images)[:, 1])
    p = np.stack(answers)
    for what, each in (("one", p[:, :learnt]), ("all", p[:, :learnt].mean(axis=0, keepdims=True))):
        found = [score(answer, task.test) for answer in each]
        told = (f"{name.replace('_', ' ')} {np.mean([one[name] for one in found]):.3f}" for name in SCORES)
        share = np.mean([one["share_error_by_alpha"][0][0] for one in found])
        yield f"{task.scenario.name} {task.seed}, {recipe}, {what}: {', '.join(told)}, share error {share:+.3f}"
    yield from refits(task, p[fold, learnt + np.arange(len(task.sky))]) if law else ()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--skies", nargs="+", choices=SCENARIOS, default=["another-hand", "half-real"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[9001])
    parser.add_argument("--recipes", nargs="+", choices=RECIPES, default=list(RECIPES))
    parser.add_argument("--backbone", choices=LEARNING_RATE, default="small")
    parser.add_argument("--size", type=int, default=2000)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--truth", action="store_true", help="teach the truth: the ceiling")
    parsed = parser.parse_args()
    if parsed.folds < 2:
        parser.error("--folds must be at least 2")
    for sky, seed in ((sky, seed) for sky in parsed.skies for seed in parsed.seeds):
        task = task_of(sky, parsed.size, seed, False)
        law, label = (None, task.sky.truth) if parsed.truth else (stored_law(task.law()), task.label)
        for recipe in parsed.recipes:
            for line in tried(task, recipe, parsed.backbone, parsed.folds, law, label):
                print(line, flush=True)


if __name__ == "__main__":
    main()
