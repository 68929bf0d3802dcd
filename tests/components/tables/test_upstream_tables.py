"""Tables in the very form in which SkyServer, CasJobs, VizieR and the CDS hand them out."""

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.table import Table

from truemorph.components.errors import InputError
from truemorph.components.tables.table import batches, column_names, read_columns

IDS = ["587722981736120347", "588848900446028045", "587739505552785605"]
SKYSERVER = "#Table1\nOBJID,dr7objid,petroRad_r,psfWidth_r,z\n" + "".join(
    f"123765{n},{objid},{4.5 + n},{1.2 + n},null\n" for n, objid in enumerate(IDS)
)
VIZIER = (
    "#\n#   VizieR Astronomical Server\n#Name: J/ApJS/196/11/table3\n#Column\tobjID\t(A18)\tSDSS identifier\n\n"
    "objID{0}ng{0}e{0}Rhlr\n{0}{0}{0}kpc\n------------------{0}-----{0}----{0}------\n"
    + "".join(f"{objid}{{0}}{n + 0.5}{{0}}0.{n}{{0}} -99.99\n" for n, objid in enumerate(IDS))
    + "\n"
)
README = """J/ApJS/196/11      Bulge+disk decompositions of SDSS galaxies     (Simard+, 2011)
================================================================================
File Summary:
--------------------------------------------------------------------------------
 FileName      Lrecl  Records   Explanations
--------------------------------------------------------------------------------
ReadMe            80        .   This file
table3.dat        40        3   Pure Sersic structural parameters
--------------------------------------------------------------------------------

Byte-by-byte Description of file: table3.dat
--------------------------------------------------------------------------------
   Bytes Format Units   Label     Explanations
--------------------------------------------------------------------------------
   1- 18  A18   ---     objID     SDSS object identifier
  20- 26  F7.2  kpc     Rhlr      ?=-99.99 r-band semi-major half-light radius
  28- 32  F5.2  ---     e         Ellipticity
  34- 38  F5.2  ---     ng        Sersic index
      40  A1    ---     Sp        [a-z]? Flag
--------------------------------------------------------------------------------
"""


def test_skyserver_and_casjobs(tmp_path: Path) -> None:
    for name, text in (("skyserver.csv", SKYSERVER), ("casjobs.csv", SKYSERVER.partition("\n")[2])):
        path = tmp_path / name
        path.write_text(text)
        assert column_names(path) == ["OBJID", "dr7objid", "petroRad_r", "psfWidth_r", "z"]
        table = read_columns(path, ["petroRad_r", "z"], ids=["dr7objid"])
        assert table["dr7objid"].to_list() == IDS
        assert table["petroRad_r"].to_list() == [4.5, 5.5, 6.5] and table["z"].isna().all()


@pytest.mark.parametrize("delimiter", ["\t", ";"])
@pytest.mark.parametrize("ending", [".tsv", ".csv", ".tsv.gz"])
def test_vizier_text(tmp_path: Path, delimiter: str, ending: str) -> None:
    path = tmp_path / f"simard{ending}"
    text = VIZIER.format(delimiter).encode()
    path.write_bytes(gzip.compress(text) if ending.endswith(".gz") else text)
    table = read_columns(path, ["ng", "Rhlr"], ids=["objID"])
    assert table["objID"].to_list() == IDS
    assert table["ng"].to_list() == [0.5, 1.5, 2.5] and table["Rhlr"].to_list() == [-99.99] * 3


@pytest.mark.parametrize("pack", [lambda data: data, gzip.compress])
def test_cds_fixed_width(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    rows = [
        f"{objid} {radius:7.2f} {0.25:5.2f} {n + 0.5:5.2f}"
        for n, (objid, radius) in enumerate(zip(IDS, [3.25, -99.99, 12.5], strict=True))
    ]
    path = tmp_path / ("table3.dat" if pack(b"") == b"" else "table3.dat.gz")
    path.write_bytes(pack("\r\n".join([rows[0] + " x", *rows[1:]]).encode()))
    with pytest.raises(InputError, match=r"its description .*ReadMe is missing; put the catalogue's ReadMe beside"):
        column_names(path)
    (tmp_path / "ReadMe").write_text(README)
    assert column_names(path) == ["objID", "Rhlr", "e", "ng", "Sp"]
    found = list(batches(path, ["Rhlr", "ng", "Sp"], ids=["objID"], rows=2))
    assert [len(table) for table in found] == [2, 1]
    table = pd.concat(found)
    assert table["objID"].to_list() == IDS
    np.testing.assert_array_equal(table["Rhlr"], [3.25, np.nan, 12.5])
    np.testing.assert_array_equal(table["ng"], [0.5, 1.5, 2.5])
    assert table["Sp"].iloc[0] == "x" and table["Sp"].isna().to_list() == [False, True, True]


def test_a_readme_of_another_table_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "table9.dat").write_text("1\n")
    (tmp_path / "ReadMe").write_text(README)
    with pytest.raises(InputError, match=r"table9\.dat: cannot be read"):
        column_names(tmp_path / "table9.dat")


@pytest.mark.parametrize("ending", [".fits", ".fits.gz", ".vot", ".vot.gz", ".csv.gz"])
def test_the_release_in_its_other_forms(tmp_path: Path, ending: str) -> None:
    """int64 ids, text padded to a width, a float32 with NaN, and columns that nobody asks for."""
    table = Table(
        {
            "dr7objid": np.array([int(objid) for objid in IDS]),
            "sample": ["original", "extra", "stripe82"],
            "t01_smooth_or_features_a01_smooth_debiased": np.array([0.1, np.nan, 0.3], dtype=np.float32),
            "rastring": ["00:00:01.5", "", "12:00:00"],
        }
    )
    path = tmp_path / f"gz2_hart16{ending}"
    plain = tmp_path / f"plain{ending.removesuffix('.gz')}"
    table.write(plain, format={".fits": "fits", ".vot": "votable", ".csv": "csv"}[plain.suffix])
    path.write_bytes(gzip.compress(plain.read_bytes()) if ending.endswith(".gz") else plain.read_bytes())
    assert column_names(path) == table.colnames
    found = read_columns(path, ["t01_smooth_or_features_a01_smooth_debiased", "sample"], ids=["dr7objid"])
    assert found["dr7objid"].to_list() == IDS
    assert found["sample"].str.strip().to_list() == ["original", "extra", "stripe82"]
    np.testing.assert_allclose(found.iloc[:, 1].astype(float), [0.1, np.nan, 0.3], rtol=1e-6)
