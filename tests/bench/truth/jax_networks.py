"""The networks of the truth benchmark by the copy of the training in JAX, in the place of networks.py."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from heads import classifier, generalized_loss, learning, marginal_loss, seen_loss, strided
from jax_training import SIDE, Learnt, Loss, Recipe, any_angle, learn, quarter_turns, zoom
from schedule import HELD, LEARNING_RATE, epochs_of
from sky import Sky

from truemorph.components.laws import FlipLaw, Law
from truemorph.components.trainer.parameters import TrainerParameters

Floats = npt.NDArray[np.float64]
NEVER = -1e9
"""Logarithm of the probability of what cannot be."""


@dataclass
class Trained:
    """A trained network; see networks.Trained."""

    network: Learnt
    told: dict[str, float] | None = None

    def p_disk(self, pixels: npt.NDArray[np.uint8]) -> Floats:
        """p(disk | x), (N,), averaged as the backbone's predictions are."""
        return self.network.outputs(pixels)[:, 1]

    def features(self, pixels: npt.NDArray[np.uint8]) -> Floats:
        """What the last layer sees, (N, D)."""
        return self.network.outputs(pixels, last=False)


def fit_network(
    sky: Sky,
    label: npt.ArrayLike,
    seed: int,
    *,
    before: bool = False,
    rates: tuple[float, float] = (1.0, 1.0),
    backbone: str = "small",
    law: Law | None = None,
    log_votes: Floats | None = None,
    spread: Mapping[str, npt.ArrayLike] | None = None,
    loss: Any = None,
) -> Trained:
    """Train on some galaxies; see networks.fit_network.

    Args:
        before: as networks were trained before.
        sky, label, seed, rates, backbone, law, log_votes, spread, loss: see there.
    """
    label = np.asarray(label, np.float64)
    seen = np.flatnonzero(np.isfinite(label))
    rows = np.setdiff1d(seen, seen[::HELD])
    recipe, told = recipe_of(backbone, before), ln_alpha(sky)
    known: tuple[npt.NDArray[np.float32], ...] = (np.nan_to_num(label).astype(np.float32),)
    learnt = law if spread is not None and isinstance(law, FlipLaw) else None
    if learnt is not None and spread is not None:
        build = partial(learning, law=learnt, spread=spread, galaxies=len(rows), rates=rates)
        recipe = recipe._replace(build=build, loss=seen_loss)
        told = sky.table[["alpha", *learnt.observables]].to_numpy(np.float64)
    elif loss is not None:
        recipe = recipe._replace(loss=generalized_loss)
    else:
        known = likelihoods(sky, label, law, log_votes, rates)
    network = learn(recipe, sky.pixels, told, known, rows, epochs_of(len(sky), backbone), seed)
    return Trained(network, theta_of(recipe.build(seed), network) if learnt is not None else None)


def likelihoods(
    sky: Sky, label: Floats, law: Law | None, log_votes: Floats | None, rates: tuple[float, float]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """What marginal_loss takes: log p(what was seen | true class) and log p(kept | true class), (N, 2) each."""
    log_p = confusion(law, sky)
    if log_votes is None:
        told = np.where(label[:, None] == 1, log_p[:, :, 1], log_p[:, :, 0])
    else:
        told = np.logaddexp.reduce(log_p + log_votes, axis=2)
    kept = np.logaddexp.reduce(log_p + np.log(rates if law is not None else (1.0, 1.0)), axis=2)
    return np.maximum(told, NEVER).astype(np.float32), np.maximum(kept, NEVER).astype(np.float32)


def theta_of(model: keras.Model, network: Learnt) -> dict[str, float]:
    """The theta of a network that was trained with it; the model is one of the same layers."""
    for variable, weights in zip(model.trainable_variables, network.weights, strict=True):
        variable.assign(weights)
    return {"theta": float(model.get_layer("debiasing").learnt_law().scale)}


@cache
def recipe_of(backbone: str, before: bool = False) -> Recipe:
    """The Trainer's own for a backbone, but for the rate of learning, see schedule.py; or that of before."""
    if before:
        build = strided if backbone == "small" else partial(classifier, backbone=backbone)
        return Recipe(build, marginal_loss, any_angle, zoom(0.0, 0.0), LEARNING_RATE[backbone], views=1)
    own = TrainerParameters(backbone=backbone).filled()
    most = own.zoom or 0.0
    change = zoom(most, most * SIDE / 5)
    build = partial(classifier, backbone=backbone)
    return Recipe(build, marginal_loss, quarter_turns, change, LEARNING_RATE[backbone], own.symmetries or 1)


def confusion(law: Law | None, sky: Sky) -> Floats:
    """log p(seen | true) of each galaxy, (N, 2, 2), [n, true class, seen class]; without a law labels are the truth."""
    if law is None:
        return np.broadcast_to(np.where(np.eye(2) == 1, 0.0, NEVER), (len(sky), 2, 2))
    return np.asarray(law.log_confusion(law.columns(sky.table)), np.float64)


def fit_heads(build: Callable[[int], keras.Model], loss: Loss, sky: Sky, target: npt.NDArray[Any], seed: int) -> Learnt:
    """Train a network of another objective on all galaxies but those held back, told their ln alpha.

    Args:
        build: see jax_training.Recipe.
        loss: of its outputs and the target.
        sky: the galaxies.
        target: (N, ...).
        seed: of weights and draws.
    """
    rows = np.setdiff1d(np.arange(len(sky)), np.arange(0, len(sky), HELD))
    recipe = recipe_of("small")._replace(build=build, loss=loss)
    known = (np.asarray(target, np.float32),)
    return learn(recipe, sky.pixels, ln_alpha(sky), known, rows, epochs_of(len(sky)), seed)


def ln_alpha(sky: Sky) -> Floats:
    """(N, 1) ln alpha."""
    return np.log(sky.table[["alpha"]].to_numpy(np.float64))
