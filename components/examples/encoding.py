"""Examples as bytes: the galaxies of a shard become serialized tf.train.Examples, a column at a time."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import compute

from truemorph.components.examples.features import FEATURES

# Field numbers in a tf.train.Feature: bytes_list 1, float_list 2, int64_list 3; all are of wire type 2.
_FIELDS = {"bytes": 1, "float": 2, "int64": 3}


class Encoder:
    """Serializes the galaxies of a table as tf.train.Examples, each once its image is there.

    Protobuf's own message costs several times as much a galaxy, needs TensorFlow, and orders the features as its
    implementation pleases; here they are sorted by name, numbers packed, so that one Example has one serialization.

    Args:
        galaxies: one row a galaxy, columns named as in FEATURES; None, NaN and NA become absent features.

    Example:
        >>> encoder = Encoder(pd.DataFrame({"objid": ["587739505552785605"], "alpha": [7.5]}))
        >>> len(encoder.example(0, b"JPEG"))
        73

    References:
        tensorflow/core/example/example.proto, feature.proto; the protocol buffers encoding.
    """

    def __init__(self, galaxies: pd.DataFrame) -> None:
        found = sorted(name for name in FEATURES if name in galaxies)
        self._before = _joined([_entries(name, galaxies[name]) for name in found if name < "image"], len(galaxies))
        self._after = _joined([_entries(name, galaxies[name]) for name in found if name > "image"], len(galaxies))

    def example(self, row: int, image: bytes) -> bytes:
        """The Example of the galaxy in this row (counted from 0), with its image as it is."""
        head = _text_head("image", len(image))
        before, after = self._before[row], self._after[row]
        total = len(before) + len(head) + len(image) + len(after)
        return b"".join((b"\x0a", _varint(total), before, head, image, after))


def _joined(entries: list[Any], rows: int) -> list[bytes]:
    """For each galaxy its entries of all features, one after the other."""
    if not entries:
        return [b""] * rows
    return list(
        compute.binary_join_element_wise(*entries, b"", null_handling="replace", null_replacement="").to_pylist()
    )


def _entries(name: str, values: "pd.Series[Any]") -> Any:
    """The entry of one feature for each galaxy, null where the value is unknown, as an Arrow array."""
    return _ENTRIES[FEATURES[name]](name, values)


def _floats(name: str, values: "pd.Series[Any]") -> Any:
    numbers = values.to_numpy(np.float64, na_value=np.nan)
    with np.errstate(over="ignore"):
        raw = pa.py_buffer(numbers.astype("<f4"))
    raw = pa.Array.from_buffers(pa.binary(4), len(numbers), [None, raw]).cast(pa.binary())
    head = _entry(name, _feature("float", _field(1, bytes(4))))[:-4]
    return compute.binary_join_element_wise(head, compute.if_else(np.isnan(numbers), None, raw), b"")


def _integers(name: str, values: "pd.Series[Any]") -> Any:
    def entry(value: int) -> bytes:
        # A negative integer is its two's complement in 64 bits.
        return _entry(name, _feature("int64", _field(1, _varint(value & 0xFFFFFFFFFFFFFFFF))))

    return _translated(pa.array(values.astype("Int64")), entry)


def _texts(name: str, values: "pd.Series[Any]") -> Any:
    texts = pa.array(values, pa.string(), from_pandas=True).cast(pa.binary())
    heads = _translated(compute.binary_length(texts), lambda length: _text_head(name, length))
    return compute.binary_join_element_wise(heads, texts, b"")


def _translated(values: Any, translate: Callable[[int], bytes]) -> Any:
    """Bytes for each value, made once for each different one."""
    found = values.dictionary_encode()
    return pa.array(map(translate, found.dictionary.to_pylist()), pa.binary()).take(found.indices)


@lru_cache(maxsize=1 << 16)
def _text_head(name: str, length: int) -> bytes:
    """What stands before the bytes of a text of this length in the entry of its feature."""
    entry = _entry(name, _feature("bytes", _field(1, bytes(length))))
    return entry[: len(entry) - length]


_ENTRIES: Mapping[str, Callable[[str, "pd.Series[Any]"], Any]] = {
    "float": _floats,
    "int64": _integers,
    "bytes": _texts,
}


def _entry(name: str, feature: bytes) -> bytes:
    """An entry of the map Features.feature."""
    return _field(1, _field(1, name.encode()) + _field(2, feature))


def _feature(kind: str, values: bytes) -> bytes:
    return _field(_FIELDS[kind], values)


def _field(number: int, content: bytes) -> bytes:
    """A field of wire type 2: tag, length, content."""
    return bytes((number << 3 | 2,)) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    """An unsigned integer, seven bits a byte, the lowest first, the highest bit set where more follow."""
    groups = bytearray()
    while value > 0x7F:
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    groups.append(value)
    return bytes(groups)
