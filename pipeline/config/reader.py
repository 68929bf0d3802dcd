"""The configuration read from TOML and from KEY=VALUE, every value checked."""

import dataclasses
import difflib
import math
import sys
import tomllib
import typing
from collections.abc import Mapping
from pathlib import Path
from types import UnionType
from typing import Any

from truemorph.components.errors import InputError
from truemorph.config.schema import Config, Key, keys

LARGEST = 2**31 - 1
"""What a whole number may be at most where nothing else is said: libraries count with 32 bits."""


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


def configured(sections: Mapping[str, Any], base: Config | None = None) -> Config:
    """The configuration of nested dictionaries, such as {"trainer": {"epochs": 5}}.

    Raises:
        InputError: as `load_config`.
    """
    config = base or Config()
    for key, value in _flatten(dict(sections)):
        config = _replace(config, key, list(value) if isinstance(value, tuple) else value, "")
    return config


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        with open(path, "rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise InputError(f"{path}: cannot read the configuration ({error.strerror}); give a TOML file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not valid TOML ({error}); fix it") from None


def _flatten(table: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    pairs = []
    for key, value in table.items():
        pairs += _flatten(value, f"{prefix}{key}.") if isinstance(value, dict) else [(prefix + key, value)]
    return pairs


def _toml_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):  # also a number of more digits than Python reads
        return text


def _replace(config: Config, name: str, value: Any, where: str) -> Config:
    known = keys()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
        raise InputError(f"{where}{name}: unknown configuration key; the nearest one is {near[0]}")
    key = known[name]
    section = dataclasses.replace(getattr(config, key.section), **{key.name: _checked(key, value, f"{where}{name}")})
    return dataclasses.replace(config, **{key.section: section})


def _checked(key: Key, value: Any, where: str) -> Any:
    for kind in _kinds(key):
        if kind == tuple[float, float]:
            return _checked_rates(value, where)
        if typing.get_origin(kind) is tuple:
            return _checked_list(value, key.rules.get("choices"), where)
        if kind is str and isinstance(value, str) and value in key.rules.get("choices", (value,)):
            return value
        if kind is bool and isinstance(value, bool):
            return value
        if kind in (int, float) and _within(key, kind, value):
            return kind(value)
    raise InputError(f"{where}: received {_shown(value)}; give {wanted(key)}")


def _kinds(key: Key) -> tuple[Any, ...]:
    """The types that a key's value may have."""
    return typing.get_args(key.type) if isinstance(key.type, UnionType) else (key.type,)


def _shown(value: Any) -> str:
    """A value in a message, cut where it is long."""
    digits = isinstance(value, int) and abs(value) > 10**30
    text = f"a number of {len(hex(value)) - 2} hexadecimal digits" if digits else repr(value)
    return text if len(text) <= 80 else f"{text[:80]}…"


def _checked_list(value: Any, choices: tuple[str, ...] | None, where: str) -> tuple[str, ...]:
    items = [word.strip() for word in value.split(",")] if isinstance(value, str) else value
    if not isinstance(items, list) or not items or not all(isinstance(item, str) and item for item in items):
        raise InputError(f'{where}: received {value!r}; give a list of names, such as ["a", "b"]')
    if len(set(items)) != len(items) or (choices and not set(items) <= set(choices)):
        wanted = f"choose from {', '.join(choices)}, once each" if choices else "give each name once"
        raise InputError(f"{where}: received {value!r}; {wanted}")
    return tuple(items)


def _checked_rates(value: Any, where: str) -> tuple[float, float]:
    rates = value if isinstance(value, list) and len(value) == 2 else []
    good = [rate for rate in rates if isinstance(rate, int | float) and not isinstance(rate, bool) and 0 < rate <= 1]
    if len(good) != 2:
        raise InputError(f"{where}: received {value!r}; give the shares kept of smooth and disk, such as [0.35, 1]")
    return float(good[0]), float(good[1])


def _within(key: Key, kind: type, value: Any) -> bool:
    """Whether a value is a number of this kind within the bounds of the key; NaN and infinities never are."""
    if isinstance(value, bool) or not isinstance(value, int if kind is int else int | float):
        return False
    largest = key.rules.get("max", LARGEST if kind is int else sys.float_info.max)
    return value > key.rules.get("above", -math.inf) and key.rules.get("min", value) <= value <= largest


def wanted(key: Key) -> str:
    """What a key takes, in words."""
    kinds = _kinds(key)
    if any(typing.get_origin(kind) is tuple for kind in kinds):
        return "a list" + (f" of {', '.join(key.rules['choices'])}" if "choices" in key.rules else "")
    if bool in kinds:
        return "true or false"
    signs = {"above": ">", "min": ">=", "max": "<="}
    rules = ({"max": LARGEST} if int in kinds else {}) | dict(key.rules)
    bounds = " and ".join(f"{sign} {rules[rule]}" for rule, sign in signs.items() if rule in rules)
    number = "a whole number" if int in kinds else "a number" if float in kinds else ""
    return " or ".join(filter(None, [f"{number} {bounds}".strip(), " | ".join(rules.get("choices", ()))])) or "text"
