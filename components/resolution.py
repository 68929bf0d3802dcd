"""How well a galaxy is resolved: alpha, its Petrosian radius in units of the PSF's standard deviation."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from truemorph.components.errors import InputError

FWHM_PER_SIGMA = 2.0 * math.sqrt(2.0 * math.log(2.0))


def resolution(petroRad_r: npt.ArrayLike, psfWidth_r: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Resolution of a galaxy image, the observable on which mislabelling depends.

    Formula: alpha = petroRad_r / sigma_PSF = 2 sqrt(2 ln 2) petroRad_r / psfWidth_r.

    Args:
        petroRad_r: (N,) Petrosian radius in the r band, > 0; numbers are in arcsec, an astropy Quantity or a column
            with a unit is converted.
        psfWidth_r: (N,) effective PSF width (FWHM) in the r band, > 0, likewise; SDSS Field.psfWidth_r.

    Returns:
        (N,) float64 alpha, dimensionless, > 0; a masked array where one of the two is masked.

    Raises:
        ValueError: if a radius or a width is not finite and positive, or its unit is not one of angle. The SDSS null
            -9999 is such a value.

    Examples:
        >>> float(resolution(4.0, 1.2).round(3))
        7.849
        >>> from astropy import units as u
        >>> float(resolution(0.1 * u.arcmin, 1200 * u.mas).round(3))
        11.774

    References:
        Medina-Rosales & Cabrera-Vives 2021, section 2.2.
    """
    radius, width = in_unit(petroRad_r, "arcsec", "petroRad_r"), in_unit(psfWidth_r, "arcsec", "psfWidth_r")
    for name, values in (("petroRad_r", radius), ("psfWidth_r", width)):
        bad = np.ma.filled(~(np.isfinite(values) & (values > 0)), False)
        if bad.any():
            raise ValueError(
                f"{name} must be finite and positive, in arcsec. Received: {np.asarray(values)[bad].flat[0]} "
                f"({int(bad.sum())} of {values.size} values); drop such rows first"
            )
    alpha: npt.NDArray[np.float64] = FWHM_PER_SIGMA * radius / width
    return alpha


def in_unit(values: npt.ArrayLike, unit: str, name: str) -> npt.NDArray[np.float64]:
    """Values as float64 in a unit; those that carry none are in it already. What is masked stays so.

    Args:
        values: numbers, an astropy Quantity or Column, masked or not.
        unit: the unit wanted, such as 'arcsec', or '' for a number without one.
        name: what to call the values in an error.

    Raises:
        ValueError: if the unit of the values is of another kind.
    """
    mask = getattr(values, "mask", None)
    bare: Any = np.array(getattr(values, "unmasked", values), dtype=np.float64)
    if getattr(values, "unit", None) is not None:
        from astropy import units

        try:
            bare = units.Quantity(bare, values.unit).to_value(unit)  # type: ignore[union-attr]
        except (units.UnitsError, TypeError) as error:
            wanted = unit or "no unit"
            raise ValueError(f"{name} must be in {wanted}, or convert to it. Received: {error}") from None
    return np.ma.array(bare, mask=mask) if isinstance(mask, (np.ndarray, np.bool_)) and np.any(mask) else bare


def refuse_masked(**columns: npt.ArrayLike) -> None:
    """Refuse columns, by name, of which a value is masked.

    Raises:
        InputError: if one is.
    """
    for name, values in columns.items():
        mask = getattr(values, "mask", None)
        if isinstance(mask, (np.ndarray, np.bool_)) and np.any(mask):
            count = f"{np.count_nonzero(mask)} of {np.size(mask)}"
            raise InputError(f"{name}: {count} values are masked; drop those rows first")
