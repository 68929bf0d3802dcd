"""Out of fold: as many networks as there are folds, each trained without the galaxies of one, and their mean."""

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from truemorph.components.artifacts.model_card import TrainedModel
from truemorph.components.artifacts.model_folder import (
    CERTAINTY,
    KERAS,
    MODEL,
    member_name,
    read_history,
    write_history,
)
from truemorph.components.certainty.certainty import read_certainty, write_certainty
from truemorph.components.errors import InputError
from truemorph.components.examples.draws import folds_of
from truemorph.components.files import remove
from truemorph.components.progress import say
from truemorph.components.trainer.task import CHECKPOINT, Task, law_facts


def train_folds(task: Task, folder: Path) -> dict[str, Any]:
    """Train a network for each fold on the galaxies of the others, and write their mean.

    A galaxy is dealt into its fold by a hash of its id, see folds_of. All networks choose their best epoch by the same
    galaxies held back. An interrupted training goes on in the fold where it was.

    Returns:
        What model.json says: of the mean, and under 'members' of each network.

    Raises:
        InputError: if the galaxies outside a fold are all of one class.
    """
    settings, galaxies = task.settings, task.galaxies
    fold = folds_of(galaxies.objid, settings.seed, settings.folds)
    for number in range(settings.folds):
        if np.unique(galaxies.label[fold != number]).size < 2:
            raise InputError(
                f"trainer.folds={settings.folds}: the galaxies outside fold {number + 1} are all of one class; "
                "give fewer folds, or more galaxies"
            )
    members, homes = [], [folder / member_name(number + 1) for number in range(settings.folds)]
    for number, home in enumerate(homes):
        home.mkdir(exist_ok=True)
        if not (home / MODEL).exists():  # written last
            say(f"fold {number + 1}/{settings.folds}")
            seed = settings.seed + number
            facts = task.train(galaxies.only(fold != number, seed), home, seed)
            shared = {name: getattr(settings, name) for name in ("image_size", "crop", "symmetries")}
            TrainedModel.from_json({**shared, "seed": seed, **facts}).write(home / MODEL)
        (home / CHECKPOINT).unlink(missing_ok=True)
        members.append(TrainedModel.read(home / MODEL).as_json())
    mean_classifier([keras.saving.load_model(home / KERAS, compile=False) for home in homes]).save(folder / KERAS)
    if certain := [each for home in homes for each in read_certainty(home)]:
        write_certainty(folder / CERTAINTY, certain)
    write_history(folder, _mean_history([read_history(home) for home in homes]))
    own = {"seed": settings.seed, "members": members, "n_train": len(galaxies)}
    return _mean_facts(members) | own | _mean_law(task, members)


def clear(folder: Path) -> None:
    """Take away the folders of the folds, but for their curves: the mean holds what they hold."""
    for home in folder.glob(member_name("*")):
        for path in home.iterdir():
            if path.name != "logs":
                remove(path)
        if not any(home.iterdir()):
            home.rmdir()


def mean_classifier(members: Sequence[keras.Model]) -> keras.Model:
    """Classifiers as one, that gives the mean of their probabilities.

    Formula: logits = log sum over m of softmax(logits of m), a constant aside.

    Args:
        members: images -> logits; they become layers, named as `member_name` says.
    """
    image = keras.Input(members[0].input.shape[1:], name="image")
    named = [keras.Model(each.input, each.output, name=member_name(number)) for number, each in enumerate(members, 1)]
    answers = ops.stack([ops.log_softmax(member(image)) for member in named], axis=1)
    return keras.Model(image, ops.logsumexp(answers, axis=1), name="mean")


def _mean_facts(members: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The cards of the members as one: numbers by their mean, words by the first that has any, its fold named."""
    facts: dict[str, Any] = {}
    for name in members[0]:
        values = [card[name] for card in members]
        known = [(number, value) for number, value in enumerate(values, start=1) if value is not None]
        if not known:
            facts[name] = None
        elif name in ("why", "not_converged"):
            facts[name] = f"fold {known[0][0]}: {known[0][1]}"
        elif name == "status":
            facts[name] = next((value for value in values if value != "ok"), "ok")
        elif name == "learnt":
            facts[name] = next((value for _, value in known if value["status"] != "ok"), known[0][1])
        elif isinstance(known[0][1], float):
            facts[name] = statistics.fmean(value for _, value in known)
        elif isinstance(known[0][1], int):
            facts[name] = round(statistics.fmean(value for _, value in known))
        else:
            facts[name] = known[0][1]
    return facts | {"parameters": sum(card["parameters"] for card in members)}


def _mean_law(task: Task, members: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The law of the members: each parameter by its mean, where it was learnt."""
    if task.law is None or not task.bias_law.get("learn"):
        return law_facts(task.law)
    laws = [TrainedModel.from_json(card).own_law() for card in members]
    found = [law.parameters for law in laws if law is not None]
    mean = {name: np.mean([each[name] for each in found], axis=0) for name in found[0]}
    return law_facts(task.law.with_parameters(mean))


def _mean_history(histories: Sequence[Mapping[str, Sequence[float | None]]]) -> dict[str, list[float | None]]:
    """The mean of the members' histories, as far as all of them go."""
    mean: dict[str, list[float | None]] = {}
    for name in histories[0]:
        epochs = zip(*(each.get(name, []) for each in histories), strict=False)
        mean[name] = [
            None if None in epoch else statistics.fmean(x for x in epoch if x is not None) for epoch in epochs
        ]
    return mean
