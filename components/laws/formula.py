"""Laws of two classes that are a formula in the resolution, with a few numbers as their parameters."""

import dataclasses
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from truemorph.components.laws.base import Array, FlipLaw, Floats, resolution_of
from truemorph.components.laws.checks import check_keys, positive_number


class FormulaLaw(FlipLaw):
    """A law whose parameters, numbers > 0, are the fields of its dataclass; `register_law` shows how to write one.

    A subclass is a frozen dataclass with `kind` (its name in configurations), `positive` (the names of its parameters),
    `formula` and `slopes`.

    Formula: p(smooth | disk, alpha) = exp(-u), u = formula(alpha).
    """

    def __post_init__(self) -> None:
        for name in self._names():
            object.__setattr__(self, name, positive_number(name, getattr(self, name)))

    @property
    def parameters(self) -> dict[str, Floats]:
        return {name: np.array(value) for name, value in self.numbers().items()}

    def numbers(self) -> dict[str, float]:
        """The parameters as Python floats, which take the dtype of any tensor."""
        return {name: float(getattr(self, name)) for name in self._names()}

    def with_parameters(self, parameters: Mapping[str, npt.ArrayLike]) -> Self:
        return type(self)(**self.numbers() | {name: float(np.asarray(value)) for name, value in parameters.items()})

    def neg_log_flip(self, observables: Array, parameters: Mapping[str, Array] | None = None, xp: Any = np) -> Array:
        return self.formula(resolution_of(observables), parameters or self.numbers(), xp)

    @abstractmethod
    def formula(self, alpha: Array, at: Mapping[str, Array], xp: Any) -> Array:
        """u = -log p_flip, (N,), >= 0 and rising with alpha, at these parameters; xp is numpy or keras.ops."""

    def get_config(self) -> dict[str, Any]:
        return {"law": self.kind, **self.numbers()}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        names = cls._names()
        check_keys(cls.kind, config, names)
        return cls(**{name: config[name] for name in names})

    @classmethod
    def _names(cls) -> tuple[str, ...]:
        return tuple(field.name for field in dataclasses.fields(cls))  # type: ignore[arg-type]
