"""Images in a bucket, or behind any other of Beam's file systems."""

import posixpath
import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from truemorph.components.errors import InputError
from truemorph.components.images.kinds import MAX_BYTES, split_ending
from truemorph.components.images.names import Names

# Requests under way at a time: a bucket answers after tens of milliseconds, whatever the size of the answer.
_AHEAD = 32
_WAITS = (1.0, 4.0, 16.0)
# What is no name but a pattern to the file systems.
_PATTERN = set("*?[")
Answer = TypeVar("Answer")


class BucketStore:
    """A folder behind one of Beam's file systems, such as gs://bucket/folder.

    Args:
        root: its URL.

    Raises:
        InputError: if Beam, as installed, has no file system for such a URL.
    """

    ahead = _AHEAD

    def __init__(self, root: str) -> None:
        from apache_beam.io.filesystems import FileSystems

        self.root = root.rstrip("/")
        self._files: Any = FileSystems
        try:
            FileSystems.get_filesystem(root)
        except ValueError as error:
            raise InputError(
                f"{root}: no file system for such a URL ({error}); for gs:// pip install 'apache-beam[gcp]'"
            ) from error

    def load(self, name: str) -> tuple[bytes, str | None]:
        """See Store.

        Raises:
            OSError: if the bucket does not answer after several tries: that says nothing of the image.
        """
        return _insist(self._load, f"{self.root}/{name}")

    def find(self, wanted: str) -> list[str]:
        """See Store; in the very folder that the name says only: a bucket may hold anything else."""
        name = wanted.removeprefix(self.root + "/")
        stem = posixpath.join(posixpath.dirname(name), split_ending(name)[0])
        if stem.startswith("/") or not _PATTERN.isdisjoint(stem):
            return []
        return Names(_insist(self._list, f"{self.root}/{stem}.*")).find(name)

    def names(self) -> Iterable[str]:
        """See Store."""
        return _insist(self._list, f"{self.root}/**")

    def _load(self, path: str) -> tuple[bytes, str | None]:
        from apache_beam.io.filesystem import CompressionTypes

        if not self._files.exists(path):
            return b"", "no_image"
        with self._files.open(path, compression_type=CompressionTypes.UNCOMPRESSED) as file:
            data = bytes(file.read(MAX_BYTES + 1))
        return (data, None) if len(data) <= MAX_BYTES else (b"", "image_too_large")

    def _list(self, pattern: str) -> list[str]:
        found = self._files.match([pattern])[0].metadata_list
        return [file.path.removeprefix(self.root + "/") for file in found if not file.path.endswith("/")]


def _insist(ask: Callable[[str], Answer], path: str) -> Answer:
    """The answer of a bucket, which may come at a later try only."""
    for wait in _WAITS:
        try:
            return ask(path)
        except Exception:
            time.sleep(wait)
    try:
        return ask(path)
    except Exception as error:
        raise OSError(f"{path}: the bucket does not answer ({error})") from error
