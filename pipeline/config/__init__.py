"""The configuration of a run."""

from truemorph.config.reader import load_config as load_config
from truemorph.config.schema import METHODS as METHODS
from truemorph.config.schema import Beam as Beam
from truemorph.config.schema import Config as Config
from truemorph.config.schema import as_dict as as_dict
from truemorph.config.schema import keys as keys
