import argparse

from truemorph.cli.options import add_config, add_law, add_preset, config_of, law_of, local
from truemorph.cli.upstream import UPSTREAM, add_sources, sources_of
from truemorph.terminal import show

HELP = "show what a run on your files would do, and what it would cost; run this first"
EXAMPLE = UPSTREAM


def add_arguments(command: argparse.ArgumentParser) -> None:
    add_sources(command)
    command.add_argument(
        "--sheet", type=local, metavar="FILE.png", help="write a picture of galaxies as the network will see them"
    )
    add_config(command)
    add_law(command)
    add_preset(command, "paper")


def run(parsed: argparse.Namespace) -> None:
    """Read the sources; write nothing but the sheet."""
    from truemorph.config.presets import preset
    from truemorph.preview import preview

    sources = sources_of(parsed)
    config = config_of(parsed, law_of(parsed), base=preset(parsed.preset) if parsed.preset else None)
    found = preview(sources, config, parsed.sheet)
    show(parsed, found.as_json(), str(found))
