"""The laws of two classes and one resolution."""

from truemorph.components.laws.base import FlipLaw
from truemorph.components.laws.exponential import ExponentialLaw
from truemorph.components.laws.logistic import LogisticLaw
from truemorph.components.laws.stretched import StretchedLaw
from truemorph.components.laws.tabulated import TabulatedLaw

FLIP_LAWS: dict[str, type[FlipLaw]] = {
    law.kind: law for law in (ExponentialLaw, LogisticLaw, StretchedLaw, TabulatedLaw)
}
"""By kind."""
