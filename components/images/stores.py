"""Where images lie: a folder, a zip that stays packed, or a bucket; each image read whole and checked."""

import os
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from typing import Protocol
from urllib.parse import unquote, urlsplit

from truemorph.components.buckets.files import is_bucket
from truemorph.components.errors import InputError
from truemorph.components.images.buckets import BucketStore
from truemorph.components.images.checks import usable
from truemorph.components.images.folders import FolderStore
from truemorph.components.images.kinds import split_ending
from truemorph.components.images.zips import ZipStore

Image = tuple[bytes, str | None]
_DRIVE = re.compile(r"^[A-Za-z]:/")


class Store(Protocol):
    """Something that gives files' bytes by their names below its root.

    Args:
        root: where it is.
        ahead: how many files are worth asking for ahead of their turn.
    """

    root: str
    ahead: int

    def load(self, name: str) -> Image:
        """(bytes, None), or (b"", reason), where 'no_image' means that there is no file of this very name."""

    def find(self, wanted: str) -> list[str]:
        """The names of the files that a table may mean by a name, see Names.find."""

    def names(self) -> Iterable[str]:
        """The names of all files at any depth."""


def open_store(location: str) -> Store:
    """The store at a folder or a .zip, of this machine or behind a URL; kept open until another one is there.

    Raises:
        InputError: if there is no such folder or zip, or nothing speaks with such a URL.
    """
    return _opened(location, _state(location))


def _state(location: str) -> tuple[int, int, int] | None:
    """What changes when a zip or a folder is replaced."""
    try:
        status = os.stat(location)
    except (OSError, ValueError):
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


@lru_cache(maxsize=1)
def _opened(location: str, state: object) -> Store:
    if location.lower().endswith(".zip") and not os.path.isdir(location):
        return ZipStore(location)
    if is_bucket(location):
        return BucketStore(location)
    if not os.path.isdir(location):
        found = "is neither a folder nor a .zip" if os.path.exists(location) else "no such folder"
        raise InputError(
            f"{location}: {found}; give the folder of the images, their .zip, or a URL such as gs://bucket/images"
        )
    return FolderStore(location)


def read_images(store: Store, names: Iterable[str]) -> Iterator[Image]:
    """The images of these names, in order, as read_image gives each."""
    return _ahead(store, read_image, names)


def load_images(store: Store, names: Iterable[str]) -> Iterator[Image]:
    """The files of these very names, in order, not checked yet."""
    return _ahead(store, lambda store, name: store.load(name), names)


def _ahead(store: Store, read: Callable[[Store, str], Image], names: Iterable[str]) -> Iterator[Image]:
    """What is read of each name, of a slow store some at a time ahead of their turn."""
    if not store.ahead:
        for name in names:
            yield read(store, name)
        return
    waiting: deque[Future[Image]] = deque()
    with ThreadPoolExecutor(store.ahead) as pool:
        for name in names:
            waiting.append(pool.submit(read, store, name))
            if len(waiting) > store.ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def read_image(store: Store, wanted: str) -> Image:
    """An image's bytes as they go into an Example, and the reason why it cannot be used, None where it can.

    Args:
        store: where it lies.
        wanted: its name as a table gives it: with or without folder and ending, the path that it had on another
            machine, its address in the web, or a path that begins with the store's own folder. That very file is read,
            or WANTED.jpg, else the one that Names.find gives.

    Returns:
        (bytes, None), or (b"", reason).
    """
    if "\\" in wanted:
        # A path of Windows; one with a drive is of another machine.
        wanted = _DRIVE.sub("/", wanted.replace("\\", "/"))
    elif "://" in wanted and not wanted.startswith(store.root):
        wanted = f"/{unquote(urlsplit(wanted).path).lstrip('/')}"
    name = wanted.removeprefix(store.root.rstrip("/") + "/")
    data: bytes = b""
    reason: str | None = "no_image"
    if not name.startswith("/"):
        name = name if split_ending(name)[1] else f"{name}.jpg"
        data, reason = store.load(name)
    if reason == "no_image":
        found = store.find(wanted)
        if not found and (below := _below(store.root, wanted)) != wanted:
            found = store.find(below)
        if len(found) > 1:
            return b"", "image_ambiguous"
        for name in found:
            data, reason = store.load(name)
    return usable(data, name) if reason is None else (b"", reason)


def _below(root: str, wanted: str) -> str:
    """A name without the folders in front that are the last ones of the root's path.

    Example:
        >>> _below("/home/x/images", "images/a/1.jpg"), _below("/home/x/images.zip", "x/images/1.jpg")
        ('a/1.jpg', '1.jpg')
    """
    last, parts = root.removesuffix(".zip").split("/"), [part for part in wanted.split("/") if part != "."]
    for count in range(1, len(parts)):
        if last[-count:] == parts[:count]:
            return "/".join(parts[count:])
    return wanted
