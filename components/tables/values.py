"""The values of a column, whatever its file's format: numbers, or words without blanks around them; nulls are nulls."""

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from pyarrow import compute

from truemorph.components.errors import InputError
from truemorph.components.tables.nulls import NULLS

_LOOK = 100
# Double precision as Fortran writes it, 1.5D+02.
_FORTRAN = r"^([+-]?[0-9]*\.[0-9]*)[dD]([+-]?[0-9]+)$"
# A comma for the point of decimals; one that parts thousands, as it may in 1,500, looks the same.
_COMMA, _PERHAPS_THOUSANDS = (
    r"^[+-]?[0-9]*(,[0-9]+)?([eE][+-]?[0-9]+)?$",
    r"^[+-]?([1-9][0-9]{0,2}(,[0-9]{3})?|[0-9]+)$",
)
# Words in the wrappings that exports leave around them: Python's b'…', a spreadsheet's ="…" and '…, quotes of print.
_WRAPPED = r"""^(?:b?'(.*)'|(?:b|=)?"(.*)"|\x{201c}(.*)\x{201d}|\x{2018}(.*)\x{2019}|'(\d+))$"""
_MARKS = r"""['"\x{2019}\x{201d}]$|^'\d"""


def numbers_or_words(path: Path, name: str, column: Any) -> Any:
    """A column as numbers where all of it are numbers, whole ones first, else as words.

    Args:
        path: the table, for the errors.
        name: of the column.
        column: Arrow array of any type.

    Returns:
        Arrow array of a number type or of strings, null where there is no value.

    Raises:
        InputError: if it holds lists, structures, or bytes that are no UTF-8.
    """
    column = _plain(path, name, column)
    if not pa.types.is_string(column.type):
        return column
    found = _numbers(column)
    if found is None:
        column = _stripped(column)
        found = _numbers(column)
    if found is None and _holds(column, _FORTRAN):
        found = _numbers(compute.replace_substring_regex(column, _FORTRAN, r"\1e\2"))
    if found is None and _has_decimal_commas(column):
        found = _numbers(compute.replace_substring(column, ",", "."))
    return column if found is None else found


def numbers(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """A column of `table.batches` as (N,) float64, NaN where there is no value or a word that is no number.

    Examples:
        >>> import pandas as pd
        >>> numbers(pd.Series(["9.18", None, "wide"])).tolist()
        [9.18, nan, nan]
    """
    return pd.to_numeric(values, errors="coerce").astype("float64")


def _holds(column: Any, pattern: str) -> bool:
    """Whether a value in the first few of a column is of a pattern."""
    return bool(compute.any(compute.match_substring_regex(column.drop_null().slice(0, _LOOK), pattern)).as_py())


def _has_decimal_commas(column: Any) -> bool:
    """Whether all of a column's words are numbers with commas for points, and one of them can be nothing else."""
    if not _holds(column, _COMMA):
        return False
    known = column.drop_null()
    alike = compute.all(compute.match_substring_regex(known, _COMMA)).as_py()
    return bool(alike) and not compute.all(compute.match_substring_regex(known, _PERHAPS_THOUSANDS)).as_py()


def words(path: Path, name: str, column: Any) -> Any:
    """A column as words, letter by letter as the file has them: an id never goes through a float.

    Returns:
        Arrow array of strings, or of floats where that is the file's own type; null where there is no value.
    """
    decimal = pa.types.is_decimal(column.type)
    column = column.cast(pa.string()) if decimal else _plain(path, name, column)
    if pa.types.is_integer(column.type):
        return column.cast(pa.string())
    return _stripped(column) if pa.types.is_string(column.type) else column


def _plain(path: Path, name: str, column: Any) -> Any:
    """A column of any type as numbers or as text."""
    kinds = pa.types
    if kinds.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    kind = column.type
    if kinds.is_boolean(kind):
        return compute.if_else(column, "True", "False")
    if kinds.is_integer(kind) or kinds.is_float32(kind) or kinds.is_float64(kind):
        return column
    if kinds.is_float16(kind) or kinds.is_decimal(kind):
        return column.cast(pa.float64())
    if kinds.is_nested(kind):
        raise InputError(f"{path}: column '{name}' holds {kind}; give a column with one value per row")
    try:
        if kinds.is_fixed_size_binary(kind):
            # Shorter words are filled up, with blanks or with zeros.
            return compute.utf8_rtrim(column.cast(pa.binary()).cast(pa.string()), "\0")
        return column.cast(pa.string())
    except pa.ArrowInvalid:
        known = (value for value in column.to_pylist() if value is not None)
        bad = next(value for value in known if value.decode("utf-8", "replace").encode() != value)
        raise InputError(f"{path}: column '{name}' holds {bad[:40]!r}, not UTF-8; save it again as UTF-8") from None


def _stripped(column: Any) -> Any:
    """Text without blanks and wrappings around it, null where that leaves a word that means so."""
    column = compute.utf8_trim_whitespace(column)
    if compute.any(compute.match_substring_regex(column, _MARKS)).as_py():
        column = compute.replace_substring_regex(column, _WRAPPED, r"\1\2\3\4\5")
        column = compute.utf8_trim_whitespace(column)
    return compute.if_else(compute.is_in(column, pa.array(NULLS)), None, column)


def _numbers(column: Any) -> Any:
    for kind in (pa.int64(), pa.float64()):
        try:
            # A cast that fails words an error for every value: a look at a few spares most of them.
            column.slice(0, _LOOK).cast(kind)
            return column.cast(kind)
        except pa.ArrowInvalid:
            continue
    return None
