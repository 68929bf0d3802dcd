"""A catalogue cut into tiles of the sky, as HATS has it, so that lsdb and others read only the tiles that they need."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet

from truemorph.components.catalogue.writers import Facts, write_parquet
from truemorph.components.errors import InputError

SUFFIX = ".hats"
INDEX, INDEX_ORDER = "_healpix_29", 29
MOST_ROWS, MOST_ORDER = 1_000_000, 10
"""Galaxies of a tile at most, and the order of the smallest tiles, 3.4 arcmin wide."""
PLACE = ("ra", "dec")


def write_hats(tables: Iterable[Any], facts: Facts, path: Path) -> None:
    """Write Arrow tables as one HATS catalogue, which is held in memory.

    A tile of order k that holds more than MOST_ROWS galaxies is parted into its four tiles of order k + 1. Rows are in
    the order of their place at order 29; tiles without a galaxy are not written.

    Args:
        tables: of one schema, with columns ra and dec, degrees.
        facts: what it was made by.
        path: a folder that is not there.

    Raises:
        InputError: if there is no ra or dec, or a galaxy without them.

    References:
        IVOA Note 'HATS: A Standard for the Hierarchical Adaptive Tiling Scheme in the Virtual Observatory', 2025.
    """
    table = pa.concat_tables(list(tables))
    index = healpix_index(table, path)
    order = np.argsort(index, kind="stable")
    index = index[order]
    table = table.take(pa.array(order)).add_column(0, INDEX, pa.array(index))
    found = tiles(index)
    dataset, metadata = path / "dataset", []
    for k, pixel, rows in found:
        file = dataset / f"Norder={k}" / f"Dir={pixel // 10_000 * 10_000}" / f"Npix={pixel}.parquet"
        file.parent.mkdir(parents=True, exist_ok=True)
        write_parquet([table.slice(rows.start, rows.stop - rows.start)], facts, file)
        metadata.append(pyarrow.parquet.read_metadata(file))
        metadata[-1].set_file_path(file.relative_to(dataset).as_posix())
    schema = metadata[0].schema.to_arrow_schema().remove_metadata()
    pyarrow.parquet.write_metadata(schema, dataset / "_common_metadata")
    for more in metadata[1:]:
        metadata[0].append_row_groups(more)
    metadata[0].write_metadata_file(dataset / "_metadata")
    lines = ["Norder,Npix", *(f"{k},{pixel}" for k, pixel, _ in found)]
    (path / "partition_info.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (path / "hats.properties").write_text(_properties(path.stem, len(table), found, facts), encoding="utf-8")


def healpix_index(table: Any, path: Path) -> npt.NDArray[np.int64]:
    """(N,) nested HEALPix index at order 29 of each galaxy's place."""
    from astropy_healpix import lonlat_to_healpix

    missing = [name for name in PLACE if name not in table.column_names or table[name].null_count]
    if missing:
        raise InputError(
            f"--out {path.name}: HATS cuts the sky into tiles, and {missing[0]} is not known for all galaxies; "
            "run with --keep ra dec"
        )
    from astropy import units

    ra, dec = (table[name].to_numpy() * units.deg for name in PLACE)
    return np.asarray(lonlat_to_healpix(ra, dec, 2**INDEX_ORDER, order="nested"), np.int64)


def tiles(index: npt.NDArray[np.int64], most: int | None = None) -> list[tuple[int, int, slice]]:
    """Order, number and rows of each tile, so that none of an order below MOST_ORDER holds more than `most` galaxies.

    Args:
        index: (N,) sorted indices at order 29.
        most: galaxies of a tile; None: MOST_ROWS.

    Example:
        >>> tiles(np.array([0, 1, 4**29, 5 * 4**28]), most=3)
        [(0, 0, slice(0, 2, None)), (0, 1, slice(2, 4, None))]
        >>> [each[:2] for each in tiles(np.array([0, 1, 4**28, 3 * 4**28]), most=2)]
        [(1, 0), (1, 1), (1, 3)]
    """
    most = MOST_ROWS if most is None else most
    found: list[tuple[int, int, slice]] = []
    waiting = [(0, pixel) for pixel in reversed(range(12))]
    while waiting:
        k, pixel = waiting.pop()
        below = 4 ** (INDEX_ORDER - k)
        first, last = (int(place) for place in np.searchsorted(index, [pixel * below, (pixel + 1) * below]))
        if last - first > most and k < MOST_ORDER:
            waiting += [(k + 1, 4 * pixel + child) for child in (3, 2, 1, 0)]
        elif last > first:
            found.append((k, pixel, slice(first, last)))
    return found


def _properties(name: str, rows: int, found: list[tuple[int, int, slice]], facts: Facts) -> str:
    area = sum(1 / (12 * 4**k) for k, _, _ in found)
    told = {
        "obs_collection": name,
        "dataproduct_type": "object",
        "hats_nrows": rows,
        "hats_col_ra": "ra",
        "hats_col_dec": "dec",
        "hats_col_healpix": INDEX,
        "hats_col_healpix_order": INDEX_ORDER,
        "hats_npix_suffix": ".parquet",
        "hats_max_rows": MOST_ROWS,
        "hats_order": max(k for k, _, _ in found),
        "moc_sky_fraction": f"{area:.5f}",
        "hats_version": "v1.0",
        "hats_builder": f"truemorph {facts.get('truemorph')}",
    }
    return "".join(f"{key}={value}\n" for key, value in told.items())
