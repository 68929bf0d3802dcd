"""Images in a folder of this machine."""

import errno
import os
import stat
from collections.abc import Iterator
from functools import cached_property

from truemorph.components.errors import InputError
from truemorph.components.images.kinds import MAX_BYTES
from truemorph.components.images.names import Names, hidden

# Without waiting: the other end of a pipe may never come.
_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
# Sockets and devices without a driver; and what the process is short of, whatever file it opens.
_NO_FILE = (errno.ENXIO, errno.ENODEV)
_OURS = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)


class FolderStore:
    """A folder of this machine, with all that are in it.

    Args:
        root: its path.
    """

    ahead = 0

    def __init__(self, root: str) -> None:
        self.root = os.path.abspath(root)

    def load(self, name: str) -> tuple[bytes, str | None]:
        """See Store; nothing but a regular file is read.

        Raises:
            OSError: if no file at all can be opened any more.
        """
        path = f"{self.root}/{name}"
        try:
            handle = os.open(path, _READ)
            try:
                status = os.fstat(handle)
                if not stat.S_ISREG(status.st_mode):
                    return b"", "image_not_a_file"
                if status.st_size > MAX_BYTES:
                    return b"", "image_too_large"
                data = os.read(handle, status.st_size)
            finally:
                os.close(handle)
        except (FileNotFoundError, NotADirectoryError):
            return b"", "image_link_to_nowhere" if os.path.islink(path) else "no_image"
        except ValueError:
            return b"", "no_image"
        except OSError as error:
            if error.errno in _OURS:
                raise
            if error.errno in _NO_FILE:
                return b"", "image_not_a_file"
            return b"", f"image_unreadable ({error.strerror})"
        return (data, None) if len(data) == status.st_size else (b"", "image_unreadable (changed meanwhile)")

    def find(self, wanted: str) -> list[str]:
        """See Store; the folder is listed when it is first asked."""
        return self._names.find(wanted)

    @cached_property
    def _names(self) -> Names:
        return Names(self.names())

    def names(self) -> Iterator[str]:
        """See Store; of hidden folders only the names."""
        seen = set()
        for folder, folders, files in os.walk(self.root, followlinks=True, onerror=self._unlisted):
            status = os.stat(folder)
            if (status.st_dev, status.st_ino) in seen:
                # A link to a folder above would lead round for ever.
                folders.clear()
                continue
            seen.add((status.st_dev, status.st_ino))
            below = os.path.relpath(folder, self.root)
            left_out = [name for name in folders if hidden(name)]
            folders[:] = sorted(set(folders) - set(left_out))
            for name in [*left_out, *files]:
                yield name if below == "." else f"{below}/{name}"

    def _unlisted(self, error: OSError) -> None:
        raise InputError(
            f"{error.filename}: cannot be listed ({error.strerror}); change its permissions, or move it away"
        )
