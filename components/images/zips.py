"""Images in a zip, which is never unpacked."""

import contextlib
import os
import struct
import threading
import zipfile
from collections.abc import Iterable
from functools import cached_property
from typing import Any, cast

from truemorph.components.buckets.files import files_of, is_bucket
from truemorph.components.errors import InputError
from truemorph.components.images.kinds import MAX_BYTES
from truemorph.components.images.names import Names, hidden

_OPENING = threading.Lock()
_ENCRYPTED, _UTF_8 = 0x1, 0x800
# How an entry of the directory begins, and how long it is before its name.
_ENTRY, _FIXED = b"PK\1\2", 46
# zipfile bounds how much of these it unpacks at a time.
_BOUNDED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_STEP = 4096


class ZipStore:
    """A zip; names may begin below the one folder that holds all of its files, as in the release's.

    Args:
        root: its path or URL.

    Raises:
        InputError: if it cannot be read.
    """

    ahead = 0

    def __init__(self, root: str) -> None:
        self.root = root if is_bucket(root) else os.path.abspath(root)
        try:
            self._zip = _open(root)
        except FileNotFoundError:
            raise InputError(f"{root}: no such file; give the zip of the images") from None
        except InputError:
            raise
        except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError) as error:
            raise InputError(f"{root}: cannot be read as a zip ({error}); is its download complete?") from error
        entries = ((_name(entry), entry) for entry in self._zip.infolist())
        self._entries = {name: entry for name, entry in entries if name and not name.endswith("/")}
        tops = {name.partition("/")[0] if "/" in name else "" for name in self._entries if not hidden(name)}
        self._top = f"{tops.pop()}/" if len(tops) == 1 and "" not in tops else ""

    def load(self, name: str) -> tuple[bytes, str | None]:
        """See Store; a damaged member is its own affair."""
        entry = self._entries.get(self._top + name) or self._entries.get(name)
        if entry is None:
            return b"", "no_image"
        if entry.file_size > MAX_BYTES:
            return b"", "image_too_large"
        if entry.flag_bits & _ENCRYPTED:
            return b"", "image_unreadable (encrypted)"
        try:
            with cast(zipfile.ZipExtFile, self._zip.open(entry)) as file:
                # A size that lies is found out by the checksum; no more than it says is ever unpacked.
                if entry.compress_type in _BOUNDED:
                    return file.read(MAX_BYTES), None
                return b"".join(iter(lambda: file.read1(_STEP), b"")), None
        except NotImplementedError:
            return b"", "image_unreadable (unknown compression)"
        except Exception:
            # A damaged member makes the decompressors raise nearly anything.
            return b"", "image_unreadable (damaged in the zip)"

    def find(self, wanted: str) -> list[str]:
        return self._names.find(wanted)

    @cached_property
    def _names(self) -> Names:
        return Names(self._entries)

    def names(self) -> Iterable[str]:
        """See Store; a name that is there twice is that of the later one."""
        return self._entries


def _open(root: str) -> zipfile.ZipFile:
    # One member that needs a newer unpacker would else close the whole zip, and so would one whose name is no text.
    with _OPENING:
        before = zipfile.MAX_EXTRACT_VERSION
        zipfile.MAX_EXTRACT_VERSION = 255  # type: ignore[misc]
        try:
            return zipfile.ZipFile(files_of(root).opened(root) if is_bucket(root) else root)
        except UnicodeDecodeError:
            file: Any = files_of(root).opened(root) if is_bucket(root) else open(root, "rb")  # noqa: SIM115 (kept open)
            return zipfile.ZipFile(cast(Any, _AnyNames(file)))
        finally:
            zipfile.MAX_EXTRACT_VERSION = before  # type: ignore[misc]


class _AnyNames:
    """The file of a zip whose directory calls a name UTF-8 that is not: when it is read, it does so no more."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def read(self, size: int = -1) -> bytes:
        """Bytes of the file."""
        data = bytearray(self._file.read(size))
        place = 0
        while data[place : place + 4] == _ENTRY and place + _FIXED <= len(data):
            name, extra, comment = struct.unpack_from("<3H", data, place + 28)
            try:
                data[place + _FIXED : place + _FIXED + name].decode("utf-8")
            except UnicodeDecodeError:
                data[place + 9] &= ~(_UTF_8 >> 8)
            place += _FIXED + name + extra + comment
        return bytes(data)


def _name(entry: zipfile.ZipInfo) -> str:
    """A member's name with / between folders, as it would lie below a folder."""
    name = entry.filename
    if not entry.flag_bits & _UTF_8:
        # As macOS writes them: UTF-8 that is not called so. Other names are hardly ever UTF-8 by chance.
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    *folders, base = name.replace("\\", "/").split("/")
    return "/".join([*(folder for folder in folders if folder not in ("", ".", "..")), base])
