"""What a run remembers of its artifacts: fingerprints of inputs, records of finished steps, publishing by rename."""

import hashlib
import os
from collections.abc import Collection, Mapping
from pathlib import Path

from truemorph.components.errors import InputError
from truemorph.components.files import hash_file, remove

STATE = ".truemorph"


def fingerprint_path(path: Path) -> str:
    """A fingerprint of a source: of a file its content, of a folder the names, sizes and times of its files.

    Args:
        path: file or folder.

    Returns:
        Hexadecimal SHA-256.

    Raises:
        InputError: if there is no such file or folder.
    """
    digest = hashlib.sha256()
    try:
        if path.is_dir():
            for folder, names, files in os.walk(path):
                names.sort()
                for name in sorted(files):
                    file = os.path.join(folder, name)
                    status = os.stat(file) if os.path.exists(file) else os.lstat(file)
                    digest.update(os.fsencode(os.path.relpath(file, path)))
                    digest.update(f"\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
        else:
            return hash_file(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); give an existing file or folder") from None
    return digest.hexdigest()


def publish(staged: Mapping[str, Path], final: Mapping[str, Path], trash: Path, grows: Collection[str] = ()) -> None:
    """Rename staged outputs into their final places; what stood there before is removed.

    Called again after an interruption it goes on where it stopped: an output already moved is no longer staged.

    Args:
        staged: path of each output in the staging folder.
        final: final path of each output.
        trash: an unused path for what is replaced, on the same file system.
        grows: outputs that are folders, of which what they hold is renamed, each by itself.
    """
    for name, source in staged.items():
        if source.exists() and name in grows:
            final[name].mkdir(parents=True, exist_ok=True)
            for part in source.iterdir():
                _move(part, final[name] / part.name, trash)
        elif source.exists():
            _move(source, final[name], trash)


def _move(source: Path, target: Path, trash: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        remove(trash)
        target.replace(trash)
    source.replace(target)
    remove(trash)
