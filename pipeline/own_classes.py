"""Classes of your own in a run, and what goes with smooth and disk alone."""

from truemorph.components.classes import class_names
from truemorph.components.errors import InputError
from truemorph.config import Config


def own_classes(config: Config) -> tuple[str, ...] | None:
    """Names of the classes where they are others than smooth and disk, else None.

    Raises:
        InputError: if a setting goes with smooth and disk alone.
    """
    classes = class_names("sample.classes", config.sample.classes)
    if classes is None:
        return None
    law = config.bias_law
    for key, given in (
        ("sample.balance", config.sample.balance),
        ("sample.rates", config.sample.rates),
        ("bias_law.kind", law.kind != "exponential"),
        ("bias_law.theta", law.theta != "estimate"),
        ("bias_law.observables", law.observables),
        ("trainer.evidence", config.trainer.evidence == "votes"),
    ):
        if given:
            raise InputError(f"{key}: only works with smooth and disk; leave it out, or leave out sample.classes")
    return classes
