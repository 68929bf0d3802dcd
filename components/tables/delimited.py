"""Tables of delimited text: CSV as SkyServer, CasJobs and Zooniverse write it, VizieR's tab-separated form, ECSV."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
from pyarrow import csv

from truemorph.components.errors import InputError
from truemorph.components.tables.dialect import Dialect, dialect
from truemorph.components.tables.lines import blocks
from truemorph.components.tables.nulls import NULLS
from truemorph.components.tables.opened import open_table
from truemorph.components.tables.other_kinds import other_kind

_HEAD_BYTES = 1 << 20
_UTF_8_MARK = b"\xef\xbb\xbf"
_AROUND, _RUN = re.compile(rb"(?m)^[ \t]+|[ \t]+(?=\r?$)"), re.compile(rb"[ \t]+")
_QUOTED_OR_RUN = re.compile(rb'("[^"\n]*")|[ \t]+')
_LISTS = re.compile(rb"(?m)^# - \{name: ['\"]?(.+?)['\"]?, .*\bsubtype: '?\w+\[")
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def names(path: Path) -> list[str]:
    """Names of the columns."""
    with _opened(path) as (_, layout):
        return list(layout.names)


def count(path: Path) -> int:
    """Number of rows, from the lines alone."""
    with _opened(path) as (stream, layout):
        return sum(rows for _, rows in _blocks(path, stream, layout))


def read(path: Path, places: list[int], rows: int) -> Iterator[Any]:
    """Some columns, by their places, as Arrow tables of up to a number of rows; every field is bytes or null."""
    seen, held = 0, None
    with _opened(path) as (stream, layout):
        _check_lists(path, {layout.names[place] for place in places})
        for text, lines in _blocks(path, stream, layout):
            block = _parsed(path, text, layout, places, seen)
            seen += lines
            if block.num_rows != lines and b"\r" in text.replace(b"\r\n", b""):
                raise InputError(
                    f"{path}: some lines end in a carriage return only, others do not; give all lines the same ending"
                )
            if block.num_rows != lines:
                raise ValueError(f"{lines} lines gave {block.num_rows} rows, up to row {seen}")
            held = block if held is None else pa.concat_tables([held, block])
            while held.num_rows >= rows:
                yield held.slice(0, rows)
                held = held.slice(rows)
    if held is not None:
        yield held


def _check_lists(path: Path, wanted: set[str]) -> None:
    """Refuse columns that an ECSV describes as lists: each would be read as one odd word."""
    with open_table(path) as stream:
        head = stream.read(_HEAD_BYTES)
    lists = {name.decode("utf-8", "replace") for name in _LISTS.findall(head)} if head.startswith(b"# %ECSV") else set()
    if found := sorted(lists & wanted):
        raise InputError(f"{path}: column '{found[0]}' has several values per row; give a column with one")


def _blocks(path: Path, stream: IO[bytes], layout: Dialect) -> Iterator[tuple[bytes, int]]:
    return blocks(path, stream, layout.delimiter, len(layout.names), layout.lines + 1)


def _parsed(path: Path, text: bytes, layout: Dialect, places: list[int], seen: int) -> Any:
    """The rows of a block; types come later: guessed here, they would refuse what a later block holds."""
    bad = []

    def refuse(row: Any) -> str:
        bad.append(row)
        return "error"

    columns = [str(place) for place in places]
    try:
        return csv.read_csv(
            io.BytesIO(text),
            read_options=csv.ReadOptions(
                block_size=len(text) + 1, column_names=[str(k) for k in range(len(layout.names))], use_threads=False
            ),
            parse_options=csv.ParseOptions(
                delimiter=layout.delimiter, newlines_in_values=True, invalid_row_handler=refuse
            ),
            convert_options=csv.ConvertOptions(
                include_columns=columns,
                column_types=dict.fromkeys(columns, pa.binary()),
                null_values=list(NULLS),
                strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid:
        if not bad:
            raise
        raise InputError(
            f"{path}: row {seen + bad[0].number} has {bad[0].actual_columns} fields, its header "
            f"{bad[0].expected_columns}: {bad[0].text[:60]!r}; fix that row, or put "
            "quotes around the field that contains a delimiter"
        ) from None


@contextmanager
def _opened(path: Path) -> Iterator[tuple[IO[bytes], Dialect]]:
    """The file at its first row, and its dialect."""
    with open_table(path) as stream:
        head = stream.read(_HEAD_BYTES)
        if kind := other_kind(head):
            raise InputError(f"{path}: is {kind}")
        if head.startswith(_UTF_16_MARKS) or b"\0" in head[:1000]:
            few, many = sorted((head[::2].count(0), head[1::2].count(0)))
            wide = head.startswith(_UTF_16_MARKS) or (many > len(head) / 4 and few < many / 2)
            kind = "is UTF-16" if wide else "is binary"
            raise InputError(f"{path}: cannot be read as text: it {kind}; save it again as UTF-8")
        if not head.strip():
            raise InputError(f"{path}: the file is empty; give a table with a header and at least one row")
        stream.seek(0)
        source: IO[bytes] = stream
        if b"\r" in head and b"\n" not in head:
            # As old Macintoshes write lines.
            source = io.BytesIO(stream.read().replace(b"\r", b"\n"))
            head = source.read(_HEAD_BYTES)
            source.seek(0)
        layout = dialect(head.removeprefix(_UTF_8_MARK).decode("utf-8", "replace"))
        for _ in range(layout.lines):
            source.readline()
        if layout.blanks:
            source = io.BytesIO(_tabs(source.read()))
        yield source, layout


def _tabs(text: bytes) -> bytes:
    """Rows whose fields are parted by runs of blanks, with one tab for each run; quoted fields keep theirs."""
    text = _AROUND.sub(b"", text)
    return _QUOTED_OR_RUN.sub(lambda found: found[1] or b"\t", text) if b'"' in text else _RUN.sub(b"\t", text)
