"""One truemorph at a time on one output."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from truemorph.components.errors import InputError


@contextmanager
def locked(lock: Path, out: Path) -> Iterator[None]:
    """Hold a lock file while a block runs; it is gone afterwards.

    Args:
        lock: the file; its folder exists.
        out: the output that it guards, for the message.

    Raises:
        InputError: if another process holds it.
        OSError: if it cannot be made or locked.
    """
    file = _hold(lock, out)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)
        os.close(file)


def _hold(lock: Path, out: Path) -> int:
    """The lock file, open and locked."""
    while True:
        try:
            file = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            # People know their output, not the hidden file beside it.
            raise OSError(error.errno, error.strerror, str(out)) from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Whoever held it before has removed the file: a lock on what has no name any more guards nothing.
            if os.fstat(file).st_nlink:
                return file
        except OSError as error:
            os.close(file)
            if isinstance(error, BlockingIOError):
                raise InputError(f"--out {out}: another truemorph is using it; wait until that has finished") from None
            raise OSError(error.errno, error.strerror, str(out)) from None
        os.close(file)


@contextmanager
def alone(out: Path) -> Iterator[None]:
    """Keep other commands from an output file or folder while a block runs, by a hidden file beside it.

    Raises:
        InputError: if another command is at work on it.
    """
    out = Path(os.path.abspath(out))
    home = next((folder for folder in out.parents if folder.is_dir()), out)
    with locked(home / f".{'-'.join(out.relative_to(home).parts)}.lock", out):
        yield
