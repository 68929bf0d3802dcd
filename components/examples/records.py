"""Examples on disk: tf.train.Example in uncompressed TFRecord shards, written whole or not at all, read as a table."""

import hashlib
import os
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from truemorph.components.errors import InputError
from truemorph.components.examples.encoding import FEATURES as FEATURES
from truemorph.components.examples.encoding import encode as encode

SPLITS = ("train", "eval", "test")
_BATCH = 1024
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
        raise InputError(f"{folder}: holds {found[0].name} and {len(found) - 1} more, not a whole set; ingest again")
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
    from google_crc32c import extend
    from google_crc32c import value as crc32c

    path.parent.mkdir(parents=True, exist_ok=True)
    # The process in the name: an orphan of a killed run must not write into the file of the next one.
    staged = path.with_name(f".{path.name}.{os.getpid()}.tmp")
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
            check = extend(check, block)
            hashed.result()
            hashed = hashing.submit(digest.update, block)

        for example in examples:
            length = _LENGTH.pack(len(example))
            parts += (length, _masked(crc32c(length)), example, _masked(crc32c(example)))
            waiting += len(example)
            written += 1
            if waiting >= _BLOCK:
                flush()
                waiting = 0
        flush()
    with staged.open("rb", buffering=0) as back:
        while read := back.read(_BLOCK):
            found = extend(found, read)
    if found != check:
        raise OSError(f"{staged}: reads back other than it was written; is the disk full or failing?")
    os.replace(staged, path)
    return written, digest.hexdigest()


def _masked(crc: int) -> bytes:
    return _CRC.pack(((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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


def read_table(examples: Path, split: str | None = None, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """All features of the examples but the image, one row an example, in record order.

    Args:
        examples: the folder that ExampleGen wrote.
        split: 'train', 'eval' or 'test'; None for all three, in this order.
        columns: names of the features wanted; None for all.

    Returns:
        (N, features + 1) table, last column `split`. objid is str, whole numbers are nullable Int64, the others
        float64, where NaN means 'absent': mask it before any arithmetic.

    Raises:
        InputError: if a split is missing, a file is damaged or a feature is of another kind.
        ValueError: if a name is not a feature or a split.
    """
    wanted = list(FEATURES if columns is None else columns)
    unknown = sorted(set(wanted) - set(FEATURES))
    if unknown or split not in (None, *SPLITS):
        raise ValueError(
            f"columns must be of {sorted(FEATURES)}, split of {SPLITS}. "
            f"Received: {columns=}, {split=} (unknown {unknown})"
        )
    tables = []
    for name in SPLITS if split is None else (split,):
        for path in shards(examples, name):
            tables += [_as_table(values).assign(split=name) for values in _parsed(path, wanted)]
    empty = _as_table({name: np.empty(0, object) for name in wanted}).assign(split="")
    return pd.concat(tables or [empty], ignore_index=True)


def _parsed(path: Path, wanted: list[str]) -> Iterator[dict[str, Any]]:
    """Values by feature, an object array with None for absent, a batch of records at a time."""
    import tensorflow as tf

    kinds = {"bytes": tf.string, "int64": tf.int64, "float": tf.float32}
    # objid is always parsed: a batch without any feature would not say how many records it has.
    spec = {name: tf.io.VarLenFeature(kinds[FEATURES[name]]) for name in {"objid", *wanted}}
    dataset = tf.data.TFRecordDataset(str(path)).batch(_BATCH)
    try:
        for serialized in dataset:
            parsed = tf.io.parse_example(serialized, spec)
            values = {}
            for name in wanted:
                column = np.full(int(serialized.shape[0]), None, dtype=object)
                column[parsed[name].indices.numpy()[:, 0]] = parsed[name].values.numpy()
                values[name] = column
            yield values
    except (tf.errors.DataLossError, tf.errors.InvalidArgumentError) as error:
        raise InputError(f"{path}: not the examples of this version ({error.message}); ingest again") from error


def _as_table(values: Mapping[str, Any]) -> pd.DataFrame:
    table = {}
    for name, column in values.items():
        if FEATURES[name] == "bytes":
            table[name] = pd.Series([value.decode() for value in column], dtype=object)
        elif FEATURES[name] == "int64":
            table[name] = pd.Series(column, dtype="Int64")
        else:
            table[name] = pd.Series(column, dtype="float64")
    return pd.DataFrame(table)
