"""VOTables; columns are read by their places alone: a field's ID need not be its name."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import iterparse

import numpy as np

from truemorph.components.errors import InputError
from truemorph.components.tables.opened import open_table


def names(path: Path) -> list[str]:
    """Names of the first table's fields: the rows, which may be a gigabyte of text, are not parsed."""
    found = []
    with open_table(path) as file:
        for _, element in iterparse(file, events=("start",)):
            kind = element.tag.rpartition("}")[2]
            if kind == "FIELD":
                found.append((element.get("name") or element.get("ID") or "").strip())
            elif kind == "DATA":
                break
    if not found:
        raise ValueError("it has no FIELD")
    return found


def count(path: Path) -> int:
    """Number of rows: of a table in plain XML its row elements, else what a full reading gives."""
    rows = 0
    with open_table(path) as file:
        for event, element in iterparse(file, events=("start", "end")):
            kind = element.tag.rpartition("}")[2]
            if event == "start" and kind in ("BINARY", "BINARY2", "FITS"):
                return len(_parsed(path, [0]).array)
            if event == "end" and kind == "TABLE":
                break
            if event == "end" and kind in ("TR", "TD"):
                rows += kind == "TR"
                element.clear()
    return rows


def read(path: Path, places: list[int], rows: int) -> Iterator[Any]:
    """Some columns, by their places, as Arrow tables of up to a number of rows."""
    import pyarrow as pa

    # In the order of the file: of a binary table in another order the parser swaps the columns.
    table = _parsed(path, sorted(places))
    fields = [table.all_fields[place] for place in places]
    for start in range(0, len(table.array), rows):
        columns = [_field(path, field.name, table.array[field.ID][start : start + rows]) for field in fields]
        yield pa.table(columns, names=[str(place) for place in places])


def _parsed(path: Path, places: list[int]) -> Any:
    from astropy.io.votable import parse_single_table

    with open_table(path) as file:
        return parse_single_table(file, columns=places)


def _field(path: Path, name: str, values: Any) -> Any:
    import pyarrow as pa

    if values.ndim != 1 or values.dtype.kind == "c":
        raise InputError(f"{path}: column '{name}' has several values a row; give a column with one")
    mask = np.ma.getmaskarray(values)
    if values.dtype.kind != "O":
        return pa.array(np.ma.getdata(values), mask=mask)
    letters = [None if hidden else value for hidden, value in zip(mask, np.ma.getdata(values), strict=True)]
    if not all(letter is None or isinstance(letter, str | bytes) for letter in letters):
        raise InputError(f"{path}: column '{name}' has several values a row; give a column with one")
    return pa.array([letter.decode() if isinstance(letter, bytes) else letter for letter in letters], pa.string())
