"""Tables of any kind, in batches, with ids that stay exact: delimited text, Parquet, FITS, VOTable and CDS tables."""

import difflib
import gzip
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from truemorph.components.errors import InputError
from truemorph.components.tables import cds, delimited

_T = TypeVar("_T")
ROWS_PER_BATCH = 25_000
# What a float leaves of an integer once it is written as text: 587739505552785605.0, 5.88e+17.
_FLOAT_TEXT = r"^[+-]?(\d+\.\d*|\.\d+|\d+[eE][+-]?\d+)([eE][+-]?\d+)?$"


def column_names(path: Path) -> list[str]:
    """Names of a table's columns, in the file's order, read from its header.

    Args:
        path: .csv, .tsv, .parquet, .fits, .vot, or .dat with its ReadMe beside it; all but .parquet also gzipped (.gz).

    Raises:
        InputError: if the file is missing, empty, unreadable or of another kind.
    """
    names, _ = _format(path)
    return _guarded(path, lambda: names(path))


def read_columns(path: Path, columns: Sequence[str], ids: Sequence[str] = ()) -> pd.DataFrame:
    """Some columns of a table, all its rows at once; arguments, types and errors are those of `batches`."""
    return pd.concat(batches(path, columns, ids), ignore_index=True)


def batches(
    path: Path, columns: Sequence[str], ids: Sequence[str] = (), rows: int = ROWS_PER_BATCH
) -> Iterator[pd.DataFrame]:
    """Some columns of a table, a batch of rows at a time, so that memory stays flat.

    Args:
        path: .csv, .tsv, .parquet, .fits, .vot, or .dat with its ReadMe beside it; all but .parquet also gzipped (.gz).
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
    _, read = _format(path)
    wanted = [*(name for name in ids if name not in columns), *columns]
    _require(path, wanted, column_names(path))
    return _exact(path, read(path, wanted, list(ids), rows), ids)


def _exact(path: Path, tables: Iterator[pd.DataFrame], ids: Sequence[str]) -> Iterator[pd.DataFrame]:
    seen = 0
    while (table := _guarded(path, lambda: next(tables, None))) is not None:
        for name in ids:
            table[name] = _exact_ids(path, name, table[name])
        table.index = pd.RangeIndex(seen, seen + len(table))
        seen += len(table)
        if len(table):
            yield table
    if not seen:
        raise InputError(f"{path}: the table has no row; give one with at least one")


def _exact_ids(path: Path, name: str, values: "pd.Series[Any]") -> "pd.Series[Any]":
    import pyarrow as pa
    from pyarrow import compute

    known = values[values.notna()]
    if pd.api.types.is_bool_dtype(values) or (pd.api.types.is_float_dtype(values) and len(known)):
        raise _not_an_id(path, name, known.iloc[0], f"of type {values.dtype}")
    text = pa.array(known.astype(str).to_numpy(object), pa.string())
    text = compute.utf8_trim_whitespace(text)
    floats = compute.filter(text, compute.match_substring_regex(text, _FLOAT_TEXT))
    if len(floats):
        raise _not_an_id(path, name, floats[0].as_py(), "written as a float")
    exact = np.full(len(values), None, dtype=object)
    exact[values.notna()] = compute.if_else(compute.equal(text, ""), None, text).to_numpy(zero_copy_only=False)
    return pd.Series(exact, index=values.index, dtype=object)


def _not_an_id(path: Path, name: str, value: object, how: str) -> InputError:
    return InputError(
        f"{path}: id column '{name}' holds {value!r}, {how}: a float cannot hold an 18-digit id; "
        f"write '{name}' again from its source as text or as a 64-bit integer"
    )


def _require(path: Path, wanted: Sequence[str], found: list[str]) -> None:
    lower = {name.lower(): name for name in found}
    for name in wanted:
        if name not in found:
            near = [lower[key] for key in difflib.get_close_matches(name.lower(), lower, n=3)]
            hint = f"nearest: {', '.join(near)}" if near else f"it has {listing(found)}"
            raise InputError(f"{path}: no column '{name}'; {hint}")
        if found.count(name) > 1:
            raise InputError(f"{path}: column '{name}' stands {found.count(name)} times; keep one of them")


def listing(names: Sequence[str], most: int = 12) -> str:
    """Names in a line, cut after `most` of them."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _format(path: Path) -> tuple[Callable[..., list[str]], Callable[..., Iterator[pd.DataFrame]]]:
    if not path.is_file():
        raise InputError(f"{path}: {'is not a file' if path.exists() else 'no such file'}; give a table")
    name = path.name.lower()
    known = [(names, read) for ending, names, read in _FORMATS if name.endswith(ending)]
    if not known:
        raise InputError(f"{path}: cannot tell what kind of table this is; name it {', '.join(f[0] for f in _FORMATS)}")
    if path.stat().st_size == 0:
        raise InputError(f"{path}: the file is empty; give a table with a header and at least one row")
    return known[0]


