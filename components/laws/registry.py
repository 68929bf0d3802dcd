"""From configurations and files to laws."""

from collections.abc import Mapping
from typing import Any, TypeVar

from truemorph.components.laws.base import FlipLaw, Law
from truemorph.components.laws.confusion import ConfusionLaw
from truemorph.components.laws.exponential import ExponentialLaw
from truemorph.components.laws.galaxy import GalaxyLaw
from truemorph.components.laws.kinds import FLIP_LAWS

AnyLaw = TypeVar("AnyLaw", bound=Law)
LAWS: dict[str, type[Law]] = {**FLIP_LAWS, GalaxyLaw.kind: GalaxyLaw, ConfusionLaw.kind: ConfusionLaw}
"""Every law, by kind; `register_law` adds to it."""


def register_law(law: type[AnyLaw]) -> type[AnyLaw]:
    """Make a law of your own known by its kind, so that a saved model with it loads again; a class decorator.

    As with Keras' own registry, the module that defines the law must be imported before the model is loaded.

    Args:
        law: a subclass of Law, or of FormulaLaw where the law is a formula in alpha, with a `kind` of its own.

    Returns:
        The class, unchanged.

    Raises:
        ValueError: if another law already has this kind.

    Examples:
        >>> import numpy as np
        >>> from dataclasses import dataclass
        >>> from truemorph import FormulaLaw
        >>> @register_law
        ... @dataclass(frozen=True)
        ... class SlowLaw(FormulaLaw):  # p_flip = 1 / (1 + alpha / theta)
        ...     theta: float
        ...     kind = "slow"
        ...     positive = frozenset({"theta"})
        ...
        ...     def formula(self, alpha, at, xp):
        ...         return xp.log(1.0 + alpha / at["theta"])
        ...
        ...     def slopes(self, observables):
        ...         slope = 1.0 - np.exp(-self.neg_log_flip(observables))
        ...         return self.neg_log_flip(observables), slope, {"theta": -slope[:, None]}
        >>> law_from_config({"law": "slow", "theta": 9.0}).flip_probability([9.0]).tolist()
        [0.5]
    """
    known = LAWS.get(law.kind)
    if known is not None and (known.__module__, known.__qualname__) != (law.__module__, law.__qualname__):
        raise ValueError(f"{law.__name__}: {known.__name__} is the law of kind {law.kind!r} already; give another kind")
    LAWS[law.kind] = law
    return law


def law_from_config(config: Mapping[str, Any]) -> Law:
    """The law of a configuration.

    Args:
        config: {"law": kind, ...} as get_config gives it.

    Raises:
        ValueError: if the kind is unknown, or a value is missing, unknown or out of range.

    Examples:
        >>> law_from_config({"law": "logistic", "midpoint": 10.0, "width": 2.0})
        LogisticLaw(midpoint=10.0, width=2.0)
    """
    kind = config.get("law")
    if kind not in LAWS:
        raise ValueError(
            f"law must be one of {', '.join(LAWS)}, or one of your own that truemorph.register_law made known. "
            f"Received: law={dict(config)}"
        )
    return LAWS[kind].from_config(config)


def stored_law(bias_law: Mapping[str, Any], model: Mapping[str, Any] | None = None) -> FlipLaw:
    """The law of bias_law.json, or the one that a model was trained through.

    Args:
        bias_law: {"law": kind, "theta": number, ...}; "law_parameters" holds the configuration of laws other than the
            exponential one.
        model: content of a model.json; where it names a law, as it does for a debiased network, that law is taken: it
            may have been learnt with the network.

    Examples:
        >>> stored_law({"law": "exponential", "theta": 9.3, "status": "ok"})
        ExponentialLaw(theta=9.3)
        >>> stored_law({"law": "exponential", "theta": 9.3}, {"law": "exponential", "theta": 9.1})
        ExponentialLaw(theta=9.1)
    """
    stored = model if model and model.get("theta") else bias_law
    kind = stored.get("law") or ExponentialLaw.kind
    if kind == ExponentialLaw.kind:
        return ExponentialLaw(float(stored["theta"]))
    law = law_from_config({"law": kind, **stored["law_parameters"]})
    if not isinstance(law, FlipLaw):
        raise ValueError(f"law must be one of {', '.join(FLIP_LAWS)}. Received: law={kind!r}")
    return law


def stored_confusion(content: Mapping[str, Any]) -> ConfusionLaw | None:
    """The confusion of classes of your own in a bias_law.json or model.json; None where it holds another law, or none.

    Examples:
        >>> stored_confusion({"law": "exponential", "theta": 9.3})
    """
    if content.get("law") != ConfusionLaw.kind or not content.get("law_parameters"):
        return None
    return ConfusionLaw.from_config({"law": ConfusionLaw.kind, **content["law_parameters"]})
