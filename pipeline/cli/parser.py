"""The parser of a command, and what a module must have to be one."""

import argparse
import difflib
import sys
from collections.abc import Iterable
from typing import Any, NoReturn, Protocol


class Command(Protocol):
    """A module of this package that is a command."""

    __name__: str
    HELP: str
    EXAMPLE: str

    def add_arguments(self, command: argparse.ArgumentParser) -> None:
        """Add the command's own arguments."""

    def run(self, parsed: argparse.Namespace) -> int | None:
        """Do it; the exit status, None for 0."""


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line and exit status 2."""

    def print_help(self, file: Any = None) -> None:
        """Print the help; unlike argparse, find out when it cannot be written."""
        print(self.format_help(), end="", file=file or sys.stdout, flush=True)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """Parse all words; unlike argparse, name the option that an unknown one resembles."""
        parsed, rest = super().parse_known_args(args, namespace)
        if rest:
            self.error(f"unknown {rest[0].partition('=')[0]}{nearest(rest[0], self._option_string_actions)}")
        return parsed, rest

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: error: {message}; see {self.prog} --help", file=sys.stderr)
        sys.exit(2)


def nearest(word: str, known: Iterable[str]) -> str:
    """A question after a misspelt word, if one that is known resembles it."""
    near = difflib.get_close_matches(word.partition("=")[0], list(known), n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def command_name(command: Command) -> str:
    """What is typed for a command."""
    return command.__name__.rpartition(".")[2].replace("_", "-")


def add_command(commands: "argparse._SubParsersAction[Any]", command: Command) -> None:
    """Add a command, with --json and --quiet, which every command has."""
    name = command_name(command)
    parser = commands.add_parser(
        name,
        help=command.HELP,
        description=command.HELP,
        epilog=f"Example: truemorph {name} {command.EXAMPLE}",
        allow_abbrev=False,
    )
    command.add_arguments(parser)
    output = parser.add_argument_group("output")
    output.add_argument("--json", action="store_true", help="print the result as JSON")
    output.add_argument("--quiet", action="store_true", help="print only the result and errors")
    parser.set_defaults(command=command)
