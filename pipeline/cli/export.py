import argparse

from truemorph.cli.options import add_config, add_out, add_run, config_of, finished_run
from truemorph.components.artifacts.pushed import PUSHED, Pushed
from truemorph.components.errors import InputError
from truemorph.components.methods import DDB
from truemorph.terminal import show

HELP = "judge the debiased network of a run, and publish it as a SavedModel"
EXAMPLE = "--run run --out export"


def add_arguments(command: argparse.ArgumentParser) -> None:
    add_run(command)
    add_out(command)
    judged = ("max_bias", "min_accuracy", "min_resolution_accuracy", "max_share_drift")
    add_config(command, "pusher.", *(f"evaluator.{name}" for name in judged))


def run(parsed: argparse.Namespace) -> None:
    from truemorph.dag import pusher
    from truemorph.local import LocalDagRunner

    source, out = finished_run(parsed.run), parsed.out.absolute()
    model = source / "models" / DDB.folder
    if not model.is_dir():
        raise InputError(f"--run {parsed.run}: has no models/debiased; run it with the method ddb")
    step = pusher(config_of(parsed), model, source / "report", source / "bias_law.json", out)
    LocalDagRunner(out).run([step])
    parsed.json = True
    show(parsed, Pushed.read(out / PUSHED).as_json(), "")
