"""The rows of delimited text, counted by its lines alone: what a parser makes of them is held against this count."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from truemorph.components.errors import InputError

_BLOCK = 1 << 20
_NEWLINE, _RETURN, _QUOTE = b'\n\r"'


def blocks(path: Path, stream: IO[bytes], delimiter: str, columns: int, line: int) -> Iterator[tuple[bytes, int]]:
    """Text in pieces that end where a row ends, each with its number of rows; empty lines are none.

    Args:
        path: the file, for the errors.
        stream: it, at its first row; lines end in newlines, or in carriage return and newline.
        delimiter: between fields.
        columns: fields of a row.
        line: number of the first row's line in the file, from 1.

    Raises:
        InputError: if a quote stands alone: all that follows, to the next quote, would be taken for one field.
    """
    rest = b""
    while True:
        chunk = stream.read(_BLOCK)
        text = rest + (chunk or (b"\n" if rest else b""))
        if not text:
            return
        ends = np.flatnonzero(np.frombuffer(text, np.uint8) == _NEWLINE)
        inside, cut = _inside(path, text, ends, delimiter, columns, line)
        if len(inside) > cut and (not chunk or len(text) - (ends[cut - 1] if cut else 0) > 2 * _BLOCK):
            raise _lone(path, line + cut, "is never closed")
        if cut:
            size = int(ends[cut - 1]) + 1
            yield text[:size], int(np.count_nonzero(~inside[:cut] & ~_empty(text, ends[:cut], inside[:cut])))
            line += cut
            text = text[size:]
        rest = text
        if not chunk:
            return


def _inside(
    path: Path, text: bytes, ends: npt.NDArray[np.int64], delimiter: str, columns: int, line: int
) -> tuple[npt.NDArray[np.bool_], int]:
    """Which line ends lie within a quoted field, and how many lines come before one that is still open."""
    inside = np.zeros(len(ends), dtype=bool)
    if b'"' not in text:
        return inside, len(ends)
    quotes = np.flatnonzero(np.frombuffer(text, np.uint8) == _QUOTE)
    odd = np.flatnonzero(np.diff(np.searchsorted(quotes, ends), prepend=0) % 2)
    for first, last in zip(odd[::2], odd[1::2], strict=False):
        start = int(ends[first - 1]) + 1 if first else 0
        _check_field(path, text[start : int(ends[last])], delimiter, columns, line + int(first))
        inside[first:last] = True
    return inside, int(odd[-1]) if len(odd) % 2 else len(ends)


def _check_field(path: Path, text: bytes, delimiter: str, columns: int, line: int) -> None:
    """Refuse lines, the first with a quote that opens and the last with one that closes, unless they are one row."""
    lines = text.decode("utf-8", "replace").split("\n")
    if columns > 1 and any(part.count(delimiter) >= columns - 1 for part in lines[1:]):
        raise _lone(path, line, f"is only closed in line {line + len(lines) - 1}, and the lines between look like rows")
    most = csv.field_size_limit(len(text) + 1)
    try:
        fields = [len(row) for row in csv.reader(lines, delimiter=delimiter, strict=True)]
    except csv.Error:
        fields = []
    finally:
        csv.field_size_limit(most)
    if fields != [columns]:
        raise _lone(path, line, "is not closed at the end of its field")


def _lone(path: Path, line: int, what: str) -> InputError:
    return InputError(
        f'{path}: line {line} has a quote (") that {what}; remove it, or write it twice in a quoted field'
    )


def _empty(text: bytes, ends: npt.NDArray[np.int64], inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Which lines hold nothing; the last of a quoted field's lines is none of them."""
    size = np.diff(ends, prepend=-1) - 1
    letters = np.frombuffer(text, np.uint8)
    empty = (size == 0) | ((size == 1) & (letters[ends - 1] == _RETURN))
    empty[1:] &= ~inside[:-1]
    return np.asarray(empty)
