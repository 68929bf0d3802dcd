"""Python processes of their own, forked from one that has imported TensorFlow, Beam and truemorph but used none.

As `subprocess` with `python -c`, but for the seconds of the imports.
"""

import os
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from subprocess import CompletedProcess
from tempfile import TemporaryDirectory

COMMAND_LINE = "import sys; from truemorph.cli import main; sys.exit(main(sys.argv[1:]))"
"""The code of `truemorph`."""

_CONTEXT = get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tensorflow", "keras", "apache_beam.runners.portability.fn_api_runner", "forked"])


class Forked:
    """A process that runs a piece of code with some words, in a session of its own.

    Args:
        code: what it runs.
        words: sys.argv[1:].
        folder: where its stdout and stderr are kept.
    """

    def __init__(self, code: str, words: tuple[object, ...], folder: Path) -> None:
        self.stdout, self.stderr = (folder / name for name in ("stdout", "stderr"))
        told = (code, tuple(map(str, words)), self.stdout, self.stderr)
        self.process: ForkServerProcess = _CONTEXT.Process(target=_run, args=told)
        self.process.start()
        assert self.process.pid
        self.pid = self.process.pid

    def told(self) -> str:
        """What it has written to stderr so far."""
        return self.stderr.read_text() if self.stderr.exists() else ""

    def wait(self, timeout: float = 1200) -> int:
        """Its exit status, as subprocess has it."""
        self.process.join(timeout)
        if self.process.exitcode is None:
            raise TimeoutError
        return self.process.exitcode

    def kill(self) -> None:
        """Kill it with all that it has started."""
        with suppress(ProcessLookupError):  # it has ended, or has not begun
            os.killpg(self.pid, signal.SIGKILL)
        self.process.kill()
        self.process.join()


def _run(code: str, words: tuple[str, ...], *streams: Path) -> None:
    os.setsid()
    for number, path in enumerate(streams, start=1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    sys.argv[1:] = words
    try:
        exec(compile(code, "forked", "exec"), {"__name__": "__main__"})
    except Exception:
        traceback.print_exc()
        sys.exit(1)


@contextmanager
def begun(code: str, *words: object) -> Iterator[Forked]:
    """A process that goes on beside the test, and is killed at the end of the block if it still does."""
    with TemporaryDirectory() as folder:
        forked = Forked(code, words, Path(folder))
        try:
            yield forked
        finally:
            if forked.process.is_alive():
                forked.kill()


def run(code: str, *words: object) -> CompletedProcess[str]:
    """Run it to its end."""
    with begun(code, *words) as forked:
        status = forked.wait()
        return CompletedProcess([code, *map(str, words)], status, forked.stdout.read_text(), forked.stderr.read_text())
