"""How a simulated sky departs from the plain one: switches that combine."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from truemorph.components.errors import InputError


def _switch(default: Any, bare: Any, low: float, high: float, about: str) -> Any:
    """A switch: its value where it is off, and where it is named without one; its range."""
    return field(default=default, metadata={"bare": bare, "low": low, "high": high, "about": about})


@dataclass(frozen=True)
class Kind:
    """The switches of a sky, all off: the plain sky.

    Args:
        own_theta: spread tau of ln theta from galaxy to galaxy, half of its variance from what can be seen.
        surface_brightness: rise of ln theta with each magnitude by which a galaxy is fainter in surface brightness.
        grey: colours tell the Sersic index and nothing else of the class.
        continuum: '', or the class that lenticulars have, which look between: 'smooth' or 'disk'.
        class_on_alpha: rise of logit p(disk) with each standard deviation of ln alpha.
        measured_features: error and bias of the features that the survey measures, in their spread, at alpha = 8.
        continuous_votes: each volunteer sees features with a chance that falls smoothly with alpha.
        balanced: share kept of the galaxies that were called smooth.
        another_hand: pictures of another renderer, PSF, noise, stretch and JPEG quality.

    Example:
        >>> Kind.parse(["own-theta=0.5", "grey"]).told()
        {'own-theta': 0.5, 'grey': True}
    """

    own_theta: float = _switch(0.0, 0.5, 0.0, 2.0, "how much ln theta varies from galaxy to galaxy")
    surface_brightness: float = _switch(0.0, 0.3, -2.0, 2.0, "by how much ln theta rises for each magnitude fainter")
    grey: bool = _switch(False, True, 0, 0, "colours depend on the Sersic index and not on the class")
    continuum: str = _switch("", "smooth", 0, 0, "one galaxy in five is a lenticular, of class 'smooth' or 'disk'")
    class_on_alpha: float = _switch(0.0, 0.2, -2.0, 2.0, "by how much logit p(disk) rises for each sigma of ln alpha")
    measured_features: float = _switch(
        0.0, 0.3, 0.0, 2.0, "errors and biases of ng, e and Rhlr, as a share of their spread at alpha 8"
    )
    continuous_votes: bool = _switch(False, True, 0, 0, "each volunteer is less likely to see features at low alpha")
    balanced: float = _switch(1.0, 0.55, 0.01, 1.0, "share kept of the galaxies called smooth")
    another_hand: bool = _switch(False, True, 0, 0, "another renderer, PSF, noise, stretch and JPEG quality")

    @classmethod
    def parse(cls, words: Sequence[str]) -> "Kind":
        """Read switches as the command line has them.

        Args:
            words: each NAME or NAME=VALUE, with dashes.

        Raises:
            InputError: if a name is not known or given twice, or a value out of range.
        """
        known = {one.name.replace("_", "-"): one for one in fields(cls)}
        values: dict[str, Any] = {}
        for word in words:
            name, _, text = word.partition("=")
            if name not in known:
                raise InputError(f"unknown switch {name!r}; choose from {', '.join(known)}")
            if known[name].name in values:
                raise InputError(f"switch {name} is given twice; give it once")
            values[known[name].name] = _value(name, known[name].type, known[name].metadata, text)
        return cls(**values)

    def told(self) -> dict[str, Any]:
        """The switches that are on, by the names of the command line."""
        plain = asdict(Kind())
        return {name.replace("_", "-"): value for name, value in asdict(self).items() if value != plain[name]}


def _value(name: str, kind: Any, about: Any, text: str) -> Any:
    """The value of a switch from its text."""
    if not text:
        return about["bare"]
    if kind is bool:
        raise InputError(f"switch {name} takes no value. Received: {text!r}")
    if kind is str:
        if text not in ("smooth", "disk"):
            raise InputError(f"switch {name} is 'smooth' or 'disk'. Received: {text!r}")
        return text
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not about["low"] <= value <= about["high"]:
        raise InputError(f"switch {name} must be {about['low']:g} to {about['high']:g}. Received: {text!r}")
    return value


PLAIN = Kind()


def switches() -> list[str]:
    """A line of help for each switch."""
    return [f"{one.name.replace('_', '-')}: {one.metadata['about']}" for one in fields(Kind)]
