"""What all networks of a training share, and the training of one of them."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truemorph.components.artifacts.model_folder import CERTAINTY, KERAS, write_history
from truemorph.components.certainty.certainty import write_certainty
from truemorph.components.errors import InputError
from truemorph.components.laws import CLASS_NAMES, FlipLaw, Law, stored_confusion, stored_law
from truemorph.components.progress import say
from truemorph.components.trainer import learnt, train
from truemorph.components.trainer.certainty import certainty_of
from truemorph.components.trainer.inputs import LabelledImages
from truemorph.components.trainer.networks import build_networks
from truemorph.components.trainer.parameters import TrainerParameters
from truemorph.components.trainer.tensorboard import Curves
from truemorph.components.trainer.verdict import verdict
from truemorph.components.trainer.votes import all_counted, sky_votes

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
        names: those of the classes.
    """

    settings: TrainerParameters
    bias_law: Mapping[str, Any]
    law: Law | None
    galaxies: LabelledImages
    held: LabelledImages
    votes: Any
    weights: Path | None
    names: Sequence[str] = CLASS_NAMES

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
        given: dict[str, Any] = {"weights": self.weights, "learn": spread, "rates": rates, "classes": len(self.names)}
        networks = build_networks(settings, galaxies, self.law, **given)
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
        judged = verdict(model, classifier, galaxies, held, progress, self.names)
        networks.export(folder / KERAS)
        if law is not None:
            views = settings.symmetries or 1
            if certain := certainty_of(networks.exported, galaxies, held, law, self.bias_law, views):
                write_certainty(folder / CERTAINTY, [certain])
            else:
                say(f"{len(self.names)} classes are too many for this backbone to tell how sure its answers are")
        write_history(folder, progress.history)
        return {**law_facts(law), "learnt": told, "parameters": int(classifier.count_params()), **judged}


def law_facts(law: Law | None) -> dict[str, Any]:
    """What model.json says of the law that a network was trained through."""
    if law is None:
        return {"theta": None, "law": None, "law_parameters": None}
    config = law.get_config()
    return {
        "theta": law.scale if isinstance(law, FlipLaw) else None,
        "law": config.pop("law"),
        "law_parameters": config,
    }


def task_of(
    examples: Path,
    settings: TrainerParameters,
    labels: str,
    bias_law: Mapping[str, Any],
    weights: Path | None,
    names: Sequence[str] = CLASS_NAMES,
) -> Task:
    """The task of some Examples, whose images are decoded here where memory takes them.

    Args:
        examples: folder that ExampleGen wrote.
        settings: filled ones.
        labels: 'raw' or 'debiased'.
        bias_law: content of bias_law.json; empty where the loss is naive.
        weights: see build_classifier.
        names: those of the classes.

    Raises:
        InputError: if the law is of other classes.
    """
    law, votes = _law(bias_law, names), None
    asked = settings.evidence
    if isinstance(law, FlipLaw) and (asked == "votes" or (asked == "either" and all_counted(examples))):
        votes = sky_votes(examples, law, bias_law)
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
            observables=law.observables if isinstance(law, FlipLaw) else (),
            rotations=settings.rotations,
            zoom=settings.zoom or 0.0,
        )
        for split in ("train", "eval")
    )
    return Task(settings, bias_law, law, galaxies, held, votes, weights, names)


def _law(bias_law: Mapping[str, Any], names: Sequence[str]) -> Law | None:
    """The law of bias_law.json; None where the loss is naive.

    Raises:
        InputError: if it is of other classes than the examples.
    """
    if not bias_law:
        return None
    confusion = stored_confusion(bias_law)
    law = stored_law(bias_law) if confusion is None and tuple(names) == CLASS_NAMES else confusion
    if law is None or law.classes != tuple(names):
        told = "none" if law is None else f"for {', '.join(law.classes)}"
        raise InputError(
            f"bias_law: the examples have the classes {', '.join(names)}, but the law is {told}; give a law for these"
        )
    return law
