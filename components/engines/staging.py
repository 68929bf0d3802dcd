"""Staging: a folder in a bucket, or on a disk that all share, through which machines hand files to each other."""

import os
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truemorph.components.images.stores import is_bucket


@dataclass(frozen=True)
class Staging:
    """A folder of Beam's file systems.

    A file is there whole or not at all in a bucket; on a shared disk it may be cut short, so what says that a file
    is finished is put after it, and names its hash.

    Args:
        root: URL, such as gs://bucket/folder, or path.
    """

    root: str

    def put(self, file: Path, name: str) -> None:
        """Copy a file of this machine into the staging folder, over one that is there."""
        with file.open("rb") as source, self._files().create(self._path(name), **_as_it_is()) as target:
            shutil.copyfileobj(source, target, 1 << 20)

    def get(self, name: str, file: Path) -> None:
        """Copy a file of the staging folder to this machine; its folder is made."""
        file.parent.mkdir(parents=True, exist_ok=True)
        with self._files().open(self._path(name), **_as_it_is()) as source, file.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)

    def holds(self, name: str) -> bool:
        """Whether there is a file of this name."""
        return bool(self._files().exists(self._path(name)))

    def count(self, pattern: str) -> int:
        """How many files fit a pattern, such as 'shard-*.json'."""
        return len(self._files().match([self._path(pattern)])[0].metadata_list)

    def remove(self) -> None:
        """Remove the staging folder with all its files."""
        self._files().delete([self.root])

    def _path(self, name: str) -> str:
        return f"{self.root}/{name}"

    @staticmethod
    def _files() -> Any:
        from apache_beam.io.filesystems import FileSystems

        return FileSystems


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


def _as_it_is() -> dict[str, Any]:
    from apache_beam.io.filesystem import CompressionTypes

    return {"compression_type": CompressionTypes.UNCOMPRESSED}
