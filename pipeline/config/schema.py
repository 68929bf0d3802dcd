"""What can be configured: one frozen dataclass a section, with its defaults and what each key may be."""

import dataclasses
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from truemorph.components.methods import NETWORKS
from truemorph.components.trainer.parameters import TrainerParameters

METHODS = tuple(network.key for network in NETWORKS)
LAWS = ("exponential", "logistic", "stretched", "tabulated")


@dataclass(frozen=True)
class Votes:
    """Which votes make the labels."""

    column: str = field(default="fraction", metadata={"choices": ("fraction", "weighted_fraction", "count")})


@dataclass(frozen=True)
class Split:
    """How galaxies are divided into train, eval and test (80/10/10 by a hash of the id)."""

    seed: int = field(default=0, metadata={"min": 0})


@dataclass(frozen=True)
class Sample:
    """Which galaxies are used. balance: about as many of each class, by the raw votes, as in the paper. rates: the
    shares of the smooth and of the disk labels that your own sample kept. classes: your classes in the order of their
    numbers, if they are not smooth and disk."""

    balance: bool = False
    rates: tuple[float, float] | None = None
    classes: tuple[str, ...] | None = None


@dataclass(frozen=True)
class BiasLaw:
    """The law of mislabelling and its scale theta. observables: columns that theta may depend on. class_on_alpha:
    whether the class may depend on alpha itself, under a prior. file: a law made by `fit-law`."""

    kind: str = field(default="exponential", metadata={"choices": LAWS})
    theta: float | str = field(default="estimate", metadata={"above": 0, "choices": ("estimate", "learn", "published")})
    observables: tuple[str, ...] | None = None
    class_on_alpha: bool = False
    file: str | None = None


@dataclass(frozen=True)
class Trainer(TrainerParameters):
    """The networks. crop: the central share of the stamp's side that a network sees (the paper: 207 of 424 px)."""

    methods: tuple[str, ...] = field(default=METHODS, metadata={"choices": METHODS})
    weights: str | None = None


@dataclass(frozen=True)
class Evaluator:
    """How the label bias is measured. If not given: the columns that the sources have, the paper's bins and depth."""

    intrinsic: tuple[str, ...] | None = None
    bins: int | None = field(default=None, metadata={"min": 2})
    depth: int | None = field(default=None, metadata={"min": 0, "max": 16})
    max_bias: float | None = field(default=None, metadata={"above": 0, "max": 1})
    min_accuracy: float | None = field(default=None, metadata={"above": 0, "max": 1})
    min_resolution_accuracy: float | None = field(default=None, metadata={"above": 0, "max": 1})
    max_share_drift: float | None = field(default=None, metadata={"above": 0, "max": 1})


@dataclass(frozen=True)
class Catalogue:
    """The catalogue. keep: columns of your tables to copy into it, such as ra, dec and other ids."""

    keep: tuple[str, ...] | None = None


@dataclass(frozen=True)
class ExampleValidator:
    """An earlier dataset, or its statistics, to compare the examples with."""

    previous_statistics: str | None = None


@dataclass(frozen=True)
class Pusher:
    """Whether only models that were judged and blessed are pushed."""

    require_blessing: bool = False


@dataclass(frozen=True)
class Beam:
    """Where Beam runs, in how many processes, and the runner's own options."""

    runner: str = "FnApiRunner"
    workers: int = field(default=1, metadata={"min": 1, "max": 64})
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Config:
    """All settings of a run; the defaults are the paper's, where it states them.

    Example:
        >>> from truemorph.config import load_config
        >>> config = load_config(settings=["trainer.backbone=small", "bias_law.theta=9.18"])
        >>> config.trainer.backbone, config.bias_law.theta
        ('small', 9.18)
    """

    votes: Votes = field(default_factory=Votes)
    split: Split = field(default_factory=Split)
    sample: Sample = field(default_factory=Sample)
    example_validator: ExampleValidator = field(default_factory=ExampleValidator)
    bias_law: BiasLaw = field(default_factory=BiasLaw)
    trainer: Trainer = field(default_factory=Trainer)
    evaluator: Evaluator = field(default_factory=Evaluator)
    catalogue: Catalogue = field(default_factory=Catalogue)
    pusher: Pusher = field(default_factory=Pusher)
    beam: Beam = field(default_factory=Beam)


@dataclass(frozen=True)
class Key:
    """One key of the configuration.

    Args:
        section, name: the two words of it.
        type: as annotated.
        default: the value where nothing is given.
        rules: what bounds the value: 'min', 'above', 'max', 'choices'.
    """

    section: str
    name: str
    type: Any
    default: Any
    rules: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.section}.{self.name}"


def keys() -> dict[str, Key]:
    """Every key by its name, such as 'trainer.epochs', in order."""
    found = {}
    for section, kind in typing.get_type_hints(Config).items():
        types = typing.get_type_hints(kind)
        for entry in dataclasses.fields(kind):
            key = Key(section, entry.name, types[entry.name], entry.default, entry.metadata)
            found[str(key)] = key
    return found


def as_dict(config: Config) -> dict[str, Any]:
    """The configuration as nested dictionaries of JSON values."""
    return dataclasses.asdict(config)
