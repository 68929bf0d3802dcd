"""Clean rows kept on the disk, so that a large table is parsed twice and not once for each pass."""

import pickle
import shutil
import tempfile
from collections.abc import Iterator
from typing import Any

# Bytes that are left to others on the disk.
ROOM = 4 << 30


class KeptRows:
    """Batches, written when they first come by, where the disk has room for them.

    Args:
        file: a temporary one, of no name, which is gone when this process is: 8 bytes for each number of a row, 1 for
            its label.
    """

    def __init__(self, file: Any) -> None:
        self._file = file
        self._whole = False

    def batches(self, fresh: Iterator[Any]) -> Iterator[Any]:
        """All batches: the fresh ones, or as they were kept."""
        self._file.seek(0)
        if self._whole:
            while self._file.peek(1):
                yield pickle.load(self._file)
            return
        room = True
        for batch in fresh:
            room = room and shutil.disk_usage(tempfile.gettempdir()).free > ROOM
            if room:
                pickle.dump(batch, self._file, protocol=5)
            yield batch
        if not room:
            self._file.truncate(0)
        self._whole = room
