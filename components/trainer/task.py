"""What all networks of a training share, and the training of one of them."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truemorph.components.artifacts.model_folder import CERTAINTY, KERAS, write_history
from truemorph.components.certainty.certainty import write_certainty
from truemorph.components.laws import FlipLaw, stored_law
from truemorph.components.trainer import learnt, train
from truemorph.components.trainer.certainty import certainty_of
from truemorph.components.trainer.inputs import LabelledImages
from truemorph.components.trainer.networks import build_networks
from truemorph.components.trainer.parameters import TrainerParameters
from truemorph.components.trainer.tensorboard import Curves
from truemorph.components.trainer.verdict import verdict
from truemorph.components.trainer.votes import sky_votes

CHECKPOINT = "checkpoint.npz"


@dataclass(frozen=True)
class Task:
    """What is to be learnt from what.

    Args:
        settings: filled ones.
        bias_law: content of bias_law.json; empty where the loss is naive.
        law: the law of mislabelling in it, or None.
        galaxies: those to train on.
        held: those held back.
        votes: the law of votes, where votes teach.
        weights: see build_classifier.
    """

    settings: TrainerParameters
    bias_law: Mapping[str, Any]
    law: FlipLaw | None
    galaxies: LabelledImages
    held: LabelledImages
    votes: Any
    weights: Path | None

    def train(self, galaxies: LabelledImages, folder: Path, seed: int) -> dict[str, Any]:
        """Train one network on some of the galaxies and write it; gives what model.json says of it.

        Args:
            galaxies: those that it learns from.
            folder: of its model.keras and history.json; an interrupted training goes on from the checkpoint there.
            seed: of its weights.
        """
        settings = dataclasses.replace(self.settings, seed=seed)
        spread = learnt.prior_spread(self.bias_law) if self.bias_law.get("learn") else None
        rates = self.bias_law.get("rates")
        networks = build_networks(settings, galaxies, self.law, weights=self.weights, learn=spread, rates=rates)
        model, classifier, held = networks.model, networks.classifier, self.held
        progress = train.fit(
            model,
            classifier,
            galaxies,
            held,
            settings.epochs or 0,
            folder / CHECKPOINT,
            patience=settings.patience,
            curves=Curves(folder / "logs") if settings.tensorboard else None,
        )
        told, law = None, self.law
        if law and self.bias_law.get("learn"):
            told, law = learnt.tell(model, classifier, galaxies, held, spread)
        judged = verdict(model, classifier, galaxies, held, progress)
        networks.export(folder / KERAS)
        if law:
            views = settings.symmetries or 1
            certain = certainty_of(networks.exported, galaxies, held, law, self.bias_law, views)
            write_certainty(folder / CERTAINTY, [certain])
        write_history(folder, progress.history)
        return {**law_facts(law), "learnt": told, "parameters": int(classifier.count_params()), **judged}


def law_facts(law: FlipLaw | None) -> dict[str, Any]:
    """What model.json says of the law that a network was trained through."""
    if law is None:
        return {"theta": None, "law": None, "law_parameters": None}
    config = law.get_config()
    return {"theta": law.scale, "law": config.pop("law"), "law_parameters": config}


def task_of(
    examples: Path, settings: TrainerParameters, labels: str, bias_law: Mapping[str, Any], weights: Path | None
) -> Task:
    """The task of some Examples, whose images are decoded here where memory takes them.

    Args:
        examples: folder that ExampleGen wrote.
        settings: filled ones.
        labels: 'raw' or 'debiased'.
        bias_law: content of bias_law.json; empty where the loss is naive.
        weights: see build_classifier.
    """
    law = stored_law(bias_law) if bias_law else None
    votes = sky_votes(examples, law, bias_law) if law and settings.evidence == "votes" else None
    galaxies, held = (
        LabelledImages(
            examples,
            split,
            labels=labels,
            crop=settings.crop,
            image_size=settings.image_size,
            batch_size=settings.batch_size or 0,
            seed=settings.seed,
            votes=votes,
            observables=law.observables if law else (),
            rotations=settings.rotations,
        )
        for split in ("train", "eval")
    )
    return Task(settings, bias_law, law, galaxies, held, votes, weights)
