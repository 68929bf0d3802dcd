import argparse

from truemorph.cli.upstream import UPSTREAM, add_sources, sources_of
from truemorph.terminal import show

HELP = "estimate the scale of the law of mislabelling from the catalogue, as JSON"
EXAMPLE = UPSTREAM


def add_arguments(command: argparse.ArgumentParser) -> None:
    add_sources(command, images_required=False)
    command.add_argument("--method", choices=("cv14", "fractions"), default="cv14")


def run(parsed: argparse.Namespace) -> None:
    from truemorph.components.bias_estimator.estimate import estimate
    from truemorph.components.example_gen.check import catalogue
    from truemorph.components.example_gen.ingest_sources import open_sources

    table = catalogue(open_sources(**sources_of(parsed).given()))
    parsed.json = True
    show(parsed, estimate(table, parsed.method), "")
