"""Binary and ASCII tables in FITS files: the first with rows; columns are read by their places alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from truemorph.components.errors import InputError


def names(path: Path) -> list[str]:
    """Names of the columns, as the header has them: some may stand twice, or be empty."""
    with _table(path) as hdu:
        return [str(hdu.header.get(f"TTYPE{k}", "")).strip() for k in range(1, hdu.header["TFIELDS"] + 1)]


def count(path: Path) -> int:
    """Number of rows, from the header."""
    with _table(path) as hdu:
        return int(hdu.header["NAXIS2"])


def read(path: Path, places: list[int], rows: int) -> Iterator[Any]:
    """Some columns, by their places, as Arrow tables of up to a number of rows."""
    with _table(path) as hdu:
        names = [str(hdu.header.get(f"TTYPE{place + 1}", "")) for place in places]
        # The reader itself stops at names that stand twice or are empty, also of columns that nobody wants.
        for k in range(1, hdu.header["TFIELDS"] + 1):
            hdu.header[f"TTYPE{k}"] = f"c{k}"
        fields = [_Field(path, name, hdu, place) for name, place in zip(names, places, strict=True)]
        for start in range(0, hdu.header["NAXIS2"], rows):
            yield pa.table([field.read(start, start + rows) for field in fields], names=[str(k) for k in places])


@contextmanager
def _table(path: Path) -> Iterator[Any]:
    from astropy.io import fits

    with fits.open(path, memmap=True) as file:
        tables = [hdu for hdu in file if isinstance(hdu, fits.BinTableHDU | fits.TableHDU) and hdu.header["TFIELDS"]]
        if not tables:
            raise InputError(f"{path}: contains no table; give a FITS file with a table")
        yield next((hdu for hdu in tables if hdu.header["NAXIS2"]), tables[0])


class _Field:
    """One column; text, flags and nulls as they are stored, numbers as the reader scales them."""

    def __init__(self, path: Path, name: str, hdu: Any, place: int) -> None:
        definition = hdu.columns[place]
        kind = str(definition.format)
        letter = kind[0] if hdu.header["XTENSION"].strip() == "TABLE" else kind.lstrip("0123456789")[0]
        self._stored = hdu.data.view(np.ndarray)[f"c{place + 1}"]
        self._null, self._logical = definition.null, letter == "L"
        # Whole numbers of an ASCII table are text as well: ids stay exact.
        self._text = letter == "A" or (self._stored.dtype.kind == "S" and letter == "I")
        self._joined = letter in "PQ" and "A" in kind
        self._values = self._stored if self._text or self._logical else hdu.data.field(place)
        if self._values.ndim != 1 or self._values.dtype.kind == "c" or (letter in "PQ" and not self._joined):
            raise InputError(f"{path}: column '{name}' has the format {kind}; give a column with one value per row")

    def read(self, start: int, stop: int) -> Any:
        """Rows of it as an Arrow array."""
        values, stored = self._values[start:stop], self._stored[start:stop]
        if self._joined:
            return pa.array(["".join(letters) for letters in values], pa.string())
        if self._logical:
            return pa.array(values == ord("T"), mask=~np.isin(values, [ord("T"), ord("F")]))
        mask = None
        if self._null is not None:
            mask = (
                np.char.strip(stored) == str(self._null).encode() if stored.dtype.kind == "S" else stored == self._null
            )
        return pa.array(values.astype(values.dtype.newbyteorder("=")), mask=mask)
