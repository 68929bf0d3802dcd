"""Files of Beam's own file systems: gs://, and the disks of this machine."""

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO, cast

from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems

from truemorph.components.errors import InputError

_FILES: Any = FileSystems
_AS_IT_IS = {"compression_type": CompressionTypes.UNCOMPRESSED}


class BeamFiles:
    """See Files.

    Args:
        place: the beginning of all URLs, or '/' for paths.

    Raises:
        InputError: if Beam, as installed, has no file system for such URLs.
    """

    def __init__(self, place: str) -> None:
        self._has_folders = place == "/"
        try:
            _FILES.get_filesystem(place)
        except ValueError as error:
            raise InputError(
                f"{place}: cannot open this URL ({error}); gs://, s3:// and hdfs:// work, and "
                "gs:// needs pip install 'apache-beam[gcp]'"
            ) from error

    def read(self, url: str, most: int) -> bytes | None:
        if not _FILES.exists(url):
            return None
        with self.opened(url) as file:
            return file.read(most)

    def opened(self, url: str) -> BinaryIO:
        if not _FILES.exists(url):
            raise FileNotFoundError(url)
        return cast(BinaryIO, _FILES.open(url, **_AS_IT_IS))

    def get(self, url: str, file: Path) -> None:
        with _FILES.open(url, **_AS_IT_IS) as source, file.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)

    def put(self, file: Path, url: str) -> None:
        """See Files; on a disk the copy may be cut short, in a bucket it is whole or not there."""
        with file.open("rb") as source, _FILES.create(url, **_AS_IT_IS) as target:
            shutil.copyfileobj(source, target, 1 << 20)

    def holds(self, url: str) -> bool:
        return bool(_FILES.exists(url))

    def some(self, folder: str) -> bool:
        return bool(_FILES.match([f"{folder}/**"], [1])[0].metadata_list)

    def tree(self, folder: str) -> Iterable[str]:
        return self._match(f"{folder}/**")

    def starting(self, prefix: str) -> Iterable[str]:
        return self._match(f"{prefix}*")

    def remove(self, url: str) -> None:
        # A bucket has no folders, so Beam removes a file of that very name only.
        doomed = [url] if self._has_folders else [*self._match(url), *self.tree(url)]
        if doomed:
            _FILES.delete(doomed)

    def _match(self, pattern: str) -> list[str]:
        found = _FILES.match([pattern])[0].metadata_list
        return [file.path for file in found if not file.path.endswith("/")]
