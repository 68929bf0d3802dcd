"""Where images lie: a folder, a zip that stays packed, or a bucket; each image read whole and checked."""

import os
import stat
import time
import zipfile
import zlib
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from typing import Any, Protocol

from truemorph.components.errors import InputError
from truemorph.components.images.checks import KINDS, MAX_BYTES, usable

Image = tuple[bytes, str | None]
# Requests under way at a time: a bucket answers after tens of milliseconds, whatever the size of the answer.
_AHEAD = 32
_WAITS = (1.0, 4.0, 16.0)
# Without waiting: the other end of a pipe may never come.
_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC


class Store(Protocol):
    """Something that gives a file's bytes by its name below the root."""

    root: str
    ahead: int

    def load(self, name: str) -> Image:
        """(bytes, None), or (b"", reason), where 'no_image' means that there is no such file."""


def is_bucket(location: str) -> bool:
    """Whether a location is a URL, such as gs://bucket/folder, and not a path."""
    return "://" in location


@lru_cache(maxsize=1)
def open_store(location: str) -> Store:
    """The store at a folder, a .zip or a URL such as gs://bucket/folder; kept open for the process.

    Raises:
        InputError: if there is no such folder or zip, or no Beam file system for such a URL.
    """
    if is_bucket(location):
        return BucketStore(location)
    if location.lower().endswith(".zip") and not os.path.isdir(location):
        return ZipStore(location)
    if not os.path.isdir(location):
        found = "is not a folder nor a .zip" if os.path.exists(location) else "no such folder"
        raise InputError(
            f"{location}: {found}; give that of the images, their .zip, or a URL such as gs://bucket/images"
        )
    return FolderStore(location)


def read_images(store: Store, names: Iterable[str]) -> Iterator[Image]:
    """The images of these names, in order, of a slow store some at a time ahead of their turn."""
    if not store.ahead:
        for name in names:
            yield read_image(store, name)
        return
    waiting: deque[Future[Image]] = deque()
    with ThreadPoolExecutor(store.ahead) as pool:
        for name in names:
            waiting.append(pool.submit(read_image, store, name))
            if len(waiting) > store.ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def read_image(store: Store, name: str) -> Image:
    """An image's bytes as they go into an Example, and the reason why it cannot be used, None where it can.

    Args:
        store: where it lies.
        name: its path below the root; with one of the endings in KINDS it is that file, without one it is the first
            that is there of NAME.jpg, NAME.jpeg, NAME.png, NAME.fits and NAME.fits.gz.

    Returns:
        (bytes, None), or (b"", reason).
    """
    if name.startswith("/"):
        root = store.root.rstrip("/") + "/"
        if not name.startswith(root):
            return b"", "unsafe_image_name"
        name = name[len(root) :]
    lower = name.lower()
    named = next(ending for ending in KINDS if lower.endswith(ending)) if lower.endswith(KINDS) else None
    for ending in (named,) if named else KINDS:
        data, reason = store.load(name if named else name + ending)
        if reason != "no_image":
            return usable(data, ending) if reason is None else (b"", reason)
    return b"", "no_image"


class FolderStore:
    """A folder of this machine.

    Args:
        root: its path.
    """

    ahead = 0

    def __init__(self, root: str) -> None:
        self.root = os.path.abspath(root)

    def load(self, name: str) -> Image:
        """See Store; nothing but a regular file is read."""
        try:
            handle = os.open(f"{self.root}/{name}", _READ)
            try:
                status = os.fstat(handle)
                if not stat.S_ISREG(status.st_mode):
                    return b"", "no_image"
                if status.st_size > MAX_BYTES:
                    return b"", "image_too_large"
                data = os.read(handle, status.st_size)
            finally:
                os.close(handle)
        except (FileNotFoundError, NotADirectoryError):
            return b"", "no_image"
        except (OSError, ValueError):
            return b"", "image_unreadable"
        return (data, None) if len(data) == status.st_size else (b"", "image_unreadable")


class ZipStore:
    """A zip, never unpacked; names begin below the folder that holds all of its files, or most, as in the release's.

    Args:
        root: its path.

    Raises:
        InputError: if it cannot be read.
    """

    ahead = 0

    def __init__(self, root: str) -> None:
        self.root = os.path.abspath(root)
        try:
            self._zip = zipfile.ZipFile(root)
        except FileNotFoundError:
            raise InputError(f"{root}: no such file; give the zip of the images") from None
        except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError) as error:
            raise InputError(f"{root}: cannot be read as a zip ({error}); is its download complete?") from error
        folders = Counter(entry.filename.rpartition("/")[0] for entry in self._zip.infolist() if not entry.is_dir())
        tops = {folder.partition("/")[0] for folder in folders}
        fullest = min(folders, key=lambda folder: (-folders[folder], len(folder)), default="")
        found = [tops.pop() if len(tops) == 1 else "", fullest, ""]
        self._tops = list(dict.fromkeys(f"{top}/" if top else "" for top in found))

    def load(self, name: str) -> Image:
        """See Store."""
        entry = next(filter(None, (self._zip.NameToInfo.get(top + name) for top in self._tops)), None)
        if entry is None:
            return b"", "no_image"
        if entry.file_size > MAX_BYTES:
            return b"", "image_too_large"
        try:
            with self._zip.open(entry) as file:
                # A size that lies is found out by the checksum; no more than it says is ever unpacked.
                return file.read(MAX_BYTES), None
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError):
            return b"", "image_unreadable"


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
                f"{root}: no file system for such a URL ({error}); for gs:// install truemorph[gcp]"
            ) from error

    def load(self, name: str) -> Image:
        """See Store.

        Raises:
            OSError: if the bucket does not answer after several tries: that says nothing of the image.
        """
        path = f"{self.root}/{name}"
        for wait in _WAITS:
            try:
                return self._once(path)
            except Exception:
                time.sleep(wait)
        try:
            return self._once(path)
        except Exception as error:
            raise OSError(f"{path}: the bucket does not answer ({error})") from error

    def _once(self, path: str) -> Image:
        from apache_beam.io.filesystem import CompressionTypes

        if not self._files.exists(path):
            return b"", "no_image"
        with self._files.open(path, compression_type=CompressionTypes.UNCOMPRESSED) as file:
            data = bytes(file.read(MAX_BYTES + 1))
        return (data, None) if len(data) <= MAX_BYTES else (b"", "image_too_large")
