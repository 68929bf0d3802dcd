import argparse

from truemorph.cli.options import add_out
from truemorph.lock import alone
from truemorph.terminal import show

HELP = "download Galaxy Zoo 2 with its photometry and structure"
EXAMPLE = "gz2 --out gz2"


def add_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("release", choices=("gz2",), help="what to download: Galaxy Zoo 2")
    add_out(command)


def run(parsed: argparse.Namespace) -> None:
    """Download; print the command that runs over it."""
    from truemorph.components.fetcher.release import fetch_gz2

    with alone(parsed.out):
        words = fetch_gz2(parsed.out)
    show(parsed, {"out": str(parsed.out), "run": words}, "truemorph run " + " ".join(words))
