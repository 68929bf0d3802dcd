"""s3:// through boto3, which takes keys and addresses from the environment, such as AWS_ACCESS_KEY_ID."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from truemorph.components.buckets.ranged import ranged

Answer = TypeVar("Answer")
_CONNECTIONS = 64
_MISSING = ("404", "NoSuchKey")
# What one request may remove.
_AT_ONCE = 1000


class S3Files:
    """See Files; an image costs one request."""

    def __init__(self) -> None:
        self._s3: Any = boto3.client("s3", config=Config(max_pool_connections=_CONNECTIONS))

    def read(self, url: str, most: int) -> bytes | None:
        return _found(lambda: bytes(self._s3.get_object(**_key(url))["Body"].read(most)))

    def opened(self, url: str) -> BinaryIO:
        size = self._size(url)
        if size is None:
            raise FileNotFoundError(url)

        def ask(start: int, end: int) -> bytes:
            return bytes(self._s3.get_object(**_key(url), Range=f"bytes={start}-{end - 1}")["Body"].read())

        return ranged(size, ask)

    def get(self, url: str, file: Path) -> None:
        self._s3.download_file(*_key(url).values(), str(file))

    def put(self, file: Path, url: str) -> None:
        """See Files; the copy is whole or not there."""
        self._s3.upload_file(str(file), *_key(url).values())

    def holds(self, url: str) -> bool:
        return self._size(url) is not None

    def some(self, folder: str) -> bool:
        bucket, key = _key(f"{folder}/").values()
        return bool(self._s3.list_objects_v2(Bucket=bucket, Prefix=key.lstrip("/"), MaxKeys=1)["KeyCount"])

    def tree(self, folder: str) -> Iterator[str]:
        return self._listed(f"{folder}/")

    def starting(self, prefix: str) -> Iterator[str]:
        return self._listed(prefix, Delimiter="/")

    def remove(self, url: str) -> None:
        bucket = _key(url)["Bucket"]
        doomed = [_key(found)["Key"] for found in self._listed(url) if found == url or found.startswith(f"{url}/")]
        for start in range(0, len(doomed), _AT_ONCE):
            objects = [{"Key": key} for key in doomed[start : start + _AT_ONCE]]
            refused = self._s3.delete_objects(Bucket=bucket, Delete={"Objects": objects}).get("Errors", [])
            if refused:
                raise OSError(f"s3://{bucket}/{refused[0]['Key']}: not removed ({refused[0]['Code']})")

    def _size(self, url: str) -> int | None:
        return _found(lambda: int(self._s3.head_object(**_key(url))["ContentLength"]))

    def _listed(self, prefix: str, **given: str) -> Iterator[str]:
        bucket, key = _key(prefix).values()
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=key, **given)
        found = (entry["Key"] for page in pages for entry in page.get("Contents", ()))
        # A name that ends in / stands for a folder.
        return (f"s3://{bucket}/{name}" for name in found if not name.endswith("/"))


def _key(url: str) -> dict[str, str]:
    bucket, _, key = url.removeprefix("s3://").partition("/")
    return {"Bucket": bucket, "Key": key}


def _found(ask: Callable[[], Answer]) -> Answer | None:
    """What the store answers; None where there is no such file."""
    try:
        return ask()
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _MISSING:
            return None
        raise
