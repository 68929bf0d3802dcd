"""The command line: what can be typed, and what becomes of errors."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from truemorph import commands
from truemorph.chatter import hush_tensorflow
from truemorph.completion import script
from truemorph.components.errors import InputError, JobError
from truemorph.components.progress import silenced
from truemorph.components.simulator.kind import switches
from truemorph.config import BACKBONES
from truemorph.sources import add_sources, local
from truemorph.terminal import paint
from truemorph.version import __version__


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line and exit status 2."""

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: error: {message}; see {self.prog} --help", file=sys.stderr)
        sys.exit(2)


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands; each sets `command`, the function that does it."""
    parser = Parser(
        prog="truemorph",
        description="True galaxy shapes from biased labels: train through the law of mislabelling.",
        epilog="Example: truemorph demo --out truemorph-demo",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"truemorph {__version__}")
    commanders = parser.add_subparsers(dest="name", metavar="COMMAND", required=True, parser_class=Parser)

    def add(name: str, what: str, example: str) -> argparse.ArgumentParser:
        command = commanders.add_parser(
            name, help=what, description=what, epilog=f"Example: truemorph {name} {example}", allow_abbrev=False
        )
        command.set_defaults(command=getattr(commands, name.replace("-", "_")))
        return command

    demo = add("demo", "simulate a sky with known truth and run the whole pipeline on it", "--out truemorph-demo")
    demo.add_argument("--out", type=local, default=Path("truemorph-demo"), metavar="DIR")
    demo.add_argument("--galaxies", type=int, default=4000, metavar="N")
    demo.add_argument("--seed", type=int, default=1, metavar="S")

    simulate = add("simulate", "write a sky with known truth, in the upstream formats", "--out sky --galaxies 4000")
    simulate.add_argument("--out", type=local, required=True, metavar="DIR")
    simulate.add_argument("--galaxies", type=int, default=4000, metavar="N")
    simulate.add_argument("--seed", type=int, default=1, metavar="S")
    simulate.add_argument("--theta", type=float, default=9.18, metavar="T", help="scale of the law of mislabelling")
    simulate.add_argument("--size", type=int, default=96, metavar="PX", help="side of a stamp, pixels")
    simulate.add_argument("--null", action="store_true", help="no mislabelling at all")
    simulate.add_argument(
        "--with",
        dest="kind",
        action="append",
        default=[],
        metavar="NAME[=VALUE]",
        help="a harder sky; several may be given: " + "; ".join(switches()),
    )

    fetch = add("fetch", "get the files of a release, and the photometry that goes with them", "gz2 --out gz2")
    fetch.add_argument("release", choices=("gz2",))
    fetch.add_argument("--out", type=local, required=True, metavar="DIR")

    sources = "--votes gz2_hart16.csv --photometry photometry.csv --images images --mapping gz2_filename_mapping.csv"
    check = add("check", "say what the sources would give, and what is dropped for which reason", sources)
    add_sources(check)

    run = add("run", "the whole pipeline, resuming at the first step whose inputs changed", f"{sources} --out run")
    add_sources(run)
    run.add_argument("--out", type=local, required=True, metavar="DIR")
    _add_config(run)

    ingest = add("ingest", "sources to a TFRecord dataset (ExampleGen alone)", f"{sources} --out dataset")
    add_sources(ingest)
    ingest.add_argument("--out", type=local, required=True, metavar="DIR")
    _add_config(ingest)

    theta = add("estimate-theta", "the scale of the law of mislabelling from the catalogue, as JSON", sources)
    add_sources(theta, images_required=False)
    theta.add_argument("--method", choices=("cv14", "fractions"), default="cv14")

    train = add("train", "fit one network", "--examples run/examples --out model --backbone small --epochs 20")
    train.add_argument("--examples", type=local, required=True, metavar="DIR")
    train.add_argument("--out", type=local, required=True, metavar="DIR")
    train.add_argument("--loss", choices=("debiased", "naive"), default="debiased")
    train.add_argument("--labels", choices=("raw", "debiased"), default="raw")
    train.add_argument("--theta", metavar="T", help="scale of the law; default: estimated from the examples")
    train.add_argument("--backbone", choices=BACKBONES)
    train.add_argument("--epochs", metavar="N")
    train.add_argument("--image-size", metavar="PX")
    train.add_argument("--resume", action="store_true", help="go on with an interrupted training in --out")
    _add_config(train)

    evaluate = add("evaluate", "predict with trained models and report their bias", "--run run --out evaluation")
    evaluate.add_argument("--run", type=local, required=True, metavar="DIR", help="folder that a run left")
    evaluate.add_argument("--out", type=local, required=True, metavar="DIR")
    _add_config(evaluate)

    export = add("export", "bless the debiased model of a run and push it as a SavedModel", "--run run --out export")
    export.add_argument("--run", type=local, required=True, metavar="DIR", help="folder that a run left")
    export.add_argument("--out", type=local, required=True, metavar="DIR")
    _add_config(export)

    predict = add(
        "predict", "debiased predictions for images or a dataset", "--model run/serving --images images --out p.csv"
    )
    predict.add_argument("--model", type=local, required=True, metavar="DIR")
    pictures = predict.add_mutually_exclusive_group(required=True)
    pictures.add_argument("--images", type=local, metavar="DIR", help="folder, or .zip, of .jpg, .jpeg and .png files")
    pictures.add_argument("--examples", type=local, metavar="DIR", help="dataset that `truemorph ingest` or `run` left")
    predict.add_argument("--out", type=local, required=True, metavar="FILE", help=".parquet, .csv, .fits or .vot")

    serve = add("serve", "answer requests over HTTP, in kserve's V1 and V2", "--model run/serving --port 8080")
    serve.add_argument(
        "--model", type=local, required=True, metavar="DIR", help="serving/ of a run, or a version in it"
    )
    serve.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="0.0.0.0: all addresses of this machine")
    serve.add_argument("--port", type=int, default=8080, metavar="N", help="0: any free one")

    bias = add("bias", "the label bias of any table", "table.parquet --label label_raw --alpha alpha")
    bias.add_argument("table", type=local, metavar="TABLE", help=".csv, .csv.gz, .parquet, .fits or .vot")
    bias.add_argument("--label", required=True, metavar="COL")
    bias.add_argument("--alpha", required=True, action="append", metavar="COL", help="repeat it for several columns")
    bias.add_argument("--intrinsic", nargs="+", default=[], metavar="COL")
    bias.add_argument("--method", choices=("cv14", "cv18"), default=None)
    bias.add_argument("--bins", type=int, default=None, metavar="N")
    bias.add_argument("--depth", type=int, default=None, metavar="P")
    bias.add_argument(
        "--reference",
        choices=("last", "first", "overall"),
        action="append",
        help="the bin of alpha that shows the true fractions, default last; repeat it, one for each --alpha",
    )

    table1 = add("table1", "the paper's Table 1 of a finished run, beside the paper's own numbers", "--run run")
    table1.add_argument("--run", type=local, required=True, metavar="DIR", help="folder that a run left")

    gallery = add("gallery", "the galaxies that changed class, as a page, with Hubble's images", "--run run --hst")
    gallery.add_argument("--run", type=local, required=True, metavar="DIR", help="folder that a run left")
    gallery.add_argument("--out", type=local, metavar="FILE.html", help="default: report/gallery.html of the run")
    gallery.add_argument("--count", type=int, default=200, metavar="N", help="galaxies shown at most, surest first")
    gallery.add_argument(
        "--positions", type=local, metavar="FILE", help="table with ids, ra and dec, such as the votes"
    )
    gallery.add_argument("--hst", action="store_true", help="ask the archive at CDS for Hubble's images of the places")

    add("doctor", "versions, runner, GPU, known conflicts: what to put into a bug report", "")

    completion = add("completion", "a script that completes commands and options in a shell", "bash")
    completion.add_argument("shell", choices=("bash", "zsh"))
    for command in commanders.choices.values():
        _add_output(command)
    return parser


def completion_script(shell: str) -> str:
    """The completion script of 'bash' or 'zsh' for every command."""
    action = next(entry for entry in build_parser()._actions if isinstance(entry, argparse._SubParsersAction))
    what = {choice.dest: str(choice.help) for choice in action._choices_actions}
    return script(shell, dict(action.choices), what)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: the words typed after 'truemorph'; None: those of this process.

    Returns:
        The exit status: 0 done, 1 interrupted or failed, 2 bad usage or bad input.
    """
    parsed = build_parser().parse_args(arguments)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    hush_tensorflow()
    try:
        with silenced(parsed.quiet):
            status: int | None = parsed.command(parsed)
    except (InputError, JobError) as error:
        word = paint("error:", "red", sys.stderr)
        print(f"truemorph {parsed.name}: {word} {' '.join(str(error).split())}", file=sys.stderr)
        return 2 if isinstance(error, InputError) else 1
    except KeyboardInterrupt:
        print(f"truemorph {parsed.name}: interrupted; the same command goes on where it stopped", file=sys.stderr)
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status or 0


def _add_output(command: argparse.ArgumentParser) -> None:
    """--json and --quiet, which every command has."""
    output = command.add_argument_group("output")
    if "--json" not in command._option_string_actions:
        output.add_argument("--json", action="store_true", help="print the result as JSON")
    output.add_argument("--quiet", action="store_true", help="no progress: only the result, and errors")


def _add_config(command: argparse.ArgumentParser) -> None:
    command.add_argument("--config", type=local, metavar="FILE.toml")
    command.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="such as trainer.epochs=5")
    command.add_argument("--runner", metavar="NAME", help="where Beam runs; the same as --set beam.runner=NAME")
