"""Tables as the CDS archives them: fixed-width .dat files, described byte by byte in the ReadMe beside them."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Any

from truemorph.components.errors import InputError
from truemorph.components.tables.fixed_width import cut
from truemorph.components.tables.opened import open_table


def names(path: Path) -> list[str]:
    """Names of the columns, from the ReadMe."""
    return [name for name, _, _ in _columns(path)]


def count(path: Path) -> int:
    """Number of rows, from the lines alone."""
    with open_table(path) as file:
        return sum(1 for _ in _lines(file))


def read(path: Path, places: list[int], rows: int) -> Iterator[Any]:
    """Some columns, by their places, as Arrow tables of up to a number of rows; every field is text."""
    import pyarrow as pa

    columns = _columns(path)
    spans = [columns[place][1:] for place in places]
    with open_table(path) as file:
        lines = _lines(file)
        while batch := list(islice(lines, rows)):
            yield pa.table(cut(batch, spans), names=[str(place) for place in places])


def readme_of(path: Path) -> Path:
    """Where the archives put the description of a table."""
    return path.with_name("ReadMe")


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    return (line for line in (line.rstrip(b"\r\n") for line in file) if line)


def _columns(path: Path) -> list[tuple[str, int, int]]:
    """Name, first byte and end of each column."""
    from astropy.io import ascii as tables

    readme = readme_of(path)
    if not readme.is_file():
        raise InputError(f"{path}: its description {readme} is missing; put the catalogue's ReadMe beside the table")
    header: Any = tables.get_reader(tables.Cds, readme=str(readme)).header
    # The ReadMe names the plain file, also where it is kept compressed.
    header.data.table_name = path.name[: path.name.lower().index(".dat") + 4]
    header.get_cols([])
    return [(column.name, column.start, column.end) for column in header.cols]
