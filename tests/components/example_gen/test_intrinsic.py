"""Sizes and luminosities against numbers worked out by other means."""

import numpy as np
import pytest
from scipy.integrate import quad

from truemorph.components.example_gen.intrinsic import absPetroMag_r, petroRad_r_kpc


@pytest.mark.parametrize("redshift", [0.01, 0.1, 0.25])
def test_kpc_against_the_integral_of_the_friedmann_equation(redshift: float) -> None:
    # WMAP9: H0 = 69.32, Om0 = 0.2865; radiation (Tcmb 2.725 K) changes the distance by less than 1e-4 here.
    hubble_distance = 299792.458 / 69.32 * 1000
    comoving = hubble_distance * quad(lambda z: 1 / np.sqrt(0.2865 * (1 + z) ** 3 + 0.7135), 0, redshift)[0]
    expected = 5.0 / 3600 * np.pi / 180 * comoving / (1 + redshift)
    assert petroRad_r_kpc(5.0, redshift) == pytest.approx(expected, rel=2e-4)


def test_absolute_magnitude_is_the_hubble_law() -> None:
    # c z / (70 km/s/Mpc) in units of 10 pc is 4.28e8 z.
    np.testing.assert_allclose(299792.458 / 70 * 1e6 / 10, 4.28e8, rtol=1e-3)
    assert absPetroMag_r(17.0, 0.05) == pytest.approx(17.0 - 5 * np.log10(2.14e7), abs=1e-12)


def test_an_unknown_redshift_stays_unknown() -> None:
    assert np.isnan(petroRad_r_kpc([5.0], [np.nan])).all()
    assert np.isnan(absPetroMag_r([17.0, np.nan], [np.nan, 0.1])).all()
    assert petroRad_r_kpc([], []).shape == (0,)
