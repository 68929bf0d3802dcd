"""Masked values that a table keeps: where astropy cannot write an empty field, it writes the mask beside the column."""

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from pyarrow import compute

from truemorph.components.tables.values import words


def read_masked(path: Path, kind: ModuleType, found: list[str], places: list[int], rows: int) -> Iterator[Any]:
    """What a reader gives of some columns; a value of NAME is null where the table's column NAME.mask says True.

    Args:
        path: the table.
        kind: its reader.
        found: names of all its columns.
        places: of the columns wanted, each once.
        rows: as the reader takes them.
    """
    masks = {place: found.index(f"{found[place]}.mask") for place in places if f"{found[place]}.mask" in found}
    read = list(dict.fromkeys([*places, *masks.values()]))
    for table in kind.read(path, read, rows):
        for place, mask in masks.items():
            hidden = compute.equal(words(path, found[mask], table.column(read.index(mask))), "True")
            at = read.index(place)
            shown = compute.if_else(compute.fill_null(hidden, False), None, table.column(at))
            table = table.set_column(at, table.column_names[at], shown)
        yield table.select(range(len(places)))
