"""truemorph: true galaxy shapes from biased labels.

The public names are loaded on first use, so that `import truemorph` imports neither TensorFlow nor Beam.
"""

if __name__ != "truemorph":
    raise ImportError("this folder is the package 'truemorph': write `import truemorph`, not `import pipeline`")

from importlib import import_module
from typing import TYPE_CHECKING, Any

from truemorph.version import __version__ as __version__

if TYPE_CHECKING:
    from truemorph import losses as losses
    from truemorph.calls import check as check
    from truemorph.calls import predict as predict
    from truemorph.calls import run as run
    from truemorph.components.bias_estimator.cv14 import fit_cv14 as fit_cv14
    from truemorph.components.bias_estimator.cv14_fit import Cv14Fit as Cv14Fit
    from truemorph.components.bias_estimator.fractions import FractionFit as FractionFit
    from truemorph.components.bias_estimator.fractions import fit_fractions as fit_fractions
    from truemorph.components.images.degrade import degrade as degrade
    from truemorph.components.laws import ConfusionLaw as ConfusionLaw
    from truemorph.components.laws import ExponentialLaw as ExponentialLaw
    from truemorph.components.laws import FormulaLaw as FormulaLaw
    from truemorph.components.laws import GalaxyLaw as GalaxyLaw
    from truemorph.components.laws import Law as Law
    from truemorph.components.laws import LogisticLaw as LogisticLaw
    from truemorph.components.laws import StretchedLaw as StretchedLaw
    from truemorph.components.laws import TabulatedLaw as TabulatedLaw
    from truemorph.components.laws import VoteLaw as VoteLaw
    from truemorph.components.laws import register_law as register_law
    from truemorph.components.laws import stored_law as stored_law
    from truemorph.components.measures.cv14 import cv14_bias as cv14_bias
    from truemorph.components.measures.cv18 import cv18_bias as cv18_bias
    from truemorph.components.measures.paired import PairedDifference as PairedDifference
    from truemorph.components.measures.paired import paired_difference as paired_difference
    from truemorph.components.measures.result import BiasResult as BiasResult
    from truemorph.components.resolution import resolution as resolution
    from truemorph.components.trainer.debiasing import DebiasingLayer as DebiasingLayer
    from truemorph.components.trainer.debiasing import VoteLayer as VoteLayer

_HOME = {
    "truemorph.calls": (
        "check",
        "predict",
        "run",
    ),
    "truemorph.components.bias_estimator.cv14": ("fit_cv14",),
    "truemorph.components.bias_estimator.cv14_fit": ("Cv14Fit",),
    "truemorph.components.bias_estimator.fractions": (
        "FractionFit",
        "fit_fractions",
    ),
    "truemorph.components.images.degrade": ("degrade",),
    "truemorph.components.laws": (
        "ConfusionLaw",
        "ExponentialLaw",
        "FormulaLaw",
        "GalaxyLaw",
        "Law",
        "LogisticLaw",
        "StretchedLaw",
        "TabulatedLaw",
        "VoteLaw",
        "register_law",
        "stored_law",
    ),
    "truemorph.components.measures.cv14": ("cv14_bias",),
    "truemorph.components.measures.cv18": ("cv18_bias",),
    "truemorph.components.measures.paired": ("PairedDifference", "paired_difference"),
    "truemorph.components.measures.result": ("BiasResult",),
    "truemorph.components.resolution": ("resolution",),
    "truemorph.components.trainer.debiasing": (
        "DebiasingLayer",
        "VoteLayer",
    ),
}
"""The module of each public name; a test holds it against what type checkers see above."""
_MODULE = {name: module for module, names in _HOME.items() for name in names}
__all__ = sorted([*_MODULE, "losses"])


def __getattr__(name: str) -> Any:
    if name == "losses":
        return import_module("truemorph.losses")
    if name not in _MODULE:
        raise AttributeError(f"module 'truemorph' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(_MODULE[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
