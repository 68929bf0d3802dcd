"""What a VOTable in BINARY2 flags as null: astropy does not honour the flags of columns of words."""

import base64
import io
from collections.abc import Sequence
from typing import IO, Any
from xml.etree.ElementTree import iterparse

import numpy as np
import numpy.typing as npt


def null_flags(file: IO[bytes], number: int, fields: Sequence[Any]) -> npt.NDArray[np.bool_]:
    """The null flags of every row and field.

    Args:
        file: a VOTable.
        number: of the table in it, from 0.
        fields: of that table, as astropy has parsed them.

    Returns:
        (rows, fields) bool; no rows where the table is not in BINARY2.
    """
    stream = io.BytesIO(_stream(file, number))
    width = (len(fields) + 7) // 8
    flags = []
    while len(begin := stream.read(width)) == width:
        flags.append(begin)
        for field in fields:
            field.converter.binparse(stream.read)
    rows = np.frombuffer(b"".join(flags), np.uint8).reshape(-1, width)
    return np.unpackbits(rows, axis=1, count=len(fields)).astype(bool)


def _stream(file: IO[bytes], number: int) -> bytes:
    """The rows of a table in BINARY2, decoded."""
    tables, inside = -1, False
    for event, element in iterparse(file, events=("start", "end")):
        kind = element.tag.rpartition("}")[2]
        if event == "start":
            tables += kind == "TABLE"
            inside |= kind == "BINARY2" and tables == number
        elif inside and kind == "STREAM":
            return base64.b64decode(element.text or "")
        elif kind == "STREAM":
            element.clear()
    return b""
