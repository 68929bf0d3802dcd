"""What a command says: a result as text or as JSON on stdout, coloured only where a terminal shows it."""

import argparse
import io
import json
import os
import re
import sys
from typing import Any, TextIO

CODES = {"bold": "1", "red": "1;31", "green": "32", "yellow": "33", "dim": "2"}


def show(parsed: argparse.Namespace, value: Any, text: str) -> None:
    """Print a command's result.

    Args:
        parsed: the command's arguments; its `json` decides.
        value: the result as JSON values.
        text: the same for people.
    """
    ascii_only = not (sys.stdout.encoding or "utf-8").lower().startswith("utf")
    print(json.dumps(value, indent=1, ensure_ascii=ascii_only, allow_nan=False) if parsed.json else text, flush=True)


def open_streams() -> None:
    """Let the standard streams take every word: none that is closed, no letter that stops a command.

    A letter that the encoding of the terminal does not have is written as its number, such as \\xe9.
    """
    while (free := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass  # a file opened later must not become stdout
    os.close(free)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def drop_stdout() -> None:
    """Let what is still to be written to stdout go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def coloured(stream: TextIO) -> bool:
    """Whether a stream is a terminal that takes colours; https://no-color.org is heeded."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def paint(text: str, colour: str, stream: TextIO | None = None) -> str:
    """The text in a colour of CODES where the stream (default: stdout) takes colours, else as it is."""
    return f"\033[{CODES[colour]}m{text}\033[0m" if coloured(stream or sys.stdout) else text


def paint_table(text: str) -> str:
    """The table of the six rows, its head and its values bold and words that stand for no number yellow."""
    head, *rows = text.splitlines()
    words = re.compile(r"\b(insufficient_data|not_identifiable|degenerate|not_run|too few|no theta)\b")
    painted = [words.sub(lambda found: paint(found.group(), "yellow"), row) for row in rows]
    return "\n".join([paint(head, "bold"), *painted])
