"""A file elsewhere to seek and read in, of which only the ranges that are read are asked for."""

import io
from collections.abc import Callable
from typing import Any, BinaryIO, cast

# Of what is read ahead.
_STEP = 1 << 20


class _Ranged(io.RawIOBase):
    def __init__(self, size: int, ask: Callable[[int, int], bytes]) -> None:
        self._size, self._ask, self._place = size, ask, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._place = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        return self._place

    def readinto(self, buffer: Any) -> int:
        end = min(self._place + len(buffer), self._size)
        data = self._ask(self._place, end) if end > self._place else b""
        buffer[: len(data)] = data
        self._place += len(data)
        return len(data)


def ranged(size: int, ask: Callable[[int, int], bytes]) -> BinaryIO:
    """A file of `size` bytes, of which `ask` gives those from a place to before another."""
    return cast(BinaryIO, io.BufferedReader(_Ranged(size, ask), _STEP))
