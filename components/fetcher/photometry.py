"""Radius and seeing of many galaxies from SkyServer, in chunks, each asked for until it has come."""

import hashlib
import shutil
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd

from truemorph.components.errors import InputError
from truemorph.components.files import replacing
from truemorph.components.progress import bar

CHUNK = 150
COLUMNS = ("dr7objid", "petroRad_r", "psfWidth_r", "petroMag_r", "z", "arcsec_per_pixel")
# Stamps of Galaxy Zoo 2 have 0.02 petroR90_r a pixel (Willett+13).
# The measurement that the volunteers' images are of is DR7's; later releases keep the way from its ids to theirs.
SQL = (
    "SELECT x.dr7objid, p.petroRad_r, f.psfWidth_r, p.petroMag_r, s.z, 0.02 * p.petroR90_r AS arcsec_per_pixel "
    "FROM PhotoObjDR7 x "
    "JOIN PhotoObj p ON p.objID = x.dr8objid JOIN Field f ON f.fieldID = p.fieldID "
    "LEFT JOIN SpecObj s ON s.bestObjID = p.objID WHERE x.dr7objid IN ({})"
)
_WAITS = (1.0, 4.0, 16.0, 60.0)
Query = Callable[[str], pd.DataFrame]


def fetch_photometry(objids: Sequence[str], path: Path, query: Query | None = None) -> int:
    """Write a table of COLUMNS for these galaxies.

    Args:
        objids: DR7 ids, decimal digits.
        path: .csv; chunks that have come lie beside it in .NAME.chunks until all have.
        query: answers SQL with a table; default: SkyServer, through astroquery.

    Returns:
        how many of the galaxies have no row: the ingest will name them 'no_photometry'.

    Raises:
        InputError: if an id is not a number, or the server fails again and again; what has come is kept.
    """
    bad = [objid for objid in objids if not (objid.isascii() and objid.isdigit())]
    if bad:
        raise InputError(f"{path}: id {bad[0]!r} is not an SDSS id; these are decimal digits")
    ask = query or skyserver
    home = path.with_name(f".{path.name}.chunks")
    home.mkdir(parents=True, exist_ok=True)
    wanted = sorted(set(objids))
    tables = []
    starts = range(0, len(wanted), CHUNK)
    for start in bar(iterable=starts, desc=path.name, unit=" chunks"):
        chunk = wanted[start : start + CHUNK]
        kept = home / f"{hashlib.sha256(','.join(chunk).encode()).hexdigest()[:24]}.csv"
        if not kept.exists():
            _write(_ask(ask, chunk, f"{path}: chunk {start // CHUNK + 1} of {len(starts)}"), kept)
        tables.append(pd.read_csv(kept, dtype=str, keep_default_na=False))
    table = pd.concat(tables or [pd.DataFrame(columns=list(COLUMNS))], ignore_index=True)
    _write(table, path)
    shutil.rmtree(home)
    return len(wanted) - table["dr7objid"].nunique()


def _ask(query: Query, chunk: list[str], where: str) -> pd.DataFrame:
    for wait in (*_WAITS, None):
        try:
            table = query(SQL.format(",".join(chunk)))
            missing = [name for name in COLUMNS if name not in table]
            strangers = set() if missing else set(table["dr7objid"].astype(str)) - set(chunk)
            if not missing and not strangers:
                return table[list(COLUMNS)].drop_duplicates()
            why = f"no column {missing[0]}" if missing else f"a row of {min(strangers)}, which was not asked for"
        except Exception as error:
            # Servers, proxies and parsers fail in more ways than can be listed; each is worth another try.
            why = " ".join(str(error).split())[:200] or type(error).__name__
        if wait is not None:
            time.sleep(wait)
    raise InputError(f"{where}: the server failed ({why}); run the same command again to continue")


def _write(table: pd.DataFrame, path: Path) -> None:
    with replacing(path) as staged:
        table.to_csv(staged, index=False)


def skyserver(sql: str) -> pd.DataFrame:
    """SkyServer's answer, through astroquery.

    Raises:
        InputError: if astroquery is not installed.
    """
    sdss: Any = astroquery("sdss").SDSS
    table = sdss.query_sql(sql, data_release=17, timeout=60)
    return pd.DataFrame(columns=list(COLUMNS)) if table is None else table.to_pandas()


def astroquery(module: str) -> Any:
    """A module of astroquery, which is an extra.

    Raises:
        InputError: if it is not installed.
    """
    try:
        return import_module(f"astroquery.{module}")
    except ModuleNotFoundError as error:
        raise InputError(f"fetch: needs {error.name}; pip install 'astroquery>=0.4.11'") from None
