"""Tables in Parquet."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet

if TYPE_CHECKING:
    import pandas as pd


def names(path: Path) -> list[str]:
    """Names of the columns, from the footer."""
    return list(pyarrow.parquet.read_schema(path).names)


def count(path: Path) -> int:
    """Number of rows, from the footer."""
    return int(pyarrow.parquet.read_metadata(path).num_rows)


def read(path: Path, places: list[int], rows: int) -> Iterator[Any]:
    """Some columns, by their places, as Arrow tables of up to a number of rows, in the types of the file."""
    with pyarrow.parquet.ParquetFile(path) as file:
        wanted = [file.schema_arrow.names[place] for place in places]
        for batch in file.iter_batches(batch_size=rows, columns=wanted):
            yield pa.Table.from_batches([batch]).select(wanted)


def frame(path: Path, columns: Sequence[str] | None = None) -> "pd.DataFrame":
    """A table that truemorph wrote, or some of its columns.

    pandas would hand Arrow's threads a file of Python's: one that lets go of it as the process ends aborts it.
    """
    with pyarrow.parquet.ParquetFile(path) as file:
        return file.read(columns, use_threads=False).to_pandas(use_threads=False)
