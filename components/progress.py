"""Progress on stderr: a bar with rates and time left on a terminal, else a line now and then; nothing when quiet."""

import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
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
    before, finder = os.environ.get(QUIET), _SilentTensorFlow()
    if wanted:
        os.environ[QUIET] = "1"
        sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        if wanted:
            sys.meta_path.remove(finder)
        if wanted and before is None:
            del os.environ[QUIET]


class _SilentTensorFlow(MetaPathFinder):
    """Loads TensorFlow without the lines that its C++ part prints meanwhile, before it heeds any setting."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: Any = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path) if fullname == "tensorflow" else None
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def exec_module(module: ModuleType) -> None:
                kept = os.dup(2)
                with open(os.devnull, "wb") as nowhere:
                    os.dup2(nowhere.fileno(), 2)
                try:
                    load(module)
                finally:
                    os.dup2(kept, 2)
                    os.close(kept)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


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
