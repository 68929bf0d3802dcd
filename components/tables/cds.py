"""Tables as the CDS archives them: fixed-width .dat files, described byte by byte in the ReadMe beside them."""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
from pyarrow import compute

from truemorph.components.errors import InputError
from truemorph.components.tables.fixed_width import Column, cut
from truemorph.components.tables.opened import open_table


def names(path: Path) -> list[str]:
    """Names of the columns, from the ReadMe."""
    return [column.name for column in _columns(path)]


def count(path: Path) -> int:
    """Number of rows, from the lines alone."""
    with open_table(path) as file:
        return sum(1 for _ in _lines(file))


def read(path: Path, places: list[int], rows: int) -> Iterator[Any]:
    """Some columns, by their places, as Arrow tables of up to a number of rows; every field is text or null."""
    columns = _columns(path)
    wanted = [columns[place] for place in places]
    with open_table(path) as file:
        lines = _lines(file)
        while batch := list(islice(lines, rows)):
            fields = cut(batch, wanted)
            shown = [_shown(field, column.null) for field, column in zip(fields, wanted, strict=True)]
            yield pa.table(shown, names=[str(place) for place in places])


def _shown(field: Any, null: str) -> Any:
    """A field's words without the one that its description calls null: `?=-99` in front of the explanation."""
    words = compute.utf8_trim_whitespace(field)
    # -99 is also written -99.00.
    pattern = rf"^\+?{re.escape(null)}{'0*' if '.' in null else '([.]0*)?'}$"
    return compute.if_else(compute.match_substring_regex(words, pattern), None, field) if null else field


def readme_of(path: Path) -> Path:
    """Where the archives put the description of a table."""
    return path.with_name("ReadMe")


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    return (line for line in (line.rstrip(b"\r\n") for line in file) if line)


def _columns(path: Path) -> list[Column]:
    """Name, place and word for null of each column."""
    from astropy.io import ascii as tables

    readme = readme_of(path)
    if not readme.is_file():
        raise InputError(f"{path}: its description {readme} is missing; put the catalogue's ReadMe beside the table")
    header: Any = tables.get_reader(tables.Cds, readme=str(readme)).header
    # The ReadMe names the plain file, also where it is kept compressed.
    header.data.table_name = path.name[: path.name.lower().index(".dat") + 4]
    header.get_cols([])
    return [Column(each.name, each.start, each.end, getattr(each, "null", "") or "") for each in header.cols]
