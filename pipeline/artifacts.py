"""What a run remembers of its artifacts: fingerprints of inputs, records of finished steps, publishing by rename."""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from truemorph.components.errors import InputError

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
                    status = os.stat(os.path.join(folder, name))
                    relative = os.path.relpath(os.path.join(folder, name), path)
                    digest.update(f"{relative}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
        else:
            with open(path, "rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); give an existing file or folder") from None
    return digest.hexdigest()


def fingerprint_json(value: Any) -> str:
    """A fingerprint of a JSON value, independent of the order of keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file under a temporary name and rename it into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    with open(temporary, "w", encoding="utf-8") as file:
        json.dump(value, file, indent=1, sort_keys=True, allow_nan=False)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def read_json(path: Path) -> dict[str, Any] | None:
    """The JSON object in a file that this package wrote, or None where there is no such file."""
    if not path.exists():
        return None
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return record


def publish(staged: Mapping[str, Path], final: Mapping[str, Path], trash: Path) -> None:
    """Rename staged outputs into their final places; what stood there before is removed.

    Called again after an interruption it goes on where it stopped: an output already moved is no longer staged.

    Args:
        staged: path of each output in the staging folder.
        final: final path of each output.
        trash: an unused path for what is replaced, on the same file system.
    """
    for name, source in staged.items():
        if not source.exists():
            continue
        target = final[name]
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            remove(trash)
            target.replace(trash)
        source.replace(target)
        remove(trash)


def remove(path: Path) -> None:
    """Remove a file or a folder where there is one."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
