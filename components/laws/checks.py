"""What the configuration of a law is held against."""

from collections.abc import Mapping
from typing import Any

import numpy as np


def positive_number(name: str, value: Any) -> float:
    """A parameter that must be a finite number > 0; raises ValueError naming it else."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise ValueError(f"{name} must be a number. Received: {name}={value!r}")
    number = float(value)
    if not (np.isfinite(number) and number > 0):
        raise ValueError(f"{name} must be finite and > 0. Received: {name}={value}")
    return number


def check_keys(kind: str, config: Mapping[str, Any], names: tuple[str, ...]) -> None:
    """Raise ValueError unless a configuration has exactly the keys of its law."""
    if set(config) != {"law", *names} or config["law"] != kind:
        wanted = ", ".join(f'"{name}": ...' for name in names)
        raise ValueError(f'law must be {{"law": "{kind}", {wanted}}}. Received: law={dict(config)}')
