"""Tables of any kind, in batches, with ids that stay exact."""

import difflib
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
import pyarrow as pa

from truemorph.components.errors import InputError
from truemorph.components.tables.ids import check_ids
from truemorph.components.tables.kinds import reader
from truemorph.components.tables.masks import read_masked
from truemorph.components.tables.values import numbers_or_words, words

_T = TypeVar("_T")
ROWS_PER_BATCH = 25_000


def column_names(path: Path) -> list[str]:
    """Names of a table's columns, in the file's order, read from its header.

    Args:
        path: a table, see `kinds.reader`.

    Raises:
        InputError: if the file is missing, empty, unreadable or of another kind.
    """
    kind = reader(path)
    return guarded(path, lambda: list(kind.names(path)))


def count_rows(path: Path) -> int:
    """Number of a table's rows, from its lines or its header: no count of what a reader has made of them.

    Args:
        path: a table, see `kinds.reader`.

    Raises:
        InputError: if the file is missing, empty, unreadable or of another kind, or has no row.
    """
    rows = count_any(path)
    if not rows:
        raise _no_row(path)
    return rows


def count_any(path: Path) -> int:
    """What count_rows returns, 0 where the table has no row."""
    kind = reader(path)
    return guarded(path, lambda: int(kind.count(path)))


def read_columns(path: Path, columns: Sequence[str], ids: Sequence[str] = ()) -> pd.DataFrame:
    """Some columns of a table, all its rows at once; arguments, types and errors are those of `batches`."""
    return pd.concat(batches(path, columns, ids), ignore_index=True)


def batches(
    path: Path, columns: Sequence[str], ids: Sequence[str] = (), rows: int = ROWS_PER_BATCH
) -> Iterator[pd.DataFrame]:
    """Some columns of a table, a batch of rows at a time, so that memory stays flat.

    Whatever the format, a column comes as numbers (NaN where empty) where a batch of it is all numbers, else as words
    without blanks around them (None where empty); what is empty, `nulls.NULLS` says.

    Args:
        path: a table, see `kinds.reader`.
        columns: names of the columns to read, spelled as in the file.
        ids: names of id columns (added to `columns` where they are not in it): these come as exact str, None where
            empty, never through a float.
        rows: rows of a batch, > 0.

    Returns:
        an iterator of tables of up to `rows` rows each, at least one row in all; their index counts the file's rows.

    Raises:
        InputError: if the file is missing, empty, unreadable or of another kind, has not got a column, has no row,
            or holds floats in an id column. All but the last two are raised by the call, not by the iteration.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "votes.csv"
        >>> _ = file.write_text("dr7objid,n\\n587739505552785605,38\\n587729154670395609,39\\n")
        >>> [table["dr7objid"].to_list() for table in batches(file, ["n"], ids=["dr7objid"], rows=1)]
        [['587739505552785605'], ['587729154670395609']]
    """
    if rows < 1:
        raise ValueError(f"rows must be > 0. Received: {rows}")
    kind = reader(path)
    wanted = [*(name for name in ids if name not in columns), *columns]
    found = column_names(path)
    _require(path, wanted, found)
    tables = read_masked(path, kind, found, [found.index(name) for name in wanted], rows)
    return _frames(path, tables, wanted, ids)


def _frames(path: Path, tables: Iterator[Any], wanted: list[str], ids: Sequence[str]) -> Iterator[pd.DataFrame]:
    seen = 0
    while (table := guarded(path, lambda: next(tables, None))) is not None:
        if not table.num_rows:
            continue
        frame = guarded(path, partial(_frame, path, table, wanted, ids))
        frame.index = pd.RangeIndex(seen, seen + len(frame))
        seen += len(frame)
        yield frame
    if not seen:
        raise _no_row(path)


def _frame(path: Path, table: Any, wanted: list[str], ids: Sequence[str]) -> pd.DataFrame:
    columns = []
    for name, column in zip(wanted, table.columns, strict=True):
        if name in ids:
            column = words(path, name, column)
            check_ids(path, name, column)
            columns.append(column.cast(pa.string()))
        else:
            columns.append(numbers_or_words(path, name, column))
    return pa.table(columns, names=wanted).to_pandas(use_threads=False)


def _no_row(path: Path) -> InputError:
    return InputError(f"{path}: the table has no rows; give one with at least one")


def _require(path: Path, wanted: Sequence[str], found: list[str]) -> None:
    lower = {name.lower(): name for name in found}
    for name in wanted:
        if name not in found:
            near = [lower[key] for key in difflib.get_close_matches(name.lower(), lower, n=3)]
            hint = f"nearest: {', '.join(near)}" if near else f"the table has {listing(found)}"
            raise InputError(f"{path}: no column '{name}'; {hint}")
        if found.count(name) > 1:
            raise InputError(f"{path}: column '{name}' appears {found.count(name)} times; keep one of them")


def listing(names: Sequence[str], most: int = 12) -> str:
    """Names in a line, cut after `most` of them."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def guarded(path: Path, read: Callable[[], _T]) -> _T:
    """Run one read: damaged files make the readers raise nearly anything, and all of it means one thing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return read()
    except (InputError, MemoryError):
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno and error.filename:
            raise  # the system refuses the file: it is not damaged
        text = "".join(letter if letter.isprintable() else " " for letter in str(error))
        why = " ".join(text.split())[:200] or type(error).__name__
        raise InputError(f"{path}: cannot be read ({why}); is it complete, and is its ending right?") from error
