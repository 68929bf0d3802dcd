"""What a model says of itself: model.json beside a trained one, the model card inside a pushed one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from truemorph.components.artifacts.artifact import OPTIONAL, Artifact
from truemorph.components.laws import CLASS_NAMES, Law, stored_confusion, stored_law

CARD = Path("assets.extra") / "model_card.json"
"""Where the model card lies inside a SavedModel; loaders leave this folder alone."""
README = CARD.with_name("README.md")
"""The same as a page, in the form of the Hugging Face Hub."""


@dataclass(frozen=True, kw_only=True)
class Card(Artifact):
    """What both kinds of model say.

    Args:
        image_size: side of its images in pixels.
        crop: central share of the stamp's side that it sees.
        symmetries: over how many symmetries of the square its answers are averaged.
        law: kind of the law that it was trained through; None for one that was not.
        theta: the law's scale.
        law_parameters: the law's configuration.
        framing: how galaxies are framed in its training images, see images.framing; None: not known.
        classes: names of the classes, in their order; None: smooth and disk.
    """

    LAYOUT: ClassVar[Mapping[str, Any]] = {"sort_keys": True}

    image_size: int
    crop: float
    symmetries: int = 1
    law: str | None = None
    theta: float | None = None
    law_parameters: Mapping[str, Any] | None = None
    framing: Mapping[str, Any] | None = field(default=None, metadata=OPTIONAL)
    classes: list[str] | None = field(default=None, metadata=OPTIONAL)

    def own_law(self) -> Law | None:
        """The law that the model was trained through, None for one that was not."""
        content = self.as_json()
        return None if self.law is None else stored_confusion(content) or stored_law(content)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes, in the order of the network's answers."""
        return tuple(self.classes or CLASS_NAMES)


@dataclass(frozen=True, kw_only=True)
class TrainedModel(Card):
    """model.json; the rest are the Trainer's parameters and what it measured.

    Args:
        name: that of its folder.
        status: 'ok', 'degenerate', or 'not_run' where there was nothing to learn from.
        why: one sentence where the status is not 'ok'.
        learnt: whether what was learnt of the law can be believed: {"status", "why", ...}; None where it was given.
        seed: of the training.
        folds: networks that it is the mean of; each but one learnt from a training galaxy, see examples.draws.folds_of.
        members: what the model.json of each of these says.
        votes: the law of votes that taught it; None where labels did.
        examples_hash: content_hash of the manifest of the Examples that it was trained on; None: not known.
    """

    name: str | None = None
    status: str = "ok"
    why: str | None = None
    learnt: Mapping[str, Any] | None = None
    seed: int = 0
    folds: int | None = field(default=None, metadata=OPTIONAL)
    members: list[Mapping[str, Any]] | None = field(default=None, metadata=OPTIONAL)
    votes: Mapping[str, Any] | None = None
    examples_hash: str | None = field(default=None, metadata=OPTIONAL)

    @property
    def learnt_from(self) -> str | None:
        """The hash of the Examples that it was trained on; None: not known."""
        return self.examples_hash


@dataclass(frozen=True, kw_only=True)
class ModelCard(Card):
    """The card of a pushed model.

    Args:
        model_hash: SHA-256 that tells models apart.
        theta_interval: 95 % interval of the catalogue's theta.
        theta_status: status of the catalogue's law.
        blessing: {"status", "reason"}.
        model: the content of its model.json.
        metrics: its row of report.json.
        data: what it was trained on.
        versions: of the packages that made it.
        note: what its probabilities mean.
    """

    model_hash: str | None = None
    theta_interval: list[float] | None = None
    theta_status: str | None = None
    blessing: Mapping[str, Any] | None = None
    model: Mapping[str, Any] | None = None
    metrics: Mapping[str, Any] | None = None
    data: Mapping[str, Any] | None = None
    versions: Mapping[str, str] | None = None
    note: str | None = None

    @property
    def name(self) -> str | None:
        """The name of the model that was pushed."""
        return self.model.get("name") if self.model else None

    @property
    def learnt_from(self) -> str | None:
        """The hash of the Examples that it was trained on; None: not known."""
        return self.model.get("examples_hash") if self.model else None
