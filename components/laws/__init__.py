"""Laws of mislabelling p(seen label | true label, observables)."""

from truemorph.components.classes import CLASS_NAMES, DISK, SMOOTH
from truemorph.components.laws.base import FlipLaw, Law
from truemorph.components.laws.catalogue import CatalogueLikelihood
from truemorph.components.laws.confusion import ConfusionLaw, Observable
from truemorph.components.laws.cv14 import cv14_p_disk
from truemorph.components.laws.exponential import ExponentialLaw
from truemorph.components.laws.forms import FLIP_LAWS
from truemorph.components.laws.formula import FormulaLaw
from truemorph.components.laws.galaxy import GalaxyLaw
from truemorph.components.laws.logistic import LogisticLaw
from truemorph.components.laws.registry import LAWS, law_from_config, register_law, stored_confusion, stored_law
from truemorph.components.laws.shares import ShareLaw
from truemorph.components.laws.stretched import StretchedLaw
from truemorph.components.laws.tabulated import TabulatedLaw
from truemorph.components.laws.votes import VoteLaw

__all__ = [
    "CLASS_NAMES",
    "DISK",
    "FLIP_LAWS",
    "LAWS",
    "SMOOTH",
    "CatalogueLikelihood",
    "ConfusionLaw",
    "ExponentialLaw",
    "FlipLaw",
    "FormulaLaw",
    "GalaxyLaw",
    "Law",
    "LogisticLaw",
    "Observable",
    "ShareLaw",
    "StretchedLaw",
    "TabulatedLaw",
    "VoteLaw",
    "cv14_p_disk",
    "law_from_config",
    "register_law",
    "stored_confusion",
    "stored_law",
]
