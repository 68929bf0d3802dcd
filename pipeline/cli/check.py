"""`truemorph check`."""

import argparse

from truemorph.cli.upstream import UPSTREAM, add_sources, sources_of
from truemorph.terminal import show

HELP = "say what the sources would give, and what is dropped for which reason"
EXAMPLE = UPSTREAM


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The arguments."""
    add_sources(command)


def run(parsed: argparse.Namespace) -> None:
    """Read the sources; write nothing."""
    from truemorph.components.example_gen.check import check
    from truemorph.components.example_gen.ingest_sources import open_sources

    summary = check(open_sources(**sources_of(parsed).given()))
    lines = [f"{summary['examples']} of {summary['rows_in']} galaxies would be kept"]
    if summary["images_drawn"]:
        read = f"{summary['images_read']} images were read, drawn by the hash of the id"
        lines.append(f"{read}; image reasons are of those only")
    for reason, count in sorted(summary["rejects"].items(), key=lambda item: (-item[1], item[0])):
        lines.append(f"{count:>9}  {reason}")
    show(parsed, summary, "\n".join(lines))
