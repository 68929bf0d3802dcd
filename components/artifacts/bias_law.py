"""bias_law.json: the law of mislabelling of a sky, and how it is known."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from truemorph.components.artifacts.artifact import OPTIONAL, Artifact
from truemorph.components.artifacts.model_card import TrainedModel
from truemorph.components.laws import FlipLaw, Law, stored_confusion, stored_law


@dataclass(frozen=True, kw_only=True)
class BiasLaw(Artifact):
    """A law and what is known of it; what the data cannot tell is None, and the status says so.

    Args:
        law: its kind.
        theta: its scale, the alpha at which p_flip = exp(-1/2), dimensionless.
        interval: 95 % interval of theta, two numbers.
        status: 'ok', 'given', 'not_identifiable', 'insufficient_data', 'misfit' or 'uncertain'.
        method: what it was estimated with.
        source: where it comes from, in words.
        why: one sentence where the status is not 'ok'.
        n: objects used.
        law_parameters: configuration of a law other than the exponential one.
        spread: standard errors of the logarithms of its parameters.
        errors: of a confusion, shifts of its parameters, one standard deviation each, independent of each other.
        cv14: the CV14 fit, with its status; None where the structure of no galaxy is known.
        fractions: the fit of the smooth fractions, with its status.
        learn: whether its parameters are to be learnt with the network.
        observables: the columns that the law takes after alpha, in its order.
        misfit: {"statistic", "dof", "p"} of a test whether the law describes the labels.
        sensitivity: what theta is under other assumptions.
        flips_by: by alpha and by each observable, in bins, the shares called smooth, seen and expected: of the disks
            where the truth is known, else of the galaxies.
    """

    LAYOUT: ClassVar[Mapping[str, Any]] = {"indent": 2}

    law: str
    theta: float | None = None
    interval: list[float] | None = None
    status: str = "given"
    method: str | None = None
    source: str | None = None
    why: str | None = None
    n: int | None = None
    law_parameters: Mapping[str, Any] | None = field(default=None, metadata=OPTIONAL)
    spread: Mapping[str, Any] | None = field(default=None, metadata=OPTIONAL)
    errors: Any = field(default=None, metadata=OPTIONAL)
    cv14: Mapping[str, Any] | None = None
    fractions: Mapping[str, Any] | None = None
    learn: bool | None = field(default=None, metadata=OPTIONAL)
    observables: list[str] | None = field(default=None, metadata=OPTIONAL)
    misfit: Mapping[str, Any] | None = field(default=None, metadata=OPTIONAL)
    sensitivity: Any = field(default=None, metadata=OPTIONAL)
    flips_by: Mapping[str, Any] | None = field(default=None, metadata=OPTIONAL)

    def flip_law(self, model: TrainedModel | None = None) -> FlipLaw:
        """The law itself; of a model that was trained through one, that one: it may have been learnt."""
        return stored_law(self.as_json(), None if model is None else model.as_json())

    def law_of(self, model: TrainedModel) -> Law:
        """The law that a model was trained through, of whatever classes."""
        return stored_confusion(model.as_json()) or self.flip_law(model)
