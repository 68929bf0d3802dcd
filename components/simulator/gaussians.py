"""Sums of Gaussians: what a simulated sky is drawn from."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from truemorph.components.simulator.profiles import WIDTHS, sersic_mixture

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sources:
    """Gaussians on the sky: flux (K, 3) in g, r, i, centre (K, 2) and covariance (K, 3: xx, xy, yy) in arcsec."""

    flux: Floats
    centre: Floats
    covariance: Floats


def ellipse(radius: float, ratio: float, angle: float) -> Floats:
    """Covariance (xx, xy, yy) of an ellipse of semi-major axis `radius`, axis ratio `ratio` at `angle` rad."""
    c, s = math.cos(angle), math.sin(angle)
    minor = ratio * ratio
    return radius * radius * np.array([c * c + minor * s * s, (1.0 - minor) * c * s, s * s + minor * c * c])


def sersic(n: float, radius: float, ratio: float, angle: float, flux: Floats, gradient: float = 0.0) -> Sources:
    """A Sersic profile as Gaussians.

    Args:
        n: Sersic index, 0.8 to 6.5.
        radius: half-light radius along the major axis, arcsec.
        ratio: axis ratio b/a, 0 to 1.
        angle: of the major axis, rad.
        flux: (3,) in g, r, i.
        gradient: how much bluer outwards: the light in g goes as radius^gradient against that in r.

    Returns:
        The Gaussians, centred.
    """
    shares = sersic_mixture(n)
    tinted = shares[:, None] * WIDTHS[:, None] ** (gradient * np.array([1.0, 0.0, -0.5]))
    return Sources(
        flux * tinted * (shares.sum() / tinted.sum(axis=0)),
        np.zeros((len(WIDTHS), 2)),
        np.square(WIDTHS)[:, None] * ellipse(radius, ratio, angle),
    )


def merge(parts: list[Sources]) -> Sources:
    """Several sources as one."""
    return Sources(*(np.concatenate([getattr(p, f) for p in parts]) for f in ("flux", "centre", "covariance")))


def in_colours(magnitude: float, g_r: float, r_i: float) -> Floats:
    """(3,) flux in nanomaggies in g, r, i."""
    return np.asarray(10.0 ** ((22.5 - magnitude + np.array([-g_r, 0.0, r_i])) / 2.5))
