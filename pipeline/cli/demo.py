import argparse
from pathlib import Path

from truemorph.cli.options import local
from truemorph.cli.result import show_run

HELP = "simulate a sky with known truth and run the whole pipeline on it"
EXAMPLE = "--out truemorph-demo"


def add_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--out",
        type=local,
        default=Path("truemorph-demo"),
        metavar="DIR",
        help="folder for everything that is made (default: truemorph-demo)",
    )
    command.add_argument("--galaxies", type=int, default=4000, metavar="N", help="how many (default: 4000)")
    command.add_argument("--seed", type=int, default=1, metavar="S", help="of the random numbers (default: 1)")


def run(parsed: argparse.Namespace) -> None:
    from truemorph.demo import run_demo

    out = parsed.out.absolute()
    run_demo(out, galaxies=parsed.galaxies, seed=parsed.seed)
    show_run(parsed, out)
