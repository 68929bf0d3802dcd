"""The bytes of a table's file, unpacked where it is compressed, whatever its name says."""

import bz2
import gzip
import lzma
from pathlib import Path
from typing import IO, Any

# How each kind of compressed file begins.
_MAGIC: tuple[tuple[bytes, Any], ...] = ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ\x00", lzma.open))


def open_table(path: Path) -> IO[bytes]:
    """A file as a stream of bytes: plain, gzip, bzip2 or xz."""
    with path.open("rb") as file:
        begin = file.read(6)
    unpack = next((unpack for magic, unpack in _MAGIC if begin.startswith(magic)), None)
    stream: IO[bytes] = path.open("rb") if unpack is None else unpack(path, "rb")
    return stream
