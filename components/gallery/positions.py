"""Where galaxies stand on the sky, and where to look at them."""

from collections.abc import Collection
from pathlib import Path

import numpy as np

from truemorph.components.tables.columns import resolve
from truemorph.components.tables.upstream_table import UpstreamTable

Position = tuple[float, float]


def read_positions(path: Path, objids: Collection[str]) -> dict[str, Position]:
    """Right ascension and declination of some objects from any table that has them.

    Args:
        path: table with an id and, under any known spelling, ra and dec in degrees, J2000.
        objids: whose positions are wanted.

    Returns:
        (ra, dec) in degrees by objid; absent where the table has no such columns, no such object or no such value.

    Raises:
        InputError: if the table cannot be read or has no id.
    """
    columns = resolve(path, "positions", ["objid"], ["ra", "dec"])
    if not objids or len(columns) < 3:
        return {}
    wanted, found = set(objids), {}
    for batch in UpstreamTable("positions", path, columns).batches():
        rows = batch[batch["objid"].isin(wanted)]
        for objid, ra, dec in zip(rows["objid"], rows["ra"], rows["dec"], strict=True):
            if np.isfinite([ra, dec]).all() and 0 <= ra < 360 and -90 <= dec <= 90:
                found[objid] = (float(ra), float(dec))
    return found


def has_positions(path: Path) -> bool:
    """Whether a table has columns ra and dec, and a value in them.

    Raises:
        InputError: if the table cannot be read or has no id.
    """
    columns = resolve(path, "positions", ["objid"], ["ra", "dec"])
    batches = UpstreamTable("positions", path, columns).batches() if len(columns) == 3 else iter(())
    return any(batch[["ra", "dec"]].notna().all(axis=1).any() for batch in batches)


def links(objid: str, position: Position | None) -> dict[str, str]:
    """Pages about an object in public archives, by name.

    Args:
        objid: its SDSS id; the DR7 explorer takes ids of 18 digits.
        position: (ra, dec) in degrees, or None where not known.

    Example:
        >>> sorted(links("587722981736120347", (178.5, -1.1)))
        ['MAST', 'SDSS DR7 Explore', 'SDSS Navigate']
        >>> links("galaxy-1", None)
        {}
    """
    found = {}
    if position is not None:
        ra, dec = (f"{value:.5f}" for value in position)
        found["SDSS Navigate"] = f"https://skyserver.sdss.org/dr16/en/tools/chart/navi.aspx?ra={ra}&dec={dec}&scale=0.2"
        found["MAST"] = (
            f"https://mast.stsci.edu/portal/Mashup/Clients/Mast/Portal.html?searchQuery={ra}%20{dec}%20r%3D0.02"
        )
    if len(objid) == 18 and objid.isdigit():
        found["SDSS DR7 Explore"] = f"https://cas.sdss.org/dr7/en/tools/explore/obj.asp?id={objid}"
    return found
