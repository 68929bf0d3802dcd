"""How well a galaxy is resolved: alpha, its Petrosian radius in units of the PSF's standard deviation."""

import math

import numpy as np
import numpy.typing as npt

FWHM_PER_SIGMA = 2.0 * math.sqrt(2.0 * math.log(2.0))


def resolution(petroRad_r: npt.ArrayLike, psfWidth_r: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Resolution of a galaxy image, the observable on which mislabelling depends.

    Formula: alpha = petroRad_r / sigma_PSF = 2 sqrt(2 ln 2) petroRad_r / psfWidth_r.

    Args:
        petroRad_r: (N,) Petrosian radius in the r band, arcsec, > 0.
        psfWidth_r: (N,) effective PSF width (FWHM) in the r band, arcsec, > 0; SDSS Field.psfWidth_r.

    Returns:
        (N,) float64 alpha, dimensionless, > 0.

    Raises:
        ValueError: if a radius or a width is not finite and positive. The SDSS null -9999 is such a value.

    Example:
        >>> float(resolution(4.0, 1.2).round(3))
        7.849

    References:
        Medina-Rosales & Cabrera-Vives 2021, section 2.2.
    """
    radius = np.asarray(petroRad_r, dtype=np.float64)
    width = np.asarray(psfWidth_r, dtype=np.float64)
    for name, values in (("petroRad_r", radius), ("psfWidth_r", width)):
        bad = ~(np.isfinite(values) & (values > 0))
        if bad.any():
            raise ValueError(
                f"{name} must be finite and positive, in arcsec. Received: {values[bad].flat[0]} "
                f"({int(bad.sum())} of {values.size} values); drop such rows first"
            )
    return FWHM_PER_SIGMA * radius / width
