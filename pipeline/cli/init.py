import argparse
from pathlib import Path

from truemorph.cli.options import local
from truemorph.terminal import show

HELP = "write a configuration file with every key and its default, to edit and use as --config"
EXAMPLE = "truemorph.toml"


def add_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "file", type=local, nargs="?", default=Path("truemorph.toml"), metavar="FILE", help="default: truemorph.toml"
    )


def run(parsed: argparse.Namespace) -> None:
    """Write the file; one that is there already stays as it is."""
    from truemorph.components.errors import InputError
    from truemorph.components.files import write_text
    from truemorph.config.template import template

    if parsed.file.exists():
        raise InputError(f"{parsed.file}: exists already; give another name, or remove it first")
    write_text(parsed.file, template())
    show(parsed, {"file": str(parsed.file)}, str(parsed.file))