def _guarded(path: Path, read: Callable[[], _T]) -> _T:
    """Run one read: damaged files make the readers raise nearly anything, and all of it means one thing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return read()
    except (InputError, MemoryError):
        raise
    except Exception as error:
        text = "".join(letter if letter.isprintable() else " " for letter in str(error))
        why = " ".join(text.split())[:200] or type(error).__name__
        raise InputError(f"{path}: cannot be read ({why}); is it complete, and what its ending says?") from error


def _parquet_names(path: Path) -> list[str]:
    import pyarrow.parquet

    return list(pyarrow.parquet.read_schema(path).names)


def _parquet(path: Path, wanted: list[str], ids: list[str], rows: int) -> Iterator[pd.DataFrame]:
    import pyarrow as pa
    import pyarrow.parquet

    with pyarrow.parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=rows, columns=wanted):
            table = pa.Table.from_batches([batch]).select(wanted)
            for name in ids:
                # An integer column with a null would come to pandas as floats, and its ids would lose digits.
                if not pa.types.is_floating(table.schema.field(name).type):
                    place = wanted.index(name)
                    table = table.set_column(place, name, table.column(place).cast(pa.string()))
            yield table.to_pandas(ignore_metadata=True, use_threads=False)


def _fits_names(path: Path) -> list[str]:
    return list(_fits_table(path).colnames)


def _fits_table(path: Path) -> Any:
    from astropy.table import Table

    return Table.read(path, format="fits", memmap=True, mask_invalid=False)


def _fits(path: Path, wanted: list[str], ids: list[str], rows: int) -> Iterator[pd.DataFrame]:
    yield from _slices(_fits_table(path), wanted, rows)


def _votable_names(path: Path) -> list[str]:
    """Names of the first table's fields: the rows, which may be a gigabyte of text, are not parsed."""
    from xml.etree.ElementTree import iterparse

    found = []
    with gzip.open(path, "rb") if path.name.lower().endswith(".gz") else path.open("rb") as file:
        for _, element in iterparse(file, events=("start",)):
            kind = element.tag.rpartition("}")[2]
            if kind == "FIELD":
                found.append(element.get("name") or element.get("ID") or "")
            elif kind == "DATA":
                break
    return found


def _votable(path: Path, wanted: list[str], ids: list[str], rows: int) -> Iterator[pd.DataFrame]:
    from astropy.io.votable import parse_single_table

    yield from _slices(parse_single_table(path, columns=wanted).to_table(use_names_over_ids=True), wanted, rows)


def _slices(table: Any, wanted: list[str], rows: int) -> Iterator[pd.DataFrame]:
    for start in range(0, len(table), rows):
        # to_pandas keeps integers with nulls as nullable integers, so ids stay exact.
        batch = table[start : start + rows][wanted]
        batch.convert_bytestring_to_unicode()
        yield batch.to_pandas(index=False)


_FORMATS: tuple[tuple[str, Callable[..., list[str]], Callable[..., Iterator[pd.DataFrame]]], ...] = (
    (".csv", delimited.names, delimited.read),
    (".csv.gz", delimited.names, delimited.read),
    (".tsv", delimited.names, delimited.read),
    (".tsv.gz", delimited.names, delimited.read),
    (".dat", cds.names, cds.read),
    (".dat.gz", cds.names, cds.read),
    (".parquet", _parquet_names, _parquet),
    (".fits", _fits_names, _fits),
    (".fits.gz", _fits_names, _fits),
    (".vot", _votable_names, _votable),
    (".vot.gz", _votable_names, _votable),
)
