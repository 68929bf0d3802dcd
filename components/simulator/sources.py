"""What stands on a simulated sky: galaxies, their neighbours, stars and artifacts, as sums of Gaussians."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from truemorph.components.laws import DISK
from truemorph.components.simulator.catalogue import ARTIFACT
from truemorph.components.simulator.profiles import WIDTHS, sersic_enclosed, sersic_mixture

Floats = npt.NDArray[np.float64]

BULGE_SIZE = 0.25  # half-light radius of a bulge in that of its disk
BULGE_INDEX = 2.5
BULGE_ROUND = 0.7  # how far a bulge is rounder than its disk: 0 not at all, 1 a sphere
NEIGHBOURS = 5.5  # in a square arcminute


@dataclass(frozen=True)
class Sources:
    """Gaussians on the sky: flux (K, 3) in g, r, i, centre (K, 2) and covariance (K, 3: xx, xy, yy) in arcsec."""

    flux: Floats
    centre: Floats
    covariance: Floats


@dataclass(frozen=True)
class Arms:
    """Spiral arms, a wave on an exponential disk.

    Args:
        flux: (3,) flux in g, r, i of the disk that they ride on.
        radius: half-light radius of the disk along the major axis, arcsec.
        ratio: axis ratio of the disk, 0 to 1.
        angle: of the major axis, rad.
        strength: height of the wave in the disk's brightness, 0 to 1.
        number: of arms.
        winding: cotangent of the pitch angle, negative when they turn the other way.
        phase: rad.
    """

    flux: Floats
    radius: float
    ratio: float
    angle: float
    strength: float
    number: int
    winding: float
    phase: float


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


@lru_cache(maxsize=1)
def _composite() -> tuple[Floats, Floats]:
    """Bulge share, and half-light radius of bulge and disk together in that of the disk."""
    share = np.linspace(0.0, 0.7, 71)
    radius = np.linspace(0.05, 1.2, 1000)
    bulge, disk = sersic_enclosed(radius / BULGE_SIZE, BULGE_INDEX), sersic_enclosed(radius, 1.0)
    return share, np.array([np.interp(0.5, b * bulge + (1.0 - b) * disk, radius) for b in share])


def _colours(magnitude: float, g_r: float, r_i: float) -> Floats:
    """(3,) flux in nanomaggies in g, r, i."""
    return np.asarray(10.0 ** ((22.5 - magnitude + np.array([-g_r, 0.0, r_i])) / 2.5))


def _early(row: Any, radius: float, angle: float, rng: np.random.Generator) -> Sources:
    """A smooth galaxy: one Sersic profile, red, with a slight gradient."""
    g_r = 0.79 + 0.09 * rng.standard_normal() - 0.05 * (row.absPetroMag_r + 21.5) / 2.0
    flux = _colours(row.petroMag_r, g_r, 0.36 * g_r + 0.09 + 0.015 * rng.standard_normal())
    return sersic(row.ng, radius, 1.0 - row.e, angle, flux, 0.03 + 0.02 * rng.standard_normal())


def _late(row: Any, radius: float, angle: float, rng: np.random.Generator) -> tuple[Sources, Arms]:
    """A disk galaxy: exponential disk, bulge and perhaps a bar as Gaussians, and spiral arms.

    The bulge's share is what makes a Sersic fit find ng: a fit of one profile to an exponential disk with a bulge of
    share B gives ng = 1 + 4.8 B to 0.15, for B up to 0.4.
    """
    u = rng.random(8)
    bulge = min(0.65, max(0.0, (row.ng - 1.0) / 4.8 + 0.02 * (2.0 * u[0] - 1.0)))
    shares, halves = _composite()
    disk_radius = radius / float(np.interp(bulge, shares, halves))
    ratio = max(0.1, 1.0 - row.e * (1.0 + 0.35 * bulge))
    dust = 0.12 * max(0.0, row.e - 0.4)
    disk_g_r = 0.48 + 0.14 * rng.standard_normal() + 0.25 * bulge + dust
    disk_colour = _colours(row.petroMag_r, disk_g_r, 0.36 * disk_g_r + 0.06 + 0.02 * rng.standard_normal())
    bulge_colour = _colours(row.petroMag_r, 0.86 + 0.05 * rng.standard_normal() + dust, 0.40)
    bar = 0.22 * u[1] if u[2] < 0.35 and ratio > 0.35 else 0.0
    turn = math.pi * u[3]
    disk_flux = (1.0 - bulge) * (1.0 - bar) * disk_colour
    bar_flux = (1.0 - bulge) * bar * (0.6 * bulge_colour + 0.4 * disk_colour)
    round_ratio = ratio + (1.0 - ratio) * BULGE_ROUND
    parts = [
        sersic(min(row.ng, 1.0), disk_radius, ratio, angle, disk_flux, 0.06),
        sersic(BULGE_INDEX, disk_radius * BULGE_SIZE, round_ratio, angle, bulge * bulge_colour),
        _bar(disk_radius, ratio, angle, turn, bar_flux),
    ]
    winding = (1.0 if u[7] < 0.5 else -1.0) / math.tan(math.radians(12.0 + 18.0 * u[6]))
    wave_flux = disk_flux * np.array([1.25, 1.0, 0.85])  # young stars: bluer than the disk
    number, strength = (2 if u[5] < 0.75 else 3), 0.2 + 0.7 * u[4]
    return merge(parts), Arms(wave_flux, disk_radius, ratio, angle, strength, number, winding, turn)


def _bar(radius: float, ratio: float, angle: float, bar_angle: float, flux: Floats) -> Sources:
    """A bar: one flat Gaussian in the plane of the disk, then projected."""
    inner = ellipse(0.55 * radius, 0.28, bar_angle)
    c, s = math.cos(angle), math.sin(angle)
    turn = np.array([[c, -s], [s, c]]) @ np.diag([1.0, ratio])
    sky = turn @ np.array([[inner[0], inner[1]], [inner[1], inner[2]]]) @ turn.T
    return Sources(flux[None, :], np.zeros((1, 2)), np.array([[sky[0, 0], sky[0, 1], sky[1, 1]]]))


def _neighbours(row: Any, side: float, rng: np.random.Generator) -> list[Sources]:
    """Stars and small galaxies around the galaxy, none on it."""
    found = []
    for _ in range(min(int(rng.poisson(NEIGHBOURS * (side / 60.0) ** 2)), 14)):
        u = rng.random(7)
        centre = (u[:2] - 0.5) * side
        magnitude = 22.0 + 2.2 * math.log10(max(u[2], 4e-3))
        if np.hypot(*centre) < 1.4 * row.petroR90_r:
            continue
        if u[3] < 0.5:
            g_r = 0.35 + 1.15 * u[4] ** 1.5
            flux = _colours(magnitude, g_r, 0.25 * g_r if g_r < 1.2 else 0.3 + 2.0 * (g_r - 1.2))
            found.append(Sources(flux[None, :], centre[None, :], np.zeros((1, 3))))
        else:
            flux = _colours(magnitude, 0.4 + 0.9 * u[4], 0.15 + 0.4 * u[4])
            shape = ellipse(0.4 + 1.0 * u[5], 0.3 + 0.7 * u[6], math.pi * u[3] * 2.0)
            found.append(
                Sources(
                    flux * np.array([[0.45], [0.55]]),
                    np.tile(centre, (2, 1)),
                    np.array([[0.2], [1.4]]) * shape,
                )
            )
    return found


def _artifact(row: Any, side: float, rng: np.random.Generator) -> list[Sources]:
    """What is no galaxy: a bright star with halo and spikes, a satellite's trail, or a double star."""
    u = rng.random(8)
    centre = (u[:2] - 0.5) * 0.04 * side
    angle = math.pi * u[2]
    if u[3] < 0.5:
        flux = _colours(row.petroMag_r - 1.5 - 2.0 * u[4], 0.3 + u[5], 0.1 + 0.3 * u[5])
        shapes = [np.zeros(3), np.full(3, 1.0) * [1, 0, 1] * (0.03 * side) ** 2]
        shapes += [ellipse(0.13 * side, 0.03, angle), ellipse(0.13 * side, 0.03, angle + math.pi / 2.0)]
        return [
            Sources(share * flux[None, :], centre[None, :], shape[None, :])
            for share, shape in zip((0.85, 0.09, 0.03, 0.03), shapes, strict=True)
        ]
    if u[3] < 0.8:
        tint = np.array([1.6, 1.0, 0.5]) if u[4] < 0.5 else np.array([0.5, 1.0, 1.5])
        flux = tint * 10.0 ** ((22.5 - row.petroMag_r + 1.0) / 2.5)
        return [Sources(flux[None, :], centre[None, :], ellipse(0.6 * side, 0.004, angle)[None, :])]
    flux = _colours(row.petroMag_r, 0.4 + 0.8 * u[5], 0.15 + 0.4 * u[5])
    gap = (0.02 + 0.05 * u[6]) * side * np.array([math.cos(angle), math.sin(angle)])
    return [
        Sources(share * flux[None, :], (centre + shift * gap)[None, :], np.zeros((1, 3)))
        for share, shift in ((0.6, 0.4), (0.4, -0.6))
    ]


def scene(row: Any, side: float, rng: np.random.Generator) -> tuple[Sources, Arms | None]:
    """All that stands in the stamp of one galaxy.

    Args:
        row: a row of the catalogue.
        side: side of the stamp, arcsec.
        rng: source of all that is random here.

    Returns:
        The Gaussians, and the spiral arms of a disk.
    """
    angle = math.pi * rng.random()
    radius = row.petroRad_r / row.petro_per_Rhlr
    neighbours = _neighbours(row, side, rng)
    if row.label == ARTIFACT:
        return merge(_artifact(row, side, rng) + neighbours), None
    if row.label == DISK:
        galaxy, arms = _late(row, radius, angle, rng)
        return merge([galaxy, *neighbours]), arms
    return merge([_early(row, radius, angle, rng), *neighbours]), None
