"""A catalogue in tiles of the sky: every galaxy in its tile, once, and files as HATS names them."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy import units
from astropy_healpix import lonlat_to_healpix

from truemorph.components.catalogue import hats
from truemorph.components.errors import InputError

FACTS = {"truemorph": "0.1.0", "theta": 9.2}


def _table(n: int) -> pa.Table:
    rng = np.random.default_rng(0)
    ra, dec = rng.uniform(0, 360, n), np.degrees(np.arcsin(rng.uniform(-0.2, 1, n)))
    return pa.table({"objid": [f"g{i}" for i in range(n)], "p_disk": rng.random(n), "ra": ra, "dec": dec})


def test_every_galaxy_is_in_its_tile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hats, "MOST_ROWS", 60)
    table, path = _table(1000), tmp_path / "sky.hats"
    hats.write_hats([table[:400], table[400:]], FACTS, path)
    partitions = (path / "partition_info.csv").read_text().split()
    assert partitions[0] == "Norder,Npix"
    seen, known = [], {objid: row for row, objid in enumerate(table["objid"].to_pylist())}
    for line in partitions[1:]:
        order, pixel = map(int, line.split(","))
        part = pq.read_table(
            path / "dataset" / f"Norder={order}" / f"Dir={pixel // 10000 * 10000}" / f"Npix={pixel}.parquet"
        )
        assert 0 < len(part) <= 60
        ra, dec = (part[name].to_numpy() * units.deg for name in ("ra", "dec"))
        assert (lonlat_to_healpix(ra, dec, 2**order, order="nested") == pixel).all()
        index = part["_healpix_29"].to_numpy()
        assert (np.diff(index) >= 0).all() and (index >> 2 * (29 - order) == pixel).all()
        rows = [known[objid] for objid in part["objid"].to_pylist()]
        assert part["p_disk"].equals(table["p_disk"].take(pa.array(rows)))
        seen += rows
    assert sorted(seen) == list(range(1000))
    assert pq.read_metadata(path / "dataset" / "_metadata").num_rows == 1000
    told = dict(line.split("=", 1) for line in (path / "hats.properties").read_text().split("\n") if line)
    assert told["hats_nrows"] == "1000" and told["hats_order"] == max(line.split(",")[0] for line in partitions[1:])


def test_a_galaxy_without_a_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match="HATS cuts the sky into tiles, and dec is not known for all galaxies; run with --keep ra dec"
    ):
        hats.write_hats([_table(5).drop(["dec"])], FACTS, tmp_path / "sky.hats")
    assert not (tmp_path / "sky.hats").exists()
