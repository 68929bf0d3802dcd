"""What a command says: a result as text or as JSON on stdout, coloured only where a terminal shows it."""

import argparse
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
    print(json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) if parsed.json else text, flush=True)


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
