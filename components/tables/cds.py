"""Tables as the CDS archives them: fixed-width .dat files, described byte by byte in the ReadMe beside them."""

import gzip
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from truemorph.components.errors import InputError
from truemorph.components.tables.delimited import typed

_NULLS = ("", "null", "---", "--", "?")


def names(path: Path) -> list[str]:
    """Names of the columns, from the ReadMe."""
    return [name for name, _, _ in _columns(path)]


def read(path: Path, wanted: list[str], ids: list[str], rows: int) -> Iterator[pd.DataFrame]:
    """Some columns in batches; ids stay text."""
    import pyarrow as pa

    places = {name: (start, end) for name, start, end in _columns(path)}
    width = max(end for _, end in places.values())
    with gzip.open(path, "rb") if path.name.lower().endswith(".gz") else path.open("rb") as file:
        while lines := [line.rstrip(b"\r\n") for line in islice(file, rows)]:
            letters = np.array(lines, dtype=f"S{max(width, *map(len, lines))}")
            grid = letters.view("S1").reshape(len(lines), -1)
            columns = {}
            for name in wanted:
                start, end = places[name]
                cells = np.ascontiguousarray(grid[:, start:end]).view(f"S{end - start}").ravel()
                text = np.char.strip(np.char.decode(cells, "latin-1")).astype(object)
                text[np.isin(text, _NULLS)] = None
                columns[name] = pa.array(text, pa.string())
            yield typed(pa.table(columns), ids)


def _columns(path: Path) -> list[tuple[str, int, int]]:
    """Name, first byte and end of each column."""
    from astropy.io import ascii as tables

    readme = path.with_name("ReadMe")
    if not readme.is_file():
        raise InputError(f"{path}: its description {readme} is not there; put the catalogue's ReadMe beside the table")
    header: Any = tables.get_reader(tables.Cds, readme=str(readme)).header
    # The ReadMe names the plain file, also where it is kept compressed.
    header.data.table_name = path.name.removesuffix(".gz").removesuffix(".GZ")
    header.get_cols([])
    return [(column.name, column.start, column.end) for column in header.cols]
