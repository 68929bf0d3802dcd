"""Images in a folder behind a URL, such as gs://bucket/folder."""

import posixpath
import time
from collections.abc import Callable, Iterable
from typing import TypeVar

from truemorph.components.buckets.files import files_of
from truemorph.components.errors import InputError, one_line
from truemorph.components.images.kinds import MAX_BYTES, split_ending
from truemorph.components.images.names import Names

# Requests under way at a time: a bucket answers after tens of milliseconds, whatever the size of the answer.
_AHEAD = 32
_WAITS = (1.0, 4.0, 16.0)
# What is no name but a pattern to the file systems.
_PATTERN = set("*?[")
Answer = TypeVar("Answer")


class BucketStore:
    """A folder behind a URL, such as gs://bucket/folder.

    Args:
        root: the URL.

    Raises:
        InputError: if there is no such folder, nothing is in it, it cannot be read, or what speaks with such a store
            is not installed.
    """

    ahead = _AHEAD

    def __init__(self, root: str) -> None:
        self.root = root.rstrip("/")
        self._files = files_of(root)
        try:
            found = self._files.some(self.root)
        except Exception as error:
            raise InputError(
                f"{root}: cannot be read ({one_line(error, 0)}); see docs/engines.md for its keys"
            ) from error
        if not found:
            raise InputError(f"{root}: no such folder, or it is empty; give the folder of the images")

    def load(self, name: str) -> tuple[bytes, str | None]:
        """See Store.

        Raises:
            OSError: if the bucket does not answer after several tries: that says nothing of the image.
        """
        path = f"{self.root}/{name}"
        data = _insist(lambda: self._files.read(path, MAX_BYTES + 1), path)
        if data is None:
            return b"", "no_image"
        return (data, None) if len(data) <= MAX_BYTES else (b"", "image_too_large")

    def find(self, wanted: str) -> list[str]:
        """See Store; in the very folder that the name says only: a bucket may hold anything else."""
        name = wanted.removeprefix(self.root + "/")
        stem = posixpath.join(posixpath.dirname(name), split_ending(name)[0])
        if stem.startswith("/") or not _PATTERN.isdisjoint(stem):
            return []
        return Names(self._below(self._files.starting, f"{self.root}/{stem}.")).find(name)

    def names(self) -> Iterable[str]:
        return self._below(self._files.tree, self.root)

    def _below(self, ask: Callable[[str], Iterable[str]], place: str) -> list[str]:
        return _insist(lambda: [path.removeprefix(self.root + "/") for path in ask(place)], place)


def _insist(ask: Callable[[], Answer], path: str) -> Answer:
    """The answer of a bucket, which may come at a later try only."""
    for wait in _WAITS:
        try:
            return ask()
        except Exception:
            time.sleep(wait)
    try:
        return ask()
    except Exception as error:
        raise OSError(f"{path}: the bucket does not answer ({error})") from error
