"""The configuration: frozen dataclasses, read from TOML and from KEY=VALUE settings."""

import dataclasses
import difflib
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from truemorph.components.errors import InputError
from truemorph.components.methods import NETWORKS

METHODS = tuple(network.key for network in NETWORKS)
BACKBONES = ("resnet50", "resnet101", "efficientnetv2s", "deepgalaxyv2", "small")
SCHEDULES = ("cosine", "constant", "step", "exponential")
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
LAWS = ("exponential", "logistic", "stretched", "tabulated")
PAPER_CROP = 207 / 424
Rules = Mapping[str, Any]


@dataclass(frozen=True)
class Votes:
    """Which votes become labels."""

    column: str = field(default="fraction", metadata={"choices": ("fraction", "weighted_fraction", "count")})


@dataclass(frozen=True)
class Split:
    """How galaxies are dealt into train, eval and test (80/10/10 by a hash of the id)."""

    seed: int = field(default=0, metadata={"min": 0})


@dataclass(frozen=True)
class Sample:
    """Which galaxies take part; balance: about as many of each class by the raw votes, as in the paper."""

    balance: bool = False


@dataclass(frozen=True)
class BiasLaw:
    """The law of mislabelling and its scale."""

    kind: str = field(default="exponential", metadata={"choices": LAWS})
    theta: float | str = field(default="estimate", metadata={"above": 0, "choices": ("estimate", "learn")})


@dataclass(frozen=True)
class Trainer:
    """The networks; crop is the central share of the stamp's side that a network sees (the paper: 207 of 424 px)."""

    backbone: str = field(default="resnet50", metadata={"choices": BACKBONES})
    weights: str | None = None
    image_size: int = field(default=207, metadata={"min": 32})
    crop: float = field(default=PAPER_CROP, metadata={"above": 0, "max": 1})
    rotations: str = field(default="dihedral", metadata={"choices": ("dihedral", "any")})
    epochs: int = field(default=30, metadata={"min": 1})
    batch_size: int = field(default=32, metadata={"min": 1})
    learning_rate: float = field(default=1e-4, metadata={"above": 0})
    schedule: str = field(default="cosine", metadata={"choices": SCHEDULES})
    patience: int = field(default=0, metadata={"min": 0})
    seed: int = field(default=0, metadata={"min": 0})
    methods: tuple[str, ...] = field(default=METHODS, metadata={"choices": METHODS})
    evidence: str = field(default="labels", metadata={"choices": ("labels", "votes")})
    deterministic: bool = False
    tensorboard: bool = False
    precision: str = field(default="float32", metadata={"choices": PRECISIONS})
    devices: int | str = field(default=1, metadata={"min": 1, "choices": ("all",)})


@dataclass(frozen=True)
class Evaluator:
    """How the label bias is measured; None: the columns that the sources allow, and the paper's bins and depth."""

    intrinsic: tuple[str, ...] | None = None
    bins: int | None = field(default=None, metadata={"min": 2})
    depth: int | None = field(default=None, metadata={"min": 0, "max": 16})
    max_bias: float | None = field(default=None, metadata={"above": 0, "max": 1})
    min_accuracy: float | None = field(default=None, metadata={"above": 0, "max": 1})


@dataclass(frozen=True)
class ExampleValidator:
    """What the examples are held against beside the schema: an earlier dataset, or its statistics."""

    previous_statistics: str | None = None


@dataclass(frozen=True)
class Pusher:
    """Whether a model that was not judged may be pushed."""

    require_blessing: bool = False


