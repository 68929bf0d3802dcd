"""Columns of a table in the types that they have: whole numbers stay whole, ids whole or text, nulls null."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import compute

from truemorph.components.tables.ids import check_ids
from truemorph.components.tables.kinds import reader
from truemorph.components.tables.masks import read_masked
from truemorph.components.tables.table import ROWS_PER_BATCH, column_names, guarded
from truemorph.components.tables.values import words

_WHOLE = r"^(0|-?[1-9]\d*)$"
# A float holds 15 digits; what has more, or leading zeros, or e's that only look like an exponent, is no measurement.
_LONG, _CODE = r"^[+-]?(\d{16,}|0\d+)", r"^\d+([eE]\d+)?$"


def read_typed(path: Path, objid: str, columns: Sequence[str]) -> Any:
    """Some columns of a table, whole, beside its ids.

    Args:
        path: a table, see `kinds.reader`.
        objid: name of its column of ids.
        columns: names of others, spelled as in the file.

    Returns:
        Arrow table: objid as text, and the columns as bool, whole numbers, floats or text. A format that has types
        keeps them; a column of CSV is of numbers where all of it are, and a float holds every digit of each.

    Raises:
        InputError: if the file cannot be read, ids are floats, or a column holds lists.
    """
    kind, found = reader(path), column_names(path)
    places = [found.index(name) for name in (objid, *columns)]
    # VOTables and FITS are read a column once.
    distinct = list(dict.fromkeys(places))
    parts = guarded(path, lambda: list(read_masked(path, kind, found, distinct, ROWS_PER_BATCH)))
    read = pa.concat_tables(parts, promote_options="permissive").combine_chunks()
    values = [read.column(distinct.index(place)).combine_chunks() for place in places]
    ids = guarded(path, lambda: words(path, objid, values[0]))
    check_ids(path, objid, ids)
    typed = [guarded(path, partial(_typed, path, c, v)) for c, v in zip(columns, values[1:], strict=True)]
    return pa.table([ids.cast(pa.string()), *typed], names=["objid", *columns])


def _typed(path: Path, name: str, column: Any) -> Any:
    kinds, kind = pa.types, column.type
    if kinds.is_dictionary(kind):
        return _typed(path, name, column.cast(kind.value_type))
    if kinds.is_boolean(kind) or kinds.is_integer(kind) or kinds.is_float32(kind) or kinds.is_float64(kind):
        return column
    if kinds.is_float16(kind):
        return column.cast(pa.float32())
    text = words(path, name, column)
    return _guessed(text) if kinds.is_binary(kind) else text.cast(pa.string())


def _guessed(text: Any) -> Any:
    """A column of a format without types: numbers where all of it are and none loses a digit, else text."""

    def all_of(pattern: str) -> bool:
        return bool(compute.all(compute.match_substring_regex(text, pattern)).as_py())

    try:
        if text.null_count < len(text) and all_of(_WHOLE):
            return text.cast(pa.int64())
        long = compute.any(compute.match_substring_regex(text, _LONG)).as_py()
        if text.null_count < len(text) and not long and not all_of(_CODE):
            return text.cast(pa.float64())
    except pa.ArrowInvalid:
        pass
    return text
