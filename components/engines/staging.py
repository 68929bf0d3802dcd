"""Staging: a folder in a bucket, or on a disk that all share, through which machines hand files to each other."""

import os
import uuid
from dataclasses import dataclass
from pathlib import Path

from truemorph.components.buckets.files import files_of, is_bucket


@dataclass(frozen=True)
class Staging:
    """A folder behind a URL, or on a disk.

    A file is there whole or not at all in a bucket; on a shared disk it may be cut short, so what says that a file
    is finished is put after it, and names its hash.

    Args:
        root: URL, such as gs://bucket/folder, or path.
    """

    root: str

    def put(self, file: Path, name: str) -> None:
        """Copy a file of this machine into the staging folder, over one that is there."""
        files_of(self.root).put(file, self._path(name))

    def get(self, name: str, file: Path) -> None:
        """Copy a file of the staging folder to this machine; its folder is made."""
        file.parent.mkdir(parents=True, exist_ok=True)
        files_of(self.root).get(self._path(name), file)

    def holds(self, name: str) -> bool:
        """Whether there is a file of this name."""
        return files_of(self.root).holds(self._path(name))

    def count(self, beginning: str) -> int:
        """How many files' names begin so, such as 'shard-'."""
        return len(list(files_of(self.root).starting(self._path(beginning))))

    def remove(self) -> None:
        """Remove the staging folder with all its files."""
        files_of(self.root).remove(self.root)

    def _path(self, name: str) -> str:
        return f"{self.root}/{name}"


def staging_of(note: Path, location: str) -> Staging:
    """The staging folder of an earlier attempt, which a file of this machine notes, else a new one.

    Args:
        note: the file.
        location: URL or path of the folder in which a new one is made.
    """
    if not note.exists():
        note.write_text(f"{seen_by_all(location).rstrip('/')}/truemorph-{uuid.uuid4().hex}", "utf-8")
    return Staging(note.read_text("utf-8"))


def seen_by_all(location: str) -> str:
    """A location as it is, a path made absolute: workers have working folders of their own."""
    return location if is_bucket(location) else os.path.abspath(location)
