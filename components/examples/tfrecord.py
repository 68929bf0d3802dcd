"""Examples on disk: tf.train.Example in uncompressed TFRecord shards, written whole or not at all."""

import hashlib
import os
import struct
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import google_crc32c
import numpy as np
import numpy.typing as npt

from truemorph.components.errors import InputError
from truemorph.components.files import replacing

_BLOCK = 1 << 20
_LENGTH, _CRC = struct.Struct("<Q"), struct.Struct("<I")
_FRAMING_BEFORE, _FRAMING_AFTER = 12, 4
"""Bytes of length and checksums around each record of a TFRecord file."""


def shard_path(examples: Path, split: str, index: int, count: int) -> Path:
    """Path of shard `index` of `count` of a split, named as TFX names it."""
    return examples / f"Split-{split}" / f"data_tfrecord-{index:05d}-of-{count:05d}"


def shards(examples: Path, split: str) -> list[Path]:
    """The shard files of a split, in order.

    Args:
        examples: the folder that ExampleGen wrote.
        split: 'train', 'eval' or 'test'.

    Raises:
        InputError: if the folder has no such split, or not all of its shards.
    """
    folder = examples / f"Split-{split}"
    found = sorted(folder.glob("data_tfrecord-*-of-*"))
    if not found:
        raise InputError(f"{folder}: no examples here; give the folder 'examples' that `truemorph ingest` wrote")
    wanted = [shard_path(examples, split, index, len(found)) for index in range(len(found))]
    if found != wanted:
        raise InputError(
            f"{folder}: has {found[0].name} and {len(found) - 1} more, which is an incomplete set; ingest again"
        )
    return found


def write_shard(path: Path, examples: Iterable[bytes]) -> tuple[int, str]:
    """Write a shard under a temporary name, read it back, and rename it.

    A record is its length (uint64), the masked CRC-32C of the length, the bytes, and their masked CRC-32C.

    Args:
        path: where the shard shall be; its folder is made.
        examples: serialized Examples, in order.

    Returns:
        number of records, SHA-256 of the file.

    Raises:
        OSError: if what was read back is not what was written.

    References:
        tensorflow/core/lib/io/record_writer.h
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as staged:
        return _write(staged, examples)


def _write(staged: Path, examples: Iterable[bytes]) -> tuple[int, str]:
    """Write records and read them back; their number, and the SHA-256 of the file."""
    check = found = written = 0
    digest = hashlib.sha256()
    parts: list[bytes] = []
    waiting = 0
    # The hash takes longer than writing: a thread of its own makes it meanwhile, one block behind at most.
    with ThreadPoolExecutor(1) as hashing, staged.open("wb") as file:
        hashed = hashing.submit(digest.update, b"")

        def flush() -> None:
            nonlocal check, hashed
            block = b"".join(parts)
            parts.clear()
            file.write(block)
            check = google_crc32c.extend(check, block)
            hashed.result()
            hashed = hashing.submit(digest.update, block)

        for example in examples:
            length = _LENGTH.pack(len(example))
            parts += (length, _masked(google_crc32c.value(length)), example, _masked(google_crc32c.value(example)))
            waiting += len(example)
            written += 1
            if waiting >= _BLOCK:
                flush()
                waiting = 0
        flush()
    with staged.open("rb", buffering=0) as back:
        while read := back.read(_BLOCK):
            found = google_crc32c.extend(found, read)
    if found != check:
        raise OSError(f"{staged}: reads back differently from what was written; is the disk full or failing?")
    return written, digest.hexdigest()


def _masked(crc: int) -> bytes:
    return _CRC.pack(((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def records(path: Path) -> Iterator[bytes]:
    """The serialized Examples of a shard, in order, each with its checksum verified.

    Raises:
        InputError: if the file is damaged.
    """
    import tensorflow as tf

    try:
        # One by one, the steps of the iterator cost more than the records.
        for batch in tf.data.TFRecordDataset(str(path)).batch(64):
            yield from batch.numpy()
    except tf.errors.DataLossError as error:
        raise InputError(f"{path}: a damaged TFRecord file ({error.message}); ingest again") from error


def places(paths: Sequence[Path]) -> npt.NDArray[np.void]:
    """Where each record lies, in order: (N,) of shard (its path), offset and length (bytes); see read_place.

    Only the lengths are read: read_table has verified them.
    """
    found = []
    for path in paths:
        with path.open("rb") as file:
            while framing := file.read(_FRAMING_BEFORE):
                (length,) = struct.unpack_from("<Q", framing)
                found.append((path, file.tell(), length))
                file.seek(length + _FRAMING_AFTER, os.SEEK_CUR)
    return np.array(found, [("shard", object), ("offset", np.int64), ("length", np.int64)])


def read_place(place: np.void) -> bytes:
    """The serialized Example at one of places(), its checksum not verified."""
    with open(place["shard"], "rb", buffering=0) as file:
        return os.pread(file.fileno(), int(place["length"]), int(place["offset"]))
