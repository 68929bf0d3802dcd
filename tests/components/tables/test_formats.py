"""One table, written in every format, plain or packed, reads the same to its last row."""

import bz2
import csv
import gzip
import io
import lzma
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.io import fits
from astropy.table import MaskedColumn, Table
from hypothesis import given, settings
from hypothesis import strategies as st

from truemorph.components.tables.nulls import NULLS
from truemorph.components.tables.table import batches, column_names, count_rows

Columns = dict[str, list[Any]]
PACK = {"": bytes, ".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}
ENDINGS = [".csv", ".csv.gz", ".csv.bz2", ".CSV.XZ", ".tsv", ".TSV.GZ", ".ecsv", ".ecsv.gz", ".parquet", ".fits"]
ENDINGS += [".fits.gz", ".FIT", ".fts", ".fits.xz", ".vot", ".vot.gz", ".xml", ".votable"]
ENDINGS += [".tbl", ".tbl.gz", ".semicolons.csv", ".bars.txt", ".dat", ".dat.gz"]
DELIMITERS = {"csv": ",", "tsv": "\t", "semicolons": ";", "bars": "|"}


def packed(path: Path, data: bytes) -> Path:
    """Data in a file, packed as its ending says."""
    path.write_bytes(PACK.get(path.suffix.lower(), bytes)(data))
    return path


def text_of(columns: Columns, delimiter: str, null: str = "") -> bytes:
    """Delimited text, by the standard library."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*([null if v is None else v for v in values] for values in columns.values()), strict=True))
    return out.getvalue().encode()


def table_of(columns: Columns) -> Table:
    """An astropy table whose nulls are masked."""
    found = Table(masked=True)
    for name, values in columns.items():
        filler = next((value for value in values if value is not None), 0)
        data = [filler if value is None else value for value in values]
        found[name] = MaskedColumn(data, mask=[value is None for value in values])
    return found


def fixed_width(columns: Columns, archived: Path | None) -> bytes:
    """An IPAC table, or a table of the CDS with its ReadMe beside it; a field without a value is blank, or 'null'."""
    texts = {k: ["" if v is None else str(v) for v in values] for k, values in columns.items()}
    widths = {k: max(len(k), 6, *map(len, values)) for k, values in texts.items()}
    rows = list(zip(*(texts.values()), strict=True))
    if archived is None:
        names = "|" + "|".join(k.ljust(width) for k, width in widths.items()) + "|"
        nulls = "|" + "|".join("null".rjust(width) for width in widths.values()) + "|"
        kinds = "|" + "|".join("char".ljust(width) for width in widths.values()) + "|"
        body = [
            " " + " ".join((v or "null").rjust(w) for v, w in zip(row, widths.values(), strict=True)) for row in rows
        ]
        return "\n".join(
            ["\\fixlen = T", "\\ by hand", names, kinds, nulls.replace("null", "    "), nulls, *body]
        ).encode()
    rule, start, described = "-" * 60, 1, []
    for number, width in enumerate(widths.values()):
        described.append(f"{start:4}-{start + width - 1:4} A{width:<4} ---   c{number}   what it is")
        start += width + 1
    title = ["Byte-by-byte Description of file: table.dat", rule, "   Bytes Format Units Label Explanations", rule]
    (archived.parent / "ReadMe").write_text("\n".join([*title, *described, rule, ""]))
    body = [" ".join(v.ljust(w) for v, w in zip(row, widths.values(), strict=True)) for row in rows]
    return "\n".join([*body, ""]).encode("latin-1")


def write(path: Path, columns: Columns) -> Path:
    """The columns in the format that the ending names."""
    kind = path.name.lower().split(".")[1]
    if kind in DELIMITERS:
        if kind == "semicolons":
            # As a spreadsheet of half of Europe writes numbers.
            columns = {
                k: [str(v).replace(".", ",") if isinstance(v, float) else v for v in columns[k]] for k in columns
            }
        return packed(path, text_of(columns, DELIMITERS[kind]))
    if kind in ("tbl", "dat"):
        return packed(path, fixed_width(columns, path if kind == "dat" else None))
    if kind == "parquet":
        pq.write_table(pa.table(columns), path)
        return path
    out: Any = io.StringIO() if kind == "ecsv" else io.BytesIO()
    if kind in ("fits", "fit", "fts"):
        units = [
            fits.Column(name, "40A", array=np.array([(v or "").encode() for v in values]))
            if any(isinstance(value, str) for value in values)
            else fits.Column(name, "K", null=-7, array=np.array([-7 if v is None else v for v in values]))
            if all(isinstance(value, int | None) for value in values)
            else fits.Column(name, "D", array=np.array([np.nan if v is None else v for v in values]))
            for name, values in columns.items()
        ]
        fits.BinTableHDU.from_columns(units).writeto(out)
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            table_of(columns).write(out, format="ascii.ecsv" if kind == "ecsv" else "votable")
    return packed(path, out.getvalue().encode() if kind == "ecsv" else out.getvalue())


def read(path: Path, names: list[str], ids: list[str], rows: int = 3) -> Columns:
    """What is read, None where there is no value."""
    frame = pd.concat(batches(path, names, ids, rows=rows)).astype(object)
    return {name: frame[name].where(frame[name].notna(), None).to_list() for name in names}


WORD = st.text("abcxyzé,;'# _-/", min_size=1, max_size=8).map(lambda word: f"q{word.strip()}q")
NUMBER = st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 3))
NAME = st.text("abcXY ,;-_.()/", min_size=1, max_size=8).map(lambda name: f"n{name.strip()}n")


@st.composite
def tables(draw: st.DrawFn) -> Columns:
    """An id, a column of words and one of each kind of numbers, all but the id with nulls, under odd names."""
    rows = draw(st.integers(2, 9))
    names = draw(st.lists(NAME, min_size=4, max_size=4, unique_by=str.lower))
    kinds = [st.integers(10**17, 10**18), st.none() | WORD, st.none() | NUMBER, st.none() | st.integers(0, 10**6)]
    columns = {
        name: draw(st.lists(kind, min_size=rows, max_size=rows)) for name, kind in zip(names, kinds, strict=True)
    }
    # A column with nothing has no kind of its own to be written in.
    for name, value in zip(names, (10**17, "qq", 1.5, 1), strict=True):
        columns[name][0] = value
    return columns


@pytest.mark.parametrize("ending", ENDINGS)
@settings(max_examples=10, deadline=None)
@given(columns=tables())
def test_the_same_table_reads_the_same(tmp_path_factory: pytest.TempPathFactory, ending: str, columns: Columns) -> None:
    if ending.startswith(".dat"):
        # An archive's names are plain words.
        columns = {f"c{number}": values for number, values in enumerate(columns.values())}
    path = write(tmp_path_factory.mktemp("t") / f"table{ending}", columns)
    objid, *others = columns
    assert column_names(path) == list(columns)
    assert count_rows(path) == len(columns[objid])
    # One comma alone does not say whether it stands for a point: the first number does.
    found = read(path, [*columns], [objid], rows=99 if "semicolons" in ending else 3)
    assert found[objid] == [str(value) for value in columns[objid]]
    for name in others:
        assert found[name] == columns[name], name


@pytest.mark.parametrize("null", [*NULLS, "   ", " N/A "])
@pytest.mark.parametrize("ending", [".csv", ".parquet", ".fits", ".vot", ".ecsv"])
def test_a_word_for_null_is_null_in_every_format(tmp_path: Path, ending: str, null: str) -> None:
    columns = {"label": ["disk", null, "smooth", "disk"], "id": ["7", "8", null, "9"]}
    found = read(write(tmp_path / f"t{ending}", columns), ["label", "id"], ["id"])
    assert found == {"label": ["disk", None, "smooth", "disk"], "id": ["7", "8", None, "9"]}


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".fits", ".vot", ".ecsv"])
def test_blank_padded_numbers_are_numbers(tmp_path: Path, ending: str) -> None:
    columns = {"x": [" 1.5", "2.25 ", "   ", "\t-3"], "i": [" 1", "2", "3 ", " 4 "]}
    found = read(write(tmp_path / f"t{ending}", columns), ["x", "i"], [])
    assert found == {"x": [1.5, 2.25, None, -3.0], "i": [1, 2, 3, 4]}


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".fits", ".vot", ".ecsv"])
def test_flags_are_words(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"t{ending}"
    flags = [True, False, True]
    if ending == ".csv":
        pd.DataFrame({"flag": flags}).to_csv(path, index=False)
    elif ending == ".parquet":
        pq.write_table(pa.table({"flag": flags}), path)
    else:
        kind = {".fits": "fits", ".vot": "votable", ".ecsv": "ascii.ecsv"}[ending]
        Table({"flag": flags}).write(path, format=kind)
    assert read(path, ["flag"], []) == {"flag": ["True", "False", "True"]}
