"""Which files lie behind a URL, and what can be done with them."""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Protocol

from truemorph.components.errors import InputError


class Files(Protocol):
    """Files of one kind of store; all URLs are whole ones, with their scheme."""

    def read(self, url: str, most: int) -> bytes | None:
        """The first bytes of a file; None where there is no such file."""

    def opened(self, url: str) -> BinaryIO:
        """A file to seek and read in; FileNotFoundError where there is none."""

    def get(self, url: str, file: Path) -> None:
        """Copy a file to this machine."""

    def put(self, file: Path, url: str) -> None:
        """Copy a file of this machine there, over one that is there, and make its folder."""

    def holds(self, url: str) -> bool:
        """Whether there is such a file."""

    def some(self, folder: str) -> bool:
        """Whether there is such a folder and it holds a file."""

    def tree(self, folder: str) -> Iterable[str]:
        """The files below a folder, at any depth."""

    def starting(self, prefix: str) -> Iterable[str]:
        """The files in a folder whose names begin as the last part of `prefix`."""

    def remove(self, url: str) -> None:
        """Remove a file, or a folder with all its files."""


def is_bucket(location: str) -> bool:
    """Whether a location is a URL, such as gs://bucket/folder, and not a path."""
    return "://" in location


def files_of(location: str) -> Files:
    """The files behind a URL, or of this machine's disks; clients are made once.

    Args:
        location: gs://bucket/…, s3://bucket/…, hdfs://host:port/… with the port of WebHDFS, or a path.

    Raises:
        InputError: if there are no such stores, what speaks with them is not installed, or the URL holds a password.
    """
    scheme, url, rest = location.partition("://")
    host = rest.partition("/")[0] if url else ""
    if "@" in host:
        raise InputError(
            f"{scheme}://…@{host.rpartition('@')[2]}: a URL must not contain a password; put it into the environment"
        )
    return _files(scheme if url else "", host)


@lru_cache
def _files(scheme: str, host: str) -> Files:
    try:
        if scheme == "s3":
            from truemorph.components.buckets.s3 import S3Files

            return S3Files()
        if scheme == "hdfs":
            from truemorph.components.buckets.hdfs import HdfsFiles

            return HdfsFiles(host)
    except ImportError as error:
        raise InputError(
            f"{scheme}://{host}: {error.name} is not installed; in a clone of truemorph: pip install '.[{scheme}]'"
        ) from error
    from truemorph.components.buckets.beam_files import BeamFiles

    return BeamFiles(f"{scheme}://{host}" if scheme else "/")
