import argparse

from truemorph.cli.options import add_run, finished_run
from truemorph.terminal import show

HELP = "print the paper's Table 1 for a finished run, beside the paper's own numbers"
EXAMPLE = "--run run"


def add_arguments(command: argparse.ArgumentParser) -> None:
    add_run(command)


def run(parsed: argparse.Namespace) -> None:
    from truemorph.components.evaluator.table1 import describe, table1_of_run

    table = table1_of_run(finished_run(parsed.run))
    show(parsed, table, describe(table))
