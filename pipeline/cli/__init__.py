"""The command line: one module a command.

A new command is a module of this package with the constants HELP and EXAMPLE and the functions add_arguments and run,
and a word in the import and in the list below. Its name is the module's, with '-' for '_'; what it prints it prints
with `terminal.show`; what it imports beside argparse and the options it imports in `run`, so that help stays fast.
"""

import argparse
import os
import sys
from collections.abc import Sequence

from truemorph.cli import (
    bias,
    catalogue,
    check,
    completion,
    demo,
    doctor,
    estimate_theta,
    evaluate,
    export,
    fetch,
    fit_law,
    fractions,
    gallery,
    ingest,
    init,
    predict,
    resolution_test,
    run,
    serve,
    simulate,
    table1,
    train,
)
from truemorph.cli.failures import of_system, told
from truemorph.cli.parser import Command, Parser, add_command, command_name, nearest
from truemorph.components.errors import InputError, JobError
from truemorph.components.progress import silenced
from truemorph.terminal import drop_stdout, open_streams, paint
from truemorph.version import __version__

COMMANDS: tuple[Command, ...] = (
    demo,
    simulate,
    fetch,
    check,
    run,
    ingest,
    estimate_theta,
    fit_law,
    train,
    evaluate,
    export,
    predict,
    resolution_test,
    serve,
    bias,
    fractions,
    catalogue,
    table1,
    gallery,
    init,
    doctor,
    completion,
)


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands; each sets `command`, the module that does it."""
    parser = Parser(
        prog="truemorph",
        description="True galaxy shapes from biased labels: train through the law of mislabelling.",
        epilog="Begin with: truemorph demo, or with your own files: truemorph check. "
        "For the options of a command: truemorph COMMAND --help",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"truemorph {__version__}")
    parser.set_defaults(parser=parser)
    commands = parser.add_subparsers(dest="name", metavar="COMMAND", required=True, parser_class=Parser)
    for command in COMMANDS:
        add_command(commands, command)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: the words typed after 'truemorph'; None: those of this process.

    Returns:
        The exit status: 0 done, 1 interrupted or failed, 2 bad usage or bad input.
    """
    open_streams()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    name = "truemorph"
    try:
        parsed = _parse(arguments)
        name = f"truemorph {parsed.name}"
        with silenced(parsed.quiet):
            status: int | None = parsed.command.run(parsed)
    except BrokenPipeError:  # nobody reads on
        drop_stdout()
        return 1
    except KeyboardInterrupt:
        print(f"{name}: interrupted; run the same command again to continue", file=sys.stderr)
        return 1
    except Exception as error:
        known = error if isinstance(error, InputError | JobError | OSError) else of_system(error)
        if known is None:
            raise
        status, line = told(known)
        print(f"{name}: {paint('error:', 'red', sys.stderr)} {line}", file=sys.stderr)
    return status or 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The words, parsed; what help has printed is out before the process ends."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] in ([], ["help"]):
        words = [*words[1:], "--help"]
    parser = build_parser()
    try:
        names = [command_name(command) for command in COMMANDS]
        if not words[0].startswith("-") and words[0] not in names:
            parser.error(f"unknown command {words[0]}{nearest(words[0], names)}")
        return parser.parse_args(words)
    except SystemExit:
        sys.stdout.flush()
        raise
