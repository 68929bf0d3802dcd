import argparse

from truemorph.terminal import show

HELP = "print a script that lets your shell complete commands and options"
EXAMPLE = "bash"


def add_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("shell", choices=("bash", "zsh"), help="your shell")


def run(parsed: argparse.Namespace) -> None:
    """Print the script; parsed.parser is the parser of all commands."""
    import shtab

    text = shtab.complete(parsed.parser, parsed.shell)
    show(parsed, {"shell": parsed.shell, "script": text}, text.rstrip("\n"))
