"""The catalogue of a simulated sky: what the galaxies are, and what a survey measures of them."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import betaincinv, ndtr, ndtri

from truemorph.components.laws import DISK, SMOOTH, ExponentialLaw
from truemorph.components.resolution import FWHM_PER_SIGMA, resolution
from truemorph.components.simulator.profiles import petrosian_radii

Floats = npt.NDArray[np.float64]

ARTIFACT = 2
TRUE_NAMES = ("smooth", "disk", "star_or_artifact")
ARTIFACT_SHARE = 0.03
ALPHA_RANGE = (4.0, 35.0)
REDSHIFT_RANGE = (0.01, 0.25)
FAINTEST = 17.77
STAMP_SIDE = 8.48  # in petroR90_r: 424 px of 0.02 petroR90_r, as Willett+13 cut them
DRAWS = 32  # uniform numbers a galaxy; a row of its own each, so that galaxy i is the same in a sky of any number
FIELDS = 800

# p(disk | ng, e, Rhlr) is logistic in these; about 0.85 of the galaxies can be told from the three alone.
WEIGHTS = (-1.45, 4.2, 0.15)
INTERCEPT = 2.3


def _normal(
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


def p_disk(ng: npt.ArrayLike, e: npt.ArrayLike, Rhlr: npt.ArrayLike) -> Floats:
    """True p(disk | ng, e, Rhlr) of every simulated sky.

    Formula: logistic(2.3 - 1.45 ng + 4.2 e + 0.15 Rhlr).

    Args:
        ng: (N,) Sersic index.
        e: (N,) ellipticity 1 - b/a.
        Rhlr: (N,) half-light radius, kpc.

    Returns:
        (N,) probability.
    """
    score = INTERCEPT + sum(w * np.asarray(x, dtype=np.float64) for w, x in zip(WEIGHTS, (ng, e, Rhlr), strict=True))
    return np.asarray(1.0 / (1.0 + np.exp(-score)))


def draw(galaxies: int, seed: int, theta: float, *, null: bool = False) -> pd.DataFrame:
    """Draw the galaxies of a sky: features first, then the class given the features, then the label that is seen.

    The class depends on (ng, e, Rhlr) only and the label seen on the class and alpha only, so that the model of CV14
    is exactly true here, whatever alpha depends on.

    Formula: y ~ p_disk(ng, e, Rhlr); p(seen smooth | disk) = exp(-alpha^2 / (2 theta^2)).

    Args:
        galaxies: number of rows, > 0.
        seed: the sky's number, >= 0.
        theta: scale of the mislabelling, > 0.
        null: true for a sky where every label seen is the true one.

    Returns:
        One row a galaxy: objid (int64), ng, e, Rhlr (kpc), redshift, petroRad_r, petroR50_r, petroR90_r, psfWidth_r
        (arcsec), petroMag_r, absPetroMag_r, alpha, label, label_seen (0 smooth, 1 disk, 2 star or artifact), p_flip.

    References:
        Cabrera, Miller & Schneider 2014; Medina-Rosales & Cabrera-Vives 2021, equations 1 to 4.
    """
    u = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, 1]))).random((galaxies, DRAWS)).T
    late = u[0] < 0.55
    ng = np.where(late, np.exp(_normal(u[1], np.log(1.45), 0.36, np.log(0.8), np.log(5.5))), 0.0)
    ng = np.where(late, ng, _normal(u[1], 3.7, 1.0, 1.2, 6.2)).round(2)
    q0 = 0.14 + 0.1 * u[2]
    inclined = np.sqrt(np.square(u[3]) * (1.0 - np.square(q0)) + np.square(q0))
    e = np.where(late, 1.0 - inclined, 0.62 * np.asarray(betaincinv(1.5, 2.6, u[3]))).round(2)
    median = np.asarray(np.log(np.where(late, 6.2, 4.6)))
    Rhlr = np.exp(_normal(u[4], median, 0.40, np.log(1.4), np.log(17.0))).round(2)

    petro, r50, r90 = petrosian_radii(ng)
    aperture = np.sqrt((1.0 + np.square(1.0 - e)) / 2.0)  # a circle sees a flattened galaxy smaller than its major axis
    sigma = 10.0 ** _normal(u[5], np.log10(0.56), 0.06, np.log10(0.4), np.log10(0.8))
    psfWidth_r = (FWHM_PER_SIGMA * sigma).round(5)
    kpc = petro * aperture * Rhlr
    redshifts, scales = _distances()
    least, most = (np.interp(z, redshifts, scales) for z in REDSHIFT_RANGE)
    low = np.log10(np.maximum(ALPHA_RANGE[0], kpc / most / sigma))
    high = np.log10(np.minimum(ALPHA_RANGE[1], kpc / least / sigma))
    wanted = np.log10(11.0) + 0.3 * np.log10(Rhlr / 5.5)
    petroRad_r = (10.0 ** _normal(u[6], wanted, 0.20, low, high) * psfWidth_r / FWHM_PER_SIGMA).round(5)
    alpha = resolution(petroRad_r, psfWidth_r)
    redshift = np.interp(kpc / petroRad_r, scales, redshifts).round(6)
    typical = -21.5 - 4.0 * np.log10(Rhlr / 5.5) - 0.1 * (ng - 2.0)
    modulus = 5.0 * np.log10(4.28e8 * redshift)
    absolute = _normal(u[7], typical, 0.35, high=np.maximum(FAINTEST - modulus, typical - 0.7)).round(3)
    petroMag_r = (absolute + modulus).round(3)

    label = np.where(u[8] < p_disk(ng, e, Rhlr), DISK, SMOOTH)
    label = np.where(u[9] < ARTIFACT_SHARE, ARTIFACT, label)
    p_flip = np.where(label == DISK, 0.0 if null else ExponentialLaw(theta).flip_probability(alpha), 0.0).round(6)
    seen = np.where(u[10] < p_flip, SMOOTH, label)
    rows = np.arange(galaxies, dtype=np.int64)
    return pd.DataFrame(
        {
            "objid": object_ids(rows, u[11], u[12]),
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
            "label": label,
            "label_seen": seen,
            "p_flip": p_flip,
        }
    )
