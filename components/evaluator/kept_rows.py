"""Clean rows kept on the disk, so that a large table is parsed twice and not once for each pass."""

import pickle
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Bytes that are left to others on the disk.
ROOM = 4 << 30


class KeptRows:
    """Batches, written when they first come by, where the disk has room for them.

    Args:
        file: to be written; 8 bytes for each number of a row, 1 for its label.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.whole = False

    def batches(self, fresh: Iterator[Any]) -> Iterator[Any]:
        """All batches: the fresh ones, or as they were kept."""
        if self.whole:
            with self.file.open("rb") as file:
                while file.peek(1):
                    yield pickle.load(file)
            return
        with self.file.open("wb") as file:
            room = True
            for batch in fresh:
                room = room and shutil.disk_usage(self.file.parent).free > ROOM
                if room:
                    pickle.dump(batch, file, protocol=5)
                yield batch
            if not room:
                file.truncate(0)
        self.whole = room
