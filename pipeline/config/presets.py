"""Presets: settings of the trainer that fit a machine, by name."""

from pathlib import Path

from truemorph.artifacts import STATE
from truemorph.components.files import read_json
from truemorph.components.trainer.parameters import PRESETS
from truemorph.config.reader import load_config
from truemorph.config.schema import Config


def preset(name: str) -> Config:
    """The defaults with a preset on top.

    Example:
        >>> preset("cpu").trainer.backbone, preset("paper") == Config()
        ('small', True)
    """
    return load_config(settings=[f"trainer.{key}={value}" for key, value in PRESETS[name].items()])


def fitting(out: Path) -> tuple[str, str]:
    """The preset of a run that names none: that which the run in this folder began with, else by the devices here.

    Returns:
        Its name, and why.
    """
    begun = out / STATE / "run.json"
    if begun.is_file():
        return read_json(begun).get("preset") or "paper", "this run began with it"
    import tensorflow as tf

    gpus = len(tf.config.list_physical_devices("GPU"))
    return ("gpu", f"{gpus} GPU{'s' * (gpus > 1)} found") if gpus else ("cpu", "no GPU found")
