"""Files: written whole or not at all, JSON, and their SHA-256."""

import glob
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from truemorph.components.errors import InputError


@contextmanager
def naming(path: Path, hidden: Path | None = None) -> Iterator[None]:
    """Let an error of the system that names no file, as when a disk is full, or a hidden one name the file people know.

    Example:
        >>> try:
        ...     with naming(Path("run")):
        ...         raise OSError(28, "No space left on device")
        ... except OSError as error:
        ...     print(error)
        [Errno 28] No space left on device: 'run'
    """
    try:
        yield
    except OSError as error:
        if error.errno is None or error.filename not in (None, str(hidden)):
            raise
        raise OSError(error.errno, os.strerror(error.errno), str(path)) from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Another name to write a file under, which takes its place when the block ends, and is removed if it fails.

    The file is on the disk before it is renamed, and so is the renaming before the block is left: a machine that stops
    leaves the old file or the new one. The process stands in the name, so that an orphan of a killed run does not write
    into the file of the next one; what a killed process left under such a name is removed.

    Args:
        path: the file; its folder exists.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     with replacing(Path(folder) / "a.txt") as staged:
        ...         _ = staged.write_text("whole")
        ...     [path.name for path in Path(folder).iterdir()]
        ['a.txt']
    """
    staged = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with naming(path, staged):
            yield staged
            _sync(staged)
        os.replace(staged, path)
        _sync(path.parent)
        for left in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
            left.unlink(missing_ok=True)
    except BaseException:
        staged.unlink(missing_ok=True)
        raise


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8, whole or not at all; its folder is made where missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as staged:
        staged.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any, *, indent: int = 1, sort_keys: bool = False, ensure_ascii: bool = True) -> None:
    """Write a JSON file, whole or not at all; a number that is not finite is an error."""
    text = json.dumps(value, indent=indent, sort_keys=sort_keys, ensure_ascii=ensure_ascii, allow_nan=False)
    write_text(path, text + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in a file that truemorph wrote.

    Raises:
        InputError: if there is no such file, or it holds no JSON object.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; run the step that writes it first") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not JSON ({error}); run the step that writes it again") from None
    if not isinstance(found, dict):
        raise InputError(f"{path}: holds a {type(found).__name__}, not an object; run the step that writes it again")
    return found


def hash_file(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hash_json(value: Any) -> str:
    """SHA-256 of a JSON value, in hexadecimal, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def remove(path: Path) -> None:
    """Remove a file or a folder where there is one."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
