"""`truemorph run`."""

import argparse

from truemorph.cli.options import add_config, add_out, config_of
from truemorph.cli.result import show_run
from truemorph.cli.upstream import UPSTREAM, add_sources, sources_of

HELP = "the whole pipeline, resuming at the first step whose inputs changed"
EXAMPLE = f"{UPSTREAM} --out run"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The arguments."""
    add_sources(command)
    add_out(command)
    add_config(command)


def run(parsed: argparse.Namespace) -> None:
    """Run all steps."""
    from truemorph.dag import create_pipeline
    from truemorph.local import LocalDagRunner

    out = parsed.out.absolute()
    LocalDagRunner(out).run(create_pipeline(config_of(parsed), sources_of(parsed), out))
    show_run(parsed, out)
