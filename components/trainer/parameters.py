"""What can be set of a training: one dataclass for configuration, pipeline and Trainer; and settings by machine."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

BACKBONES = ("resnet50", "resnet101", "efficientnetv2s", "deepgalaxyv2", "small")
SCHEDULES = ("cosine", "constant", "step", "exponential")
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
PAPER_CROP = 207 / 424
"""The paper's: 207 of 424 px."""
PAPER_RECIPE: Mapping[str, Any] = {
    "epochs": 30,
    "batch_size": 32,
    "learning_rate": 1e-4,
    "symmetries": 1,
    "zoom": 0.0,
    "evidence": "labels",
}
RECIPES: Mapping[str, Mapping[str, Any]] = {
    "small": {"learning_rate": 1e-3, "symmetries": 8, "zoom": 0.15, "evidence": "either"}
}
"""What a backbone needs to be trained that is not as in the paper."""
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "cpu": {"backbone": "small", "image_size": 64},
    "gpu": {
        "backbone": "resnet50",
        "image_size": 128,
        "precision": "mixed_bfloat16",
        "folds": 5,
        "zoom": 0.15,
        "evidence": "either",
    },
    "paper": {"backbone": "resnet50", "image_size": 207, "precision": "float32"},
}
"""Settings that fit a machine, by name; 'paper' are the defaults."""


@dataclass(frozen=True)
class TrainerParameters:
    """How a network is trained; what is None follows the backbone, see filled.

    Args:
        backbone: see build_classifier.
        image_size: side in pixels of what the network sees.
        crop: central share of the stamp's side that it sees.
        rotations: how training images are turned: 'dihedral' by quarter turns and mirrored, 'any' by any angle besides.
        zoom: z; training images are larger or smaller by up to e^z at random, and moved by up to z / 5 of their side.
        epochs: passes over the training galaxies.
        batch_size: galaxies a step.
        learning_rate: of Adam, at its highest.
        schedule: how it falls, see Schedule.
        symmetries: n; predictions are means over n of the eight ways to turn and mirror an image.
        patience: epochs without a better one after which the training ends; 0: never.
        seed: of weights, shuffling and turning.
        evidence: 'labels' or 'votes' teach, where there is a law; 'either': votes if all training galaxies have counts.
        deterministic: the same bits each time, slower.
        tensorboard: write curves.
        precision: number format, see precision.
        devices: how many, or 'all'.
        folds: networks, each trained without a part of the galaxies, which it then predicts; 1: one on all of them.

    Example:
        >>> TrainerParameters().filled().learning_rate, TrainerParameters(backbone="small").filled().learning_rate
        (0.0001, 0.001)
    """

    backbone: str = field(default="resnet50", metadata={"choices": BACKBONES})
    image_size: int = field(default=207, metadata={"min": 32})
    crop: float = field(default=PAPER_CROP, metadata={"above": 0, "max": 1})
    rotations: str = field(default="dihedral", metadata={"choices": ("dihedral", "any")})
    symmetries: int | None = field(default=None, metadata={"min": 1, "max": 8})
    zoom: float | None = field(default=None, metadata={"min": 0, "max": 0.5})
    epochs: int | None = field(default=None, metadata={"min": 1})
    batch_size: int | None = field(default=None, metadata={"min": 1})
    learning_rate: float | None = field(default=None, metadata={"above": 0})
    schedule: str = field(default="cosine", metadata={"choices": SCHEDULES})
    patience: int = field(default=0, metadata={"min": 0})
    seed: int = field(default=0, metadata={"min": 0})
    evidence: str | None = field(default=None, metadata={"choices": ("labels", "votes", "either")})
    deterministic: bool = False
    tensorboard: bool = False
    precision: str = field(default="float32", metadata={"choices": PRECISIONS})
    devices: int | str = field(default=1, metadata={"min": 1, "choices": ("all",)})
    folds: int = field(default=1, metadata={"min": 1, "max": 20})

    def filled(self) -> Self:
        """The same, with the recipe of the backbone where nothing is given."""
        recipe = {**PAPER_RECIPE, **RECIPES.get(self.backbone, {})}
        return dataclasses.replace(self, **{key: recipe[key] for key in recipe if getattr(self, key) is None})


NAMES = tuple(entry.name for entry in dataclasses.fields(TrainerParameters))
