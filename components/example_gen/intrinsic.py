"""Intrinsic size and luminosity of a galaxy from what was observed and its redshift."""

import math

import numpy as np
import numpy.typing as npt

_RADIAN_PER_ARCSEC = math.pi / 648_000


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
    from astropy.cosmology import WMAP9

    redshift = np.asarray(redshift, dtype=np.float64)
    known = np.isfinite(redshift)
    distance = np.full(redshift.shape, np.nan)
    if known.any():
        distance[known] = WMAP9.angular_diameter_distance(redshift[known]).to_value("kpc")
    return np.asarray(petroRad_r, dtype=np.float64) * _RADIAN_PER_ARCSEC * distance


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
