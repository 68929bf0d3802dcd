"""Intrinsic size and luminosity of a galaxy from what was observed and its redshift."""

import math

import numpy as np
import numpy.typing as npt

_RADIAN_PER_ARCSEC = math.pi / 648_000
_NODES = 24


def petroRad_r_kpc(petroRad_r: npt.ArrayLike, redshift: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Petrosian radius in kiloparsec.

    Formula: petroRad_r_kpc = petroRad_r * D_A(redshift), in the WMAP9 cosmology.

    Args:
        petroRad_r: (N,) Petrosian radius, arcsec, > 0.
        redshift: (N,) redshift, > 0, NaN where unknown.

    Returns:
        (N,) float64 kpc, NaN where the redshift is unknown.

    Example:
        >>> float(petroRad_r_kpc(5.0, 0.1).round(2))
        9.32

    References:
        Hinshaw et al. 2013, ApJS 208, 19, for the cosmology.
    """
    redshift = np.asarray(redshift, dtype=np.float64)
    return np.asarray(petroRad_r, dtype=np.float64) * _RADIAN_PER_ARCSEC * _distance(redshift)


def _distance(redshift: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Angular diameter distance in WMAP9, kpc, by the Gauss-Legendre rule over x = ln(1 + z), all galaxies at once.

    Astropy's own method is an adaptive quadrature a galaxy, which takes longer than all the rest of a join; with
    these nodes the two agree to 1e-12 for redshifts up to 20. WMAP9 is flat.
    """
    from astropy.cosmology import WMAP9

    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    x = np.log1p(redshift)[..., None] * (nodes + 1) / 2
    integral = (weights * np.exp(x) * WMAP9.inv_efunc(np.expm1(x))).sum(axis=-1) * np.log1p(redshift) / 2
    return WMAP9.hubble_distance.to_value("kpc") * integral / (1 + redshift)


def absPetroMag_r(petroMag_r: npt.ArrayLike, redshift: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Absolute Petrosian magnitude, without K-correction.

    Formula: absPetroMag_r = petroMag_r - 5 log10(4.28e8 redshift): Hubble's law with h = 0.7, distance in 10 pc.

    Args:
        petroMag_r: (N,) Petrosian magnitude, NaN where unknown.
        redshift: (N,) redshift, > 0, NaN where unknown.

    Returns:
        (N,) float64 magnitude, NaN where either is unknown.

    Example:
        >>> float(absPetroMag_r(17.0, 0.1).round(3))
        -21.157
    """
    return np.asarray(petroMag_r, dtype=np.float64) - 5.0 * np.log10(4.28e8 * np.asarray(redshift, dtype=np.float64))
