"""Files of other kinds that are given as tables: each is named, with what to do about it."""

from pathlib import Path

import pytest

from truemorph.components.errors import InputError
from truemorph.components.tables.table import column_names, read_columns


def named(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("name", ["t.csv", "t.vot", "t.fits", "t.parquet"])
def test_a_page_of_the_web_is_no_table(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=rf"{name}: (is a web page|cannot be read)"):
        read_columns(named(tmp_path / name, b"<!DOCTYPE html>\n<html><body>404, not found</body></html>\n"), ["id"])


@pytest.mark.parametrize(
    ("begin", "kind"),
    [
        (b"SIMPLE  =                    T", "FITS file; name it .fits"),
        (b"PAR1\0\0", "Parquet file; name it .parquet"),
        (b"\n<!DOCTYPE HTML><html>", "web page"),
        (b"PK\x03\x04\0\0", "zip or a spreadsheet"),
        (b'<?xml version="1.0"?>', "name it .vot"),
        (b"%PDF-1.7\n", "a PDF; save its table as .csv"),
        (b'{"id": 1, "x": 2}\n', "is JSON; save"),
        (b'[{"id": 1}]', "is JSON; save"),
        (b"\x89HDF\r\n\x1a\n\0\0", "HDF5; save its table as .csv or .parquet"),
        (b"SQLite format 3\0", "a database"),
        (b"\x28\xb5\x2f\xfd$", "packed with zstd; unpack it"),
        (b"{\\rtf1\\ansi id,x", "RTF"),
        (b"Title: Spiral arms\n", "ascii.mrt"),
        (b"\\begin{table}\n", "LaTeX"),
        (b"table.csv" + bytes(500), "it is binary"),
    ],
)
def test_other_files_called_csv_are_named(tmp_path: Path, begin: bytes, kind: str) -> None:
    with pytest.raises(InputError, match=kind):
        column_names(named(tmp_path / "t.csv", begin + b"\n" * 200))


@pytest.mark.parametrize("name", ["t.json", "t.xlsx", "t.csv.zip", "t"])
def test_a_kind_that_its_name_does_not_tell_is_told_by_its_bytes(tmp_path: Path, name: str) -> None:
    begin = b'{"id": 1}\n' if name == "t.json" else b"PK\x03\x04\0\0"
    with pytest.raises(InputError, match=r"is JSON; save|zip or a spreadsheet; unpack it, or save it as "):
        column_names(named(tmp_path / name, begin + b"\0" * 200))
