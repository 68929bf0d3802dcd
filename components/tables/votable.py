"""VOTables; columns are read by their places alone: a field's ID need not be its name."""

import io
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from xml.etree.ElementTree import iterparse

import numpy as np
import pyarrow as pa

from truemorph.components.errors import InputError
from truemorph.components.tables.binary2 import null_flags
from truemorph.components.tables.nulls import NULLS
from truemorph.components.tables.opened import open_table

_TABLE = re.compile(rb"<(?:\w+:)?TABLE[\s>]")
_LITERAL = re.compile("Invalid literal for float '(.*?)'")


def names(path: Path) -> list[str]:
    """Names of the fields of the first table with data."""
    return _first(path)[0]


def _first(path: Path) -> tuple[list[str], int]:
    """Names of its fields and its place among the tables; its rows, which may be a gigabyte of text, are not parsed."""
    found: list[str] = []
    tables, in_data = 0, False
    with _opened(path) as file:
        for _, element in iterparse(file, events=("start",)):
            kind = element.tag.rpartition("}")[2]
            if kind in ("FITS", "PARQUET") and in_data:
                raise InputError(f"{path}: its rows are in a {kind} stream; give that file, or save the rows in XML")
            if in_data and kind == "STREAM" and element.get("href"):
                raise InputError(
                    f"{path}: its rows are in another file, {element.get('href')}; save the table with them"
                )
            if in_data and kind not in ("BINARY", "BINARY2"):
                break
            if kind == "INFO":
                _check_status(path, element.get("name"), element.get("value"))
            elif kind == "TABLE":
                tables, found = tables + 1, []
            elif kind == "FIELD":
                found.append((element.get("name") or element.get("ID") or "").strip())
            in_data |= kind == "DATA"
    if not found:
        raise ValueError("it has no FIELD")
    return found, tables - 1


def count(path: Path) -> int:
    """Number of rows: of a table in plain XML its row elements, else what a full reading gives."""
    rows, in_data = 0, False
    with _opened(path) as file:
        for event, element in iterparse(file, events=("start", "end")):
            kind = element.tag.rpartition("}")[2]
            if event == "start" and kind in ("BINARY", "BINARY2"):
                return len(_parsed(path, [0]).array)
            in_data |= kind == "DATA"
            if event == "end" and kind == "TABLE" and in_data:
                break
            if event == "end" and kind in ("TR", "TD"):
                rows += kind == "TR"
                element.clear()
    return rows


def read(path: Path, places: list[int], rows: int) -> Iterator[Any]:
    """Some columns, by their places, as Arrow tables of up to a number of rows."""
    # In the order of the file: of a binary table in another order the parser swaps the columns.
    table = _parsed(path, sorted(places))
    fields = [table.all_fields[place] for place in places]
    hidden = np.zeros((0, 0), bool)
    if any(field.datatype in ("char", "unicodeChar") for field in fields):
        with _opened(path) as file:
            hidden = null_flags(file, _first(path)[1], table.all_fields)
    for start in range(0, len(table.array), rows):
        part = slice(start, start + rows)
        columns = [
            _field(path, field, table.array[field.ID][part], hidden[part, place] if len(hidden) else None)
            for place, field in zip(places, fields, strict=True)
        ]
        yield pa.table(columns, names=[str(place) for place in places])


def _check_status(path: Path, name: str | None, value: str | None) -> None:
    """Refuse what a server has not answered, or not to the end."""
    if name == "QUERY_STATUS" and value == "ERROR":
        raise InputError(f"{path}: holds an error message from its server, not a table; get the table again")
    if name == "QUERY_STATUS" and value == "OVERFLOW":
        raise InputError(
            f"{path}: its server cut the table off (QUERY_STATUS is OVERFLOW); ask it for more rows (MAXREC), "
            "or remove that INFO if these rows are all that you want"
        )


def _opened(path: Path) -> IO[bytes]:
    """The file from its first letter on: XML may not begin with a blank line."""
    file = open_table(path)
    if not file.read(1).isspace():
        file.seek(0)
        return file
    with file:
        return io.BytesIO(file.read().lstrip())


def _parsed(path: Path, places: list[int]) -> Any:
    from astropy.io.votable import parse

    # Of several tables the parser finds places only where it reads them all, whole.
    only: dict[str, Any] = {} if _has_several(path) else {"columns": places, "table_number": 0}
    with _opened(path) as file, _unread_numbers() as unread:
        found = parse(file, verify="warn", **only)
    if unread:
        cure = "write decimals with a point" if "," in unread[0] else "fix it or leave it empty"
        raise InputError(f"{path}: holds {unread[0][:40]!r} where a number is expected; {cure}")
    # A service that has cut off its answer says so after the rows.
    for info in (info for resource in found.resources for info in resource.infos):
        _check_status(path, info.name, info.value)
    return list(found.iter_tables())[0 if only else _first(path)[1]]


def _has_several(path: Path) -> bool:
    with open_table(path) as file:
        tables = (len(_TABLE.findall(piece)) for piece in iter(lambda: file.read(1 << 24), b""))
        return sum(tables) > 1


@contextmanager
def _unread_numbers() -> Iterator[list[str]]:
    """Words in fields of numbers that are none: astropy takes them for empty fields, and only warns of some."""
    from astropy.io.votable import exceptions

    found: list[str] = []

    def note(message: Warning | str, *_: Any, **__: Any) -> None:
        literal = _LITERAL.search(str(message))
        if literal and literal[1].strip() not in NULLS:
            found.append(literal[1].strip())

    with warnings.catch_warnings(), exceptions.conf.set_temp("max_warnings", sys.maxsize):
        warnings.simplefilter("always", exceptions.W30)
        warnings.showwarning = note
        yield found


def _field(path: Path, field: Any, values: Any, hidden: Any) -> Any:
    if values.ndim != 1 or values.dtype.kind == "c":
        raise InputError(f"{path}: column '{field.name}' has several values per row; give a column with one")
    mask = np.ma.getmaskarray(values)
    if hidden is not None:
        mask = mask | hidden
    if values.dtype.kind != "O":
        return pa.array(np.ma.getdata(values), mask=mask)
    letters = [None if masked else value for masked, value in zip(mask, np.ma.getdata(values), strict=True)]
    if not all(letter is None or isinstance(letter, str | bytes) for letter in letters):
        raise InputError(f"{path}: column '{field.name}' has several values per row; give a column with one")
    found = [letter.decode() if isinstance(letter, bytes) else letter for letter in letters]
    return pa.array([None if word == field.values.null else word for word in found], pa.string())
