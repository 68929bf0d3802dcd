"""Progress on stderr: a bar with rates and time left on a terminal, else a line now and then; nothing when quiet."""

import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tqdm import tqdm

QUIET = "TQDM_DISABLE"
"""Environment variable that the command line sets for --quiet; tqdm itself and worker processes heed it."""


def quiet() -> bool:
    """Whether nothing but results and errors shall be said."""
    return bool(os.environ.get(QUIET))


def say(line: str) -> None:
    """One line on stderr, above a bar if there is one."""
    if not quiet():
        from tqdm import tqdm

        tqdm.write(line, file=sys.stderr)
        sys.stderr.flush()


def bar(**settings: Any) -> "tqdm[Any]":
    """A tqdm bar on stderr.

    Args:
        settings: as tqdm takes them: total, desc, unit, …

    Returns:
        The bar; on no terminal it prints a line at most every ten seconds, when quiet nothing.
    """
    from tqdm import tqdm

    interval = 0.2 if sys.stderr.isatty() else 10.0
    return tqdm(**{"file": sys.stderr, "mininterval": interval, "disable": quiet(), **settings})
