"""Tables of delimited text: CSV as SkyServer, CasJobs and Zooniverse write it, and VizieR's tab-separated form."""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

# How tables write "no value"; the null of SkyServer, CasJobs, VizieR, pandas and spreadsheets among them.
_NULLS = ["", "null", "NULL", "Null", "nan", "NaN", "NAN", "-nan", "NA", "N/A", "n/a", "<NA>", "None", "--"]
_HEAD_BYTES = 1 << 20
_LOOK = 100


@dataclass(frozen=True)
class Dialect:
    """How a file's text is laid out.

    Args:
        delimiter: ',', ';' or tab.
        before: lines before the names of the columns: SkyServer's '#Table1', VizieR's comments.
        after: lines between the names and the first row: VizieR's units and rule.
    """

    delimiter: str
    before: int
    after: int


def dialect(path: Path) -> Dialect:
    """The dialect of a file, from its first lines."""
    lines = _head(path).splitlines()
    before = 0
    while before < len(lines) and _is_comment(lines[before], "".join(lines[before + 1 : before + 2])):
        before += 1
    names = lines[before] if before < len(lines) else ""
    delimiter = next((letter for letter in ",\t;" if letter in names), ",")
    rule = lines[before + 2 : before + 3]
    after = 2 if rule and set(rule[0]) <= {"-", delimiter} and rule[0].startswith("-") else 0
    return Dialect(delimiter, before, after)


def _is_comment(line: str, following: str) -> bool:
    """A blank line, or one that begins with # and does not name the columns of the line that follows."""
    if not line.strip():
        return True
    names_columns = any(line.count(sign) == following.count(sign) > 0 for sign in ",\t;")
    return line.lstrip("\ufeff").startswith("#") and (following.startswith("#") or not names_columns)


def _head(path: Path) -> str:
    try:
        with gzip.open(path, "rb") if path.name.lower().endswith(".gz") else path.open("rb") as file:
            return file.read(_HEAD_BYTES).decode("utf-8", "replace")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(f"damaged gzip: {error}") from error


def _open(path: Path, wanted: list[str]) -> Any:
    from pyarrow import csv, string

    layout = dialect(path)
    # Every field comes as text: types guessed from the first block would refuse what a later one holds.
    return csv.open_csv(
        path,
        read_options=csv.ReadOptions(block_size=1 << 20, skip_rows=layout.before, skip_rows_after_names=layout.after),
        parse_options=csv.ParseOptions(delimiter=layout.delimiter, newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            include_columns=wanted,
            column_types=dict.fromkeys(wanted, string()),
            null_values=_NULLS,
            strings_can_be_null=True,
        ),
    )


def names(path: Path) -> list[str]:
    """Names of the columns."""
    with _open(path, []) as reader:
        return list(reader.schema.names)


def read(path: Path, wanted: list[str], ids: list[str], rows: int) -> Iterator[pd.DataFrame]:
    """Some columns in batches; ids stay text."""
    import pyarrow as pa

    with _open(path, wanted) as reader:
        held = reader.schema.empty_table()
        for block in reader:
            held = pa.concat_tables([held, pa.Table.from_batches([block])])
            while held.num_rows >= rows:
                yield typed(held.slice(0, rows), ids)
                held = held.slice(rows)
        yield typed(held, ids)


def typed(table: Any, ids: list[str]) -> pd.DataFrame:
    """An Arrow table of text with numbers where a whole column is numbers, whole ones first."""
    import pyarrow as pa
    from pyarrow import compute

    for place, name in enumerate(table.schema.names):
        column = compute.utf8_trim_whitespace(table.column(name))
        for kind in () if name in ids else (pa.int64(), pa.float64()):
            try:
                # A cast that fails words an error for every value: a look at a few spares most of them.
                column.slice(0, _LOOK).cast(kind)
                column = column.cast(kind)
                break
            except pa.ArrowInvalid:
                continue
        table = table.set_column(place, name, column)
    return table.to_pandas(use_threads=False)
