"""alpha from radii and widths: plain numbers, Quantities, columns with units, masks."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from astropy import units as u
from astropy.table import Column, MaskedColumn
from astropy.utils.masked import Masked

from truemorph.components.bias_estimator.cv14 import fit_cv14
from truemorph.components.bias_estimator.fractions import fit_fractions
from truemorph.components.errors import InputError
from truemorph.components.resolution import resolution

SIGMA = 2 * np.sqrt(2 * np.log(2))


def test_plain_numbers_are_in_arcsec() -> None:
    np.testing.assert_allclose(resolution([4.0, 6.0], [1.2, 1.5]), [SIGMA * 4 / 1.2, SIGMA * 4], rtol=1e-15)


@pytest.mark.parametrize("radius", [[0.1, 0.2] * u.arcmin, Column([0.1, 0.2], unit="arcmin"), [6000, 12000] * u.mas])
def test_angles_are_converted(radius: Any) -> None:
    alpha = resolution(radius, 1.2)
    assert type(alpha) is np.ndarray
    np.testing.assert_allclose(alpha, [SIGMA * 6 / 1.2, SIGMA * 12 / 1.2])


@pytest.mark.parametrize("radius", [4 * u.kpc, 4 * u.dimensionless_unscaled, Column([4.0], unit="mag")])
def test_units_of_another_kind_are_refused(radius: Any) -> None:
    with pytest.raises(ValueError, match="petroRad_r must be in arcsec, or convert to it"):
        resolution(radius, 1.2)


@pytest.mark.parametrize(
    "radius",
    [
        np.ma.array([4.0, -9999.0], mask=[False, True]),
        MaskedColumn([4.0, -9999.0], mask=[False, True], unit="arcsec"),
        Masked([4.0, -9999.0] * u.arcsec, mask=[False, True]),
    ],
)
def test_masks_are_kept(radius: Any) -> None:
    alpha = resolution(radius, [1.2, 1.2])
    assert np.ma.getmaskarray(alpha).tolist() == [False, True]
    assert alpha[0] == pytest.approx(SIGMA * 4 / 1.2)


def test_what_is_no_size_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"petroRad_r must be finite and positive.*Received: -9999.0 \(1 of 2 values\)"
    ):
        resolution([4.0, -9999.0], 1.2)
    with pytest.raises(ValueError, match=r"psfWidth_r must be finite and positive.*Received: 0.0"):
        resolution([4.0, 5.0], np.ma.array([0.0, 1.2], mask=[False, True]))


@pytest.mark.parametrize("fit", [lambda y, a: fit_cv14(np.arange(len(y))[:, None], y, a), fit_fractions])
def test_fits_of_theta_refuse_masks_and_units(fit: Callable[..., Any]) -> None:
    labels, alpha = np.array([0, 1, 1, 0]), np.array([3.0, 5.0, 9.0, -9999.0])
    with pytest.raises(InputError, match="alpha: 1 of 4 values are masked; drop those rows first"):
        fit(labels, np.ma.masked_less(alpha, 0))
    with pytest.raises(InputError, match="labels: 1 of 4 values are masked"):
        fit(np.ma.array(labels, mask=alpha < 0), np.abs(alpha))
    with pytest.raises(ValueError, match="alpha must be in no unit"):
        fit(labels, np.abs(alpha) * u.arcsec)
    percent = fit(np.tile(labels, 3), np.tile(np.abs(alpha), 3) * 100 * u.percent)
    assert percent.status == fit(np.tile(labels, 3), np.tile(np.abs(alpha), 3)).status
