import argparse

from truemorph.cli.options import add_run, local
from truemorph.terminal import show

HELP = "write the catalogue of a finished run in another format, with a README of its columns"
EXAMPLE = "--run run --out galaxies.fits"


def add_arguments(command: argparse.ArgumentParser) -> None:
    add_run(command)
    command.add_argument(
        "--out",
        type=local,
        required=True,
        metavar="FILE",
        help=".fits, .vot, .ecsv, .csv or .parquet; .hats for a folder of sky tiles",
    )


def run(parsed: argparse.Namespace) -> None:
    from truemorph.catalogue import write_catalogue

    found = write_catalogue(parsed.run, parsed.out)
    show(parsed, found, f"{found['rows']:,} galaxies: {found['catalogue']}\ncolumns: {found['readme']}")
