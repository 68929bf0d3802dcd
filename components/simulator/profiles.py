"""Sersic profiles: their radii, and their expansion into Gaussians, which a Gaussian PSF blurs exactly."""

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.special import gamma, gammainc, gammaincinv

Floats = npt.NDArray[np.float64]

# Widths of the Gaussians, in half-light radii. What lies inside the smallest is below a tenth of a pixel.
WIDTHS: Floats = np.geomspace(0.014, 10.0, 16)
STEP = math.log(WIDTHS[1] / WIDTHS[0])
EULER_ORDER = 8
PETROSIAN_RATIO = 0.2


def sersic_b(n: npt.ArrayLike) -> Floats:
    """The constant b of a Sersic profile I(R) = exp(-b (R / R_e)^(1/n)), for n of shape (N,), 0.5 to 8."""
    return np.asarray(gammaincinv(2.0 * np.asarray(n, dtype=np.float64), 0.5))


def sersic_flux(n: float) -> float:
    """Total flux of I(R) = exp(-b R^(1/n)), R in half-light radii."""
    b = float(sersic_b(n))
    return 2.0 * math.pi * n * b ** (-2.0 * n) * float(gamma(2.0 * n))


def sersic_enclosed(radius: npt.ArrayLike, n: npt.ArrayLike) -> Floats:
    """Share of the flux within a radius, in half-light radii."""
    index = np.asarray(n, dtype=np.float64)
    return np.asarray(gammainc(2.0 * index, sersic_b(index) * np.asarray(radius) ** (1.0 / index)))


@lru_cache(maxsize=1)
def _euler() -> tuple[npt.NDArray[np.complex128], Floats]:
    """Nodes and weights of the transform that finds the amplitudes of the Gaussians."""
    order = EULER_ORDER
    xi = np.ones(2 * order + 1)
    xi[0] = 0.5
    xi[2 * order] = 2.0**-order
    for j in range(1, order):
        xi[2 * order - j] = xi[2 * order - j + 1] + 2.0**-order * math.comb(order, j)
    k = np.arange(2 * order + 1)
    nodes = np.sqrt(2.0 * order * math.log(10.0) / 3.0 + 2j * math.pi * k)
    weights = (-1.0) ** k * 2.0 * math.sqrt(2.0 * math.pi) * 10.0 ** (order / 3.0) * xi
    return nodes, weights


def _fluxes(n: float, widths: Floats) -> Floats:
    """Fluxes of Gaussians of log-spaced widths that make a Sersic profile of flux 1, where these widths dominate."""
    nodes, weights = _euler()
    profile = np.exp(-float(sersic_b(n)) * (widths[:, None] * nodes) ** (1.0 / n)).real
    step = abs(math.log(widths[1] / widths[0]))
    amplitudes = (weights * profile).sum(axis=1) * step / math.sqrt(2.0 * math.pi)
    return np.asarray(2.0 * math.pi * np.square(widths) * amplitudes / sersic_flux(n))


def sersic_mixture(n: float) -> Floats:
    """Fluxes of the Gaussians of widths WIDTHS that together make a Sersic profile of flux 1 and half-light radius 1.

    Formula: exp(-b R^(1/n)) = sum_k A_k exp(-R^2 / (2 s_k^2)), A_k from an integral transform of the profile;
    flux_k = 2 pi s_k^2 A_k. The narrowest Gaussian also holds what still narrower ones would; what wider ones would
    hold is left out, far outside any stamp (1e-3 of the flux at n = 2.5, 4 % at n = 6).

    Args:
        n: Sersic index, 0.8 to 6.5.

    Returns:
        (K,) fluxes.

    Raises:
        ValueError: if n is out of range.

    Example:
        >>> float(sersic_mixture(1.0).sum().round(3))
        1.0

    References:
        Shajib 2019, MNRAS 488, 1387, equations 6 to 11.
    """
    if not 0.8 <= n <= 6.5:
        raise ValueError(f"n must be between 0.8 and 6.5. Received: n={n}")
    fluxes = _fluxes(n, WIDTHS)
    fluxes[0] += _fluxes(n, WIDTHS[0] * np.exp(-STEP * np.arange(1.0, 24.0))).sum()
    return fluxes


@lru_cache(maxsize=1)
def _petrosian() -> tuple[Floats, Floats, Floats, Floats]:
    """Sersic index, Petrosian radius, and the radii of 50 and 90 % of the Petrosian flux, in half-light radii."""
    n = np.arange(0.5, 8.01, 0.05)[:, None]
    radius = np.geomspace(0.05, 30.0, 4000)[None, :]
    enclosed = sersic_enclosed(radius, n)
    flux = 2.0 * math.pi * n * sersic_b(n) ** (-2.0 * n) * gamma(2.0 * n)
    ratio = np.exp(-sersic_b(n) * radius ** (1.0 / n)) * math.pi * radius**2 / (enclosed * flux)
    grid = radius[0]
    petro = np.array([np.interp(-PETROSIAN_RATIO, -r, grid) for r in ratio])
    within = sersic_enclosed(2.0 * petro[:, None], n)
    r50, r90 = (
        np.array([np.interp(share * w, e, grid) for e, w in zip(enclosed, within[:, 0], strict=True)])
        for share in (0.5, 0.9)
    )
    return n[:, 0], petro, r50, r90


def petrosian_radii(n: npt.ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Petrosian radius, petroR50 and petroR90 of round Sersic profiles, in half-light radii.

    Formula: I(R) = 0.2 of the mean surface brightness within R; the flux is counted within 2 petroRad, as SDSS does.

    Args:
        n: (N,) Sersic index, 0.5 to 8.

    Returns:
        petroRad, petroR50, petroR90, each (N,), in half-light radii.

    Example:
        >>> [float(r.round(2)) for r in petrosian_radii(1.0)]
        [2.16, 0.99, 2.28]

    References:
        Graham et al. 2005, AJ 130, 1535, section 2.
    """
    index = np.asarray(n, dtype=np.float64)
    grid, *tables = _petrosian()
    petro, r50, r90 = (np.asarray(np.interp(index, grid, table)) for table in tables)
    return petro, r50, r90
