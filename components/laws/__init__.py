"""Laws of mislabelling p(seen label | true label, observables)."""

from truemorph.components.classes import CLASS_NAMES as CLASS_NAMES
from truemorph.components.classes import DISK as DISK
from truemorph.components.classes import SMOOTH as SMOOTH
from truemorph.components.laws.base import FlipLaw as FlipLaw
from truemorph.components.laws.base import Law as Law
from truemorph.components.laws.catalogue import CatalogueLikelihood as CatalogueLikelihood
from truemorph.components.laws.confusion import ConfusionLaw as ConfusionLaw
from truemorph.components.laws.confusion import Observable as Observable
from truemorph.components.laws.cv14 import cv14_p_disk as cv14_p_disk
from truemorph.components.laws.cv14 import standardised as standardised
from truemorph.components.laws.cv14 import with_products as with_products
from truemorph.components.laws.exponential import ExponentialLaw as ExponentialLaw
from truemorph.components.laws.formula import FormulaLaw as FormulaLaw
from truemorph.components.laws.galaxy import GalaxyLaw as GalaxyLaw
from truemorph.components.laws.kinds import FLIP_LAWS as FLIP_LAWS
from truemorph.components.laws.logistic import LogisticLaw as LogisticLaw
from truemorph.components.laws.registry import LAWS as LAWS
from truemorph.components.laws.registry import law_from_config as law_from_config
from truemorph.components.laws.registry import register_law as register_law
from truemorph.components.laws.registry import stored_confusion as stored_confusion
from truemorph.components.laws.registry import stored_law as stored_law
from truemorph.components.laws.shares import ShareLaw as ShareLaw
from truemorph.components.laws.stretched import StretchedLaw as StretchedLaw
from truemorph.components.laws.tabulated import TabulatedLaw as TabulatedLaw
from truemorph.components.laws.votes import VoteLaw as VoteLaw
