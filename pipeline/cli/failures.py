"""What is told of an error: one line and an exit status."""

import errno
import os
import re

from truemorph.components.errors import InputError
from truemorph.terminal import drop_stdout

CURES = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "free some space, then run the same command again to continue"),
    errno.EMFILE: "raise the limit with ulimit -n, then run the same command again to continue",
    errno.ENFILE: "close other programs, then run the same command again to continue",
    errno.ENAMETOOLONG: "give a shorter name",
    errno.EFBIG: "raise the limit with ulimit -f, or choose a place that takes larger files",
    errno.EROFS: "choose a folder that you can write to",
    **dict.fromkeys((errno.EACCES, errno.EPERM), "check its permissions, or choose another place"),
    errno.ENOENT: "check whether it still exists",
    errno.ENOTDIR: "part of this path is a file, not a folder; check the path",
    errno.ELOOP: "a link leads back to itself; check the path",
    **dict.fromkeys((errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP), "choose a disk that supports file locks (flock)"),
}
"""What can be done, by the number of the error."""
MENDABLE = {
    *(errno.ENAMETOOLONG, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.ELOOP),
    *(errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP),
}
"""Those that another argument mends."""


def of_system(error: Exception) -> OSError | None:
    """What the system told TensorFlow, which says it in an error of its own: 'FILE; No space left on device'."""
    if type(error).__module__.startswith("tensorflow."):
        for number in CURES:
            if found := re.search(rf"(?:(\S+); )?{re.escape(os.strerror(number))}", str(error)):
                return OSError(number, os.strerror(number), found[1])
    return None


def told(error: Exception) -> tuple[int, str]:
    """The exit status, 2 for what another input mends and else 1, and one line."""
    if not isinstance(error, OSError):
        return 2 if isinstance(error, InputError) else 1, " ".join(str(error).split())
    if error.errno in (errno.ENOSPC, errno.EIO, errno.EBADF) and error.filename is None:
        drop_stdout()  # it may be stdout that is full: what waits there must not fail again at the end
    where = " and ".join(str(name) for name in (error.filename, error.filename2) if name is not None)
    what = error.strerror or str(error) or type(error).__name__
    cure = CURES.get(error.errno or 0, "check the disk or the connection, then try again")
    line = f"{where}: {what}; {cure}" if where else f"{what}; {cure}"
    return 2 if error.errno in MENDABLE else 1, " ".join(line.split())
