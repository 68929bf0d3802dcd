"""Coordinates in every usual writing are degrees; what cannot be read is unknown."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy import units
from astropy.coordinates import Angle

from truemorph.components.tables.coordinates import degrees
from truemorph.components.tables.upstream_table import UpstreamTable


@pytest.mark.parametrize("text", ["12:30:49.423", "12h30m49.423s", "12 30 49.423", "12h30m49s", "0:0:1"])
def test_right_ascension_is_in_hours(text: str) -> None:
    assert degrees("ra", pd.Series([text]))[0] == pytest.approx(Angle(text, unit=units.hourangle).deg, abs=1e-10)


@pytest.mark.parametrize("text", ["+12:23:28.0", "-0:10:00.5", "12d23m28s", "-12 23 28", "+00 00 00"])
def test_declination_is_in_degrees(text: str) -> None:
    assert degrees("dec", pd.Series([text]))[0] == pytest.approx(Angle(text, unit=units.deg).deg, abs=1e-10)


def test_degrees_numbers_and_the_unknown() -> None:
    values = pd.Series(["187d42m00s", "187.7", None, "somewhere", "12:99:00"], dtype=object)
    np.testing.assert_allclose(degrees("ra", values), [187.7, 187.7, np.nan, np.nan, np.nan], rtol=1e-12)
    np.testing.assert_array_equal(degrees("dec", pd.Series([1, 2])), [1.0, 2.0])


def test_a_table_gives_degrees_whatever_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "votes.csv"
    path.write_text("objid,ra,dec\n1,00:00:01.50,+00:10:00.0\n2,,N/A\n3,15.5,here\n")
    table = UpstreamTable("positions", path, {name: name for name in ("objid", "ra", "dec")})
    found = pd.concat(table.batches())
    np.testing.assert_allclose(found["ra"], [0.00625, np.nan, 15.5])
    np.testing.assert_allclose(found["dec"], [1 / 6, np.nan, np.nan])
