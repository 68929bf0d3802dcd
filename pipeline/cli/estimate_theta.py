import argparse

from truemorph.cli.upstream import add_sources, sources_of
from truemorph.terminal import show

HELP = "estimate the scale of the law of mislabelling from the catalogue, as JSON"
EXAMPLE = "--votes gz2_hart16.csv --photometry photometry.csv --structure simard11_table3.csv"


def add_arguments(command: argparse.ArgumentParser) -> None:
    add_sources(command, images_required=False)
    command.add_argument(
        "--method", choices=("cv14", "fractions"), default="cv14", help="cv14 (default) needs --structure"
    )


def run(parsed: argparse.Namespace) -> None:
    from truemorph.components.bias_estimator.estimate import estimate
    from truemorph.components.example_gen.check import catalogue
    from truemorph.components.example_gen.ingest_sources import open_sources

    table = catalogue(open_sources(**sources_of(parsed).given()))
    parsed.json = True
    show(parsed, estimate(table, parsed.method), "")
