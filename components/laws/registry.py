"""From configurations and files to laws."""

from collections.abc import Mapping
from typing import Any

from truemorph.components.laws.base import FlipLaw, Law
from truemorph.components.laws.confusion import ConfusionLaw
from truemorph.components.laws.exponential import ExponentialLaw
from truemorph.components.laws.forms import FLIP_LAWS
from truemorph.components.laws.galaxy import GalaxyLaw

LAWS: dict[str, type[Law]] = {**FLIP_LAWS, GalaxyLaw.kind: GalaxyLaw, ConfusionLaw.kind: ConfusionLaw}
"""Every law, by kind."""


def law_from_config(config: Mapping[str, Any]) -> Law:
    """The law of a configuration.

    Args:
        config: {"law": kind, ...} as get_config gives it.

    Raises:
        ValueError: if the kind is unknown, or a value is missing, unknown or out of range.

    Example:
        >>> law_from_config({"law": "logistic", "midpoint": 10.0, "width": 2.0})
        LogisticLaw(midpoint=10.0, width=2.0)
    """
    kind = config.get("law")
    if kind not in LAWS:
        raise ValueError(f"law must be one of {', '.join(LAWS)}. Received: law={dict(config)}")
    return LAWS[kind].from_config(config)


def stored_law(bias_law: Mapping[str, Any], model: Mapping[str, Any] | None = None) -> FlipLaw:
    """The law of bias_law.json, or the one that a model was trained through.

    Args:
        bias_law: {"law": kind, "theta": number, ...}; "law_parameters" holds the configuration of laws other than the
            exponential one.
        model: content of a model.json; where it names a law, as it does for a debiased network, that law is taken: it
            may have been learnt with the network.

    Example:
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