@dataclass(frozen=True)
class Beam:
    """Where Beam runs, in how many processes, and the runner's own options."""

    runner: str = "FnApiRunner"
    workers: int = field(default=1, metadata={"min": 1, "max": 64})
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Config:
    """All settings of a run; the defaults are the paper's.

    Example:
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
    pusher: Pusher = field(default_factory=Pusher)
    beam: Beam = field(default_factory=Beam)


def load_config(
    path: Path | None = None, settings: list[str] | tuple[str, ...] = (), base: Config | None = None
) -> Config:
    """The configuration of a TOML file with settings on top.

    Args:
        path: TOML file, or None.
        settings: 'section.key=value' each, the value in TOML's notation; a bare word is taken as a string.
        base: what the file and the settings change; default: the defaults.

    Returns:
        The configuration, every value checked.

    Raises:
        InputError: if the file is missing or no TOML, a key is unknown (the nearest one is named), a value is of the
            wrong type or out of range.
    """
    config = base or Config()
    if path is not None:
        for key, value in _flatten(_read_toml(path)):
            config = _replace(config, key, value, f"{path}: ")
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals or not key:
            raise InputError(f"--set {setting}: expected KEY=VALUE, such as trainer.epochs=5")
        config = _replace(config, key.strip(), _toml_value(text.strip()), "--set ")
    return config


def as_dict(config: Config) -> dict[str, Any]:
    """The configuration as nested dictionaries of JSON values."""
    return dataclasses.asdict(config)


def keys() -> list[str]:
    """Every key, as 'section.key'."""
    return [
        f"{section.name}.{key.name}"
        for section in dataclasses.fields(Config)
        for key in dataclasses.fields(getattr(Config(), section.name))
    ]


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        with open(path, "rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise InputError(f"{path}: cannot read the configuration ({error.strerror}); give a TOML file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: no valid TOML ({error}); mend it there") from None


def _flatten(table: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    pairs = []
    for key, value in table.items():
        pairs += _flatten(value, f"{prefix}{key}.") if isinstance(value, dict) else [(prefix + key, value)]
    return pairs


def _toml_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _replace(config: Config, key: str, value: Any, where: str) -> Config:
    if key not in keys():
        near = difflib.get_close_matches(key, keys(), n=1, cutoff=0.0)
        raise InputError(f"{where}{key}: unknown configuration key; the nearest one is {near[0]}")
    section_name, name = key.split(".")
    section = getattr(config, section_name)
    entry = next(entry for entry in dataclasses.fields(section) if entry.name == name)
    checked = _checked(entry, value, f"{where}{key}")
    return dataclasses.replace(config, **{section_name: dataclasses.replace(section, **{name: checked})})


def _checked(entry: dataclasses.Field[Any], value: Any, where: str) -> Any:
    kind, rules = str(entry.type), entry.metadata
    if kind.startswith("tuple"):
        return _checked_list(value, rules.get("choices"), where)
    for name, fits in (("bool", _is_bool), ("int", _is_int), ("float", _is_number), ("str", _is_word)):
        if name in kind and fits(value, rules):
            return float(value) if name == "float" else value
    raise InputError(f"{where}: received {value!r}; give {_wanted(kind, rules)}")


def _checked_list(value: Any, choices: tuple[str, ...] | None, where: str) -> tuple[str, ...]:
    items = [word.strip() for word in value.split(",")] if isinstance(value, str) else value
    if not isinstance(items, list) or not items or not all(isinstance(item, str) and item for item in items):
        raise InputError(f'{where}: received {value!r}; give a list of names, such as ["a", "b"]')
    if len(set(items)) != len(items) or (choices and not set(items) <= set(choices)):
        wanted = f"choose from {', '.join(choices)}, once each" if choices else "give each name once"
        raise InputError(f"{where}: received {value!r}; {wanted}")
    return tuple(items)


def _is_bool(value: Any, rules: Rules) -> bool:
    return isinstance(value, bool)


def _is_int(value: Any, rules: Rules) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and _within(value, rules)


def _is_number(value: Any, rules: Rules) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and _within(value, rules)


def _is_word(value: Any, rules: Rules) -> bool:
    return isinstance(value, str) and value in rules.get("choices", (value,))


def _within(value: float, rules: Rules) -> bool:
    above = math.isfinite(value) and value > rules.get("above", -math.inf)
    return above and rules.get("min", value) <= value <= rules.get("max", value)


def _wanted(kind: str, rules: Rules) -> str:
    """What a key takes, in words."""
    if "bool" in kind:
        return "true or false"
    signs = {"above": ">", "min": ">=", "max": "<="}
    bounds = " and ".join(f"{sign} {rules[rule]}" for rule, sign in signs.items() if rule in rules)
    number = "a whole number" if "int" in kind else "a number" if "float" in kind else ""
    return " or ".join(filter(None, [f"{number} {bounds}".strip(), " | ".join(rules.get("choices", ()))])) or "text"
