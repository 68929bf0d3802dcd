"""What a simulated survey measures of its galaxies: ids, distances, sizes, seeing, magnitudes."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtr, ndtri

from truemorph.components.resolution import FWHM_PER_SIGMA, resolution
from truemorph.components.simulator.profiles import petrosian_radii

Floats = npt.NDArray[np.float64]

ARTIFACT = 2
TRUE_NAMES = ("smooth", "disk", "star_or_artifact")
ALPHA_RANGE = (4.0, 35.0)
REDSHIFT_RANGE = (0.01, 0.25)
FAINTEST = 17.77
STAMP_SIDE = 8.48  # in petroR90_r: 424 px of 0.02 petroR90_r, as Willett+13 cut them
DRAWS = 32  # uniform numbers a galaxy; a row of its own each, so that galaxy i is the same in a sky of any number
FIELDS = 800


def uniform(galaxies: int, seed: int) -> Floats:
    """(32, N) uniform numbers of a sky: a column a galaxy."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, 1]))).random((galaxies, DRAWS)).T


def normal(
    u: Floats, mean: Floats | float, sigma: float, low: Floats | float = -np.inf, high: Floats | float = np.inf
) -> Floats:
    """Normal numbers kept within [low, high], from uniform ones."""
    below, above = ndtr((low - mean) / sigma), ndtr((high - mean) / sigma)
    return np.asarray(mean + sigma * ndtri(below + u * (above - below)))


@lru_cache(maxsize=1)
def _distances() -> tuple[Floats, Floats]:
    """Redshift and kpc per arcsec, flat LCDM of WMAP9 (H0 69.32, Omega_m 0.2865)."""
    z = np.linspace(0.0, 0.6, 6001)
    rate = 1.0 / np.sqrt(0.2865 * (1.0 + z) ** 3 + 0.7135)
    comoving = 299792.458 / 69.32 * np.concatenate([[0.0], np.cumsum((rate[1:] + rate[:-1]) / 2.0) * (z[1] - z[0])])
    return z, comoving / (1.0 + z) * 1000.0 * np.pi / 180.0 / 3600.0


def object_ids(rows: npt.NDArray[np.int64], u_run: Floats, u_camcol: Floats) -> npt.NDArray[np.int64]:
    """18-digit ids whose bits read as SDSS DR7 ones (skyVersion, rerun, run, camcol, field, obj), all different."""
    run = 752 + np.floor(u_run * 7410).astype(np.int64)
    camcol = 1 + np.floor(u_camcol * 6).astype(np.int64)
    field, number = 11 + rows % FIELDS, 1 + rows // FIELDS
    return (1 << 59) | (np.int64(40) << 48) | (run << 32) | (camcol << 29) | (field << 16) | number


def observe(ng: Floats, e: Floats, Rhlr: Floats, u: Floats) -> pd.DataFrame:
    """Set galaxies at a distance behind an atmosphere, and measure them.

    Args:
        ng: (N,) Sersic index.
        e: (N,) ellipticity 1 - b/a.
        Rhlr: (N,) half-light radius, kpc.
        u: (32, N) the sky's uniform numbers; 5 to 7, 11 and 12 are used.

    Returns:
        One row a galaxy: objid (int64), ng, e, Rhlr, redshift, petroRad_r, petroR50_r, petroR90_r, psfWidth_r (arcsec),
        petroMag_r, absPetroMag_r, petro_per_Rhlr, alpha.
    """
    petro, r50, r90 = petrosian_radii(ng)
    aperture = np.sqrt((1.0 + np.square(1.0 - e)) / 2.0)  # a circle sees a flattened galaxy smaller than its major axis
    sigma = 10.0 ** normal(u[5], np.log10(0.56), 0.06, np.log10(0.4), np.log10(0.8))
    psfWidth_r = (FWHM_PER_SIGMA * sigma).round(5)
    kpc = petro * aperture * Rhlr
    redshifts, scales = _distances()
    least, most = (np.interp(z, redshifts, scales) for z in REDSHIFT_RANGE)
    low = np.log10(np.maximum(ALPHA_RANGE[0], kpc / most / sigma))
    high = np.log10(np.minimum(ALPHA_RANGE[1], kpc / least / sigma))
    wanted = np.log10(11.0) + 0.3 * np.log10(Rhlr / 5.5)
    petroRad_r = (10.0 ** normal(u[6], wanted, 0.20, low, high) * psfWidth_r / FWHM_PER_SIGMA).round(5)
    alpha = resolution(petroRad_r, psfWidth_r)
    redshift = np.interp(kpc / petroRad_r, scales, redshifts).round(6)
    typical = -21.5 - 4.0 * np.log10(Rhlr / 5.5) - 0.1 * (ng - 2.0)
    modulus = 5.0 * np.log10(4.28e8 * redshift)
    absolute = normal(u[7], typical, 0.35, high=np.maximum(FAINTEST - modulus, typical - 0.7)).round(3)
    petroMag_r = (absolute + modulus).round(3)
    return pd.DataFrame(
        {
            "objid": object_ids(np.arange(len(ng), dtype=np.int64), u[11], u[12]),
            "ng": ng,
            "e": e,
            "Rhlr": Rhlr,
            "redshift": redshift,
            "petroRad_r": petroRad_r,
            "petroR50_r": (r50 / petro * petroRad_r).round(5),
            "petroR90_r": (r90 / petro * petroRad_r).round(5),
            "psfWidth_r": psfWidth_r,
            "petroMag_r": petroMag_r,
            "absPetroMag_r": absolute,
            "petro_per_Rhlr": petro * aperture,
            "alpha": alpha,
        }
    )
