"""Copies on this machine of files behind URLs: of a table before it is read, of a result before it is sent."""

import atexit
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from pathlib import Path, PurePosixPath

from truemorph.components.buckets.files import files_of, is_bucket
from truemorph.components.errors import InputError, one_line


def fetched(location: str | Path) -> Path:
    """A file of this machine as it is, one behind a URL as a copy that is kept until the process ends.

    Raises:
        InputError: if there is no such file, or it cannot be read.
    """
    url = str(location)
    if not is_bucket(url):
        return Path(location)
    copy = _folder() / sha256(url.encode()).hexdigest()[:16] / PurePosixPath(url).name
    copy.parent.mkdir(exist_ok=True)
    files = files_of(url)
    try:
        if not files.holds(url):
            raise InputError(f"{url}: no such file")
        files.get(url, copy)
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"{url}: cannot be read ({one_line(error, 0)})") from error
    return copy


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="truemorph-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@contextmanager
def delivered(out: str | Path, besides: Sequence[str] = ()) -> Iterator[Path]:
    """Where to write a result: a path as it is; for a URL a folder in the current one, sent when the block has ended.

    A block that leaves no result, such as one shard of several, sends nothing; what it left stays for the next call.

    Args:
        out: path or URL of a file.
        besides: endings of the names of files that may lie beside the result and belong to it.

    Raises:
        InputError: if nothing can be written there.
    """
    url = str(out)
    if not is_bucket(url):
        yield Path(out)
        return
    name = PurePosixPath(url).name
    folder = Path(f"truemorph-{sha256(url.encode()).hexdigest()[:12]}")
    folder.mkdir(exist_ok=True)
    try:
        _try(url)
        yield folder / name
        for ending in ("", *besides) if (folder / name).exists() else ():
            if (folder / f"{name}{ending}").exists():
                _send(folder / f"{name}{ending}", f"{url}{ending}")
                (folder / f"{name}{ending}").unlink()
    finally:
        if not any(folder.iterdir()):
            folder.rmdir()


def _try(url: str) -> None:
    """Send an empty file and take it away: what cannot be written is found out before the work."""
    with tempfile.NamedTemporaryFile(prefix="probe-") as probe:
        place = f"{url}.{Path(probe.name).name}"
        _send(Path(probe.name), place, url)
        files_of(url).remove(place)


def _send(file: Path, url: str, told: str = "") -> None:
    files = files_of(url)
    try:
        files.put(file, url)
    except Exception as error:
        kept = "" if told else f"; the table is in {file}"
        raise InputError(f"--out {told or url}: cannot be written ({one_line(error, 0)}){kept}") from error
