import argparse
import contextlib
from dataclasses import replace
from pathlib import Path

from truemorph.artifacts import STATE
from truemorph.cli.options import add_config, add_law, add_out, add_preset, config_of, examples_of, law_of, local
from truemorph.components.errors import InputError
from truemorph.components.files import remove
from truemorph.components.methods import learner
from truemorph.components.trainer.parameters import BACKBONES, NAMES
from truemorph.terminal import show

HELP = "train one network on a dataset"
EXAMPLE = "--examples run/examples --out model --backbone small --epochs 20"
FLAGS = {
    "backbone": "trainer.backbone",
    "epochs": "trainer.epochs",
    "image_size": "trainer.image_size",
    "theta": "bias_law.theta",
}
"""The key of the configuration that an option stands for."""


def add_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--examples", type=local, required=True, metavar="DIR", help="dataset made by `ingest` or `run`"
    )
    add_out(command)
    command.add_argument(
        "--loss",
        choices=("debiased", "naive"),
        default="debiased",
        help="debiased: through the law (default); naive: without",
    )
    command.add_argument(
        "--labels", choices=("raw", "debiased"), default="raw", help="which labels to learn (default: raw)"
    )
    command.add_argument("--theta", metavar="T", help="scale of the law (default: estimate it from the examples)")
    command.add_argument("--backbone", choices=BACKBONES, help="the network")
    command.add_argument("--epochs", metavar="N", help="passes over the training galaxies")
    command.add_argument("--image-size", metavar="PX", help="side in pixels of what the network sees")
    command.add_argument("--resume", action="store_true", help="continue an interrupted training in --out")
    add_law(command)
    add_config(command, "bias_law.", "sample.rates", "trainer.weights", *(f"trainer.{name}" for name in NAMES))
    add_preset(command, "paper")


def run(parsed: argparse.Namespace) -> None:
    """Train one network, and estimate the law before where the loss needs it."""
    from truemorph.components.artifacts.manifest import class_names
    from truemorph.components.artifacts.model_card import TrainedModel
    from truemorph.components.artifacts.model_folder import MODEL
    from truemorph.components.laws import CLASS_NAMES
    from truemorph.config.presets import preset
    from truemorph.dag import bias_estimator, trainer
    from truemorph.local import LocalDagRunner

    network = learner(parsed.loss, parsed.labels)
    if network is None:
        raise InputError("--loss debiased --labels debiased: corrects the bias twice; use --labels raw or --loss naive")
    base = preset(parsed.preset) if parsed.preset else None
    given = {key: getattr(parsed, flag) for flag, key in FLAGS.items()}
    config = config_of(
        parsed, [f"{key}={value}" for key, value in given.items() if value is not None] + law_of(parsed), base
    )
    examples, out = examples_of(parsed.examples), parsed.out.absolute()
    if (classes := class_names(examples)) != CLASS_NAMES:
        config = replace(config, sample=replace(config.sample, classes=classes))
    law, model = out / "bias_law.json", out / "models" / network.folder
    steps = [trainer(config, network.folder, examples, law, model)]
    if network.through_law:
        steps.insert(0, bias_estimator(config, examples, law))
    LocalDagRunner(out).run(steps, fresh=not parsed.resume)
    card = TrainedModel.read(model / MODEL)
    if card.status == "not_run":
        _clear(out, model)
        raise InputError(f"--examples {parsed.examples}: {card.why}; give others, or --labels raw")
    show(parsed, {"model": str(model), **card.as_json()}, str(model))


def _clear(out: Path, model: Path) -> None:
    """Take away what a training that could not begin has left."""
    for path in (out / STATE, model):
        remove(path)
    for folder in (model.parent, out):
        with contextlib.suppress(OSError):
            folder.rmdir()
