"""Progress on stderr: a bar with rates and time left on a terminal, else a line now and then; nothing when quiet."""

import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tqdm import tqdm

QUIET = "TQDM_DISABLE"
"""Environment variable that the command line sets for --quiet; tqdm itself and worker processes heed it."""


def quiet() -> bool:
    """Whether nothing but results and errors shall be said."""
    return bool(os.environ.get(QUIET))


@contextmanager
def silenced(wanted: bool) -> Iterator[None]:
    """Say nothing but results and errors while a block runs, if that is wanted; worker processes inherit it."""
    before = os.environ.get(QUIET)
    if wanted:
        os.environ[QUIET] = "1"
    try:
        yield
    finally:
        if wanted and before is None:
            del os.environ[QUIET]


def say(line: str) -> None:
    """One line on stderr, above a bar if there is one."""
    if not quiet():
        from tqdm import tqdm

        tqdm.write(line, file=sys.stderr)
        sys.stderr.flush()


def live() -> bool:
    """Whether a line can be drawn over: on a terminal, and in a notebook.

    Returns:
        False also when quiet.
    """
    return not quiet() and (sys.stderr.isatty() or "ipykernel" in sys.modules)


def bar(**settings: Any) -> "tqdm[Any]":
    """A tqdm bar on stderr.

    Args:
        settings: as tqdm takes them: total, desc, unit, …

    Returns:
        The bar; outside a terminal and a notebook it prints a line at most every ten seconds, when quiet nothing.
    """
    from tqdm import tqdm

    interval = 0.2 if live() else 10.0
    return tqdm(**{"file": sys.stderr, "mininterval": interval, "disable": quiet(), **settings})


@contextmanager
def followed(count: Callable[[], int], every: float = 0.5, **settings: Any) -> Iterator[None]:
    """A bar while a block runs, told again and again what is done: so it works whoever does the work, and where.

    Args:
        count: gives how much is done, such as the number of finished files.
        every: seconds from one look to the next.
        settings: as tqdm takes them.
    """
    stop = threading.Event()
    with bar(**settings) as shown:

        def follow() -> None:
            ended = False
            while not ended:
                ended = stop.wait(every)
                shown.update(count() - shown.n)

        thread = threading.Thread(target=follow, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


@contextmanager
def hushed_logs() -> Iterator[None]:
    """Keep Beam from printing a worker's traceback, and warnings of its own imports: what it means is raised."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
