"""hdfs://host:port/… through WebHDFS, as the user that HADOOP_USER_NAME names, else the one who calls."""

import getpass
import os
import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import hdfs
import requests
from requests.adapters import HTTPAdapter

from truemorph.components.buckets.ranged import ranged

_PORT = "9870"
_CONNECTIONS = 64
_SECONDS = 60
_MISSING = "FileNotFoundException"


class HdfsFiles:
    """See Files.

    Args:
        host: of WebHDFS, with its port where that is not 9870.
    """

    def __init__(self, host: str) -> None:
        name, _, port = host.partition(":")
        session = requests.Session()
        session.mount("http://", HTTPAdapter(pool_maxsize=_CONNECTIONS))
        user = os.environ.get("HADOOP_USER_NAME") or getpass.getuser()
        address = f"http://{name}:{port or _PORT}"
        self._root = f"hdfs://{host}"
        self._hdfs: Any = hdfs.InsecureClient(address, user=user, session=session, timeout=_SECONDS)

    def read(self, url: str, most: int) -> bytes | None:
        try:
            return self._range(url, 0, most)
        except hdfs.HdfsError as error:
            if error.exception == _MISSING:
                return None
            raise

    def opened(self, url: str) -> BinaryIO:
        status = self._status(url)
        if status is None or status["type"] != "FILE":
            raise FileNotFoundError(url)
        return ranged(status["length"], lambda start, end: self._range(url, start, end - start))

    def get(self, url: str, file: Path) -> None:
        with self._hdfs.read(self._path(url), chunk_size=1 << 20) as chunks, file.open("wb") as target:
            for chunk in chunks:
                target.write(chunk)

    def put(self, file: Path, url: str) -> None:
        """See Files; the copy has another name until it is whole."""
        path = self._path(url)
        with file.open("rb") as source:
            self._hdfs.write(f"{path}.part", source, overwrite=True)
        self._hdfs.delete(path)
        self._hdfs.rename(f"{path}.part", path)

    def holds(self, url: str) -> bool:
        return self._status(url) is not None

    def some(self, folder: str) -> bool:
        return next(iter(self.tree(folder)), None) is not None

    def tree(self, folder: str) -> Iterator[str]:
        path = self._path(folder)
        if self._hdfs.status(path, strict=False) is None:
            return
        for below, _, names in self._hdfs.walk(path):
            for name in names:
                yield f"{self._root}{posixpath.join(below, name)}"

    def starting(self, prefix: str) -> Iterator[str]:
        folder, beginning = posixpath.split(self._path(prefix))
        if self._hdfs.status(folder, strict=False) is None:
            return
        for name, status in self._hdfs.list(folder, status=True):
            if name.startswith(beginning) and status["type"] == "FILE":
                yield f"{self._root}{posixpath.join(folder, name)}"

    def remove(self, url: str) -> None:
        self._hdfs.delete(self._path(url), recursive=True)

    def _range(self, url: str, start: int, length: int) -> bytes:
        with self._hdfs.read(self._path(url), offset=start, length=length) as file:
            return bytes(file.read())

    def _status(self, url: str) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self._hdfs.status(self._path(url), strict=False)
        return found

    def _path(self, url: str) -> str:
        return url.removeprefix(self._root) or "/"
