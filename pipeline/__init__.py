"""truemorph: true galaxy shapes from biased labels.

The public names are loaded on first use, so that `import truemorph` imports neither TensorFlow nor Beam.
"""

if __name__ != "truemorph":
    raise ImportError("this folder is the package 'truemorph': write `import truemorph`, not `import pipeline`")

from importlib import import_module
from typing import TYPE_CHECKING, Any

from truemorph.version import __version__ as __version__

if TYPE_CHECKING:
    from truemorph.components.bias_estimator.cv14 import fit_cv14 as fit_cv14
    from truemorph.components.bias_estimator.fractions import fit_fractions as fit_fractions
    from truemorph.components.images.degrade import degrade as degrade
    from truemorph.components.laws import ExponentialLaw as ExponentialLaw
    from truemorph.components.measures.cv14 import cv14_bias as cv14_bias
    from truemorph.components.measures.cv18 import cv18_bias as cv18_bias
    from truemorph.components.measures.paired import paired_difference as paired_difference
    from truemorph.components.resolution import resolution as resolution
    from truemorph.components.trainer.debiasing import DebiasingLayer as DebiasingLayer

_HOME = {
    "cv14_bias": "truemorph.components.measures.cv14",
    "cv18_bias": "truemorph.components.measures.cv18",
    "paired_difference": "truemorph.components.measures.paired",
    "fit_cv14": "truemorph.components.bias_estimator.cv14",
    "fit_fractions": "truemorph.components.bias_estimator.fractions",
    "degrade": "truemorph.components.images.degrade",
    "ExponentialLaw": "truemorph.components.laws",
    "DebiasingLayer": "truemorph.components.trainer.debiasing",
    "resolution": "truemorph.components.resolution",
}
__all__ = [
    "DebiasingLayer",
    "ExponentialLaw",
    "cv14_bias",
    "cv18_bias",
    "degrade",
    "fit_cv14",
    "fit_fractions",
    "paired_difference",
    "resolution",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'truemorph' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
