"""How the galaxies of a simulated sky look: ellipticals, disks with arms and bars, lenticulars between them."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from truemorph.components.simulator.gaussians import Sources, ellipse, in_colours, merge, sersic
from truemorph.components.simulator.profiles import sersic_enclosed

Floats = npt.NDArray[np.float64]

BULGE_SIZE = 0.25  # half-light radius of a bulge in that of its disk
BULGE_INDEX = 2.5
BULGE_ROUND = 0.7  # how far a bulge is rounder than its disk: 0 not at all, 1 a sphere


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


@dataclass(frozen=True)
class Look:
    """What a disk galaxy has to show.

    Args:
        bulge: share of the light in the bulge.
        ratio: axis ratio of the disk.
        bar: share of the disk's light in a bar; 0: none.
        turn: angle of bar and arms in the disk, rad.
        strength, number, winding: of the arms, as in `Arms`.
    """

    bulge: float
    ratio: float
    bar: float
    turn: float
    strength: float
    number: int
    winding: float


def look(row: Any, rng: np.random.Generator) -> Look:
    """Draw what a disk galaxy has to show.

    The bulge's share is what makes a Sersic fit find ng: a fit of one profile to an exponential disk with a bulge of
    share B gives ng = 1 + 4.8 B to 0.15, for B up to 0.4.

    Args:
        row: a row of the catalogue.
        rng: source of what is random.
    """
    u = rng.random(8)
    bulge = min(0.65, max(0.0, (row.ng - 1.0) / 4.8 + 0.02 * (2.0 * u[0] - 1.0)))
    ratio = max(0.1, 1.0 - row.e * (1.0 + 0.35 * bulge))
    bar = 0.22 * u[1] if u[2] < 0.35 and ratio > 0.35 else 0.0
    winding = (1.0 if u[7] < 0.5 else -1.0) / math.tan(math.radians(12.0 + 18.0 * u[6]))
    strength = 0.0 if row.lenticular else 0.2 + 0.7 * u[4]
    return Look(bulge, ratio, bar, math.pi * u[3], strength, 2 if u[5] < 0.75 else 3, winding)


@lru_cache(maxsize=1)
def _composite() -> tuple[Floats, Floats]:
    """Bulge share, and half-light radius of bulge and disk together in that of the disk."""
    share = np.linspace(0.0, 0.7, 71)
    radius = np.linspace(0.05, 1.2, 1000)
    bulge, disk = sersic_enclosed(radius / BULGE_SIZE, BULGE_INDEX), sersic_enclosed(radius, 1.0)
    return share, np.array([np.interp(0.5, b * bulge + (1.0 - b) * disk, radius) for b in share])


def disk_radius(radius: float, bulge: float) -> float:
    """Half-light radius of the disk alone, from that of disk and bulge together and the bulge's share."""
    return radius / float(np.interp(bulge, *_composite()))


def early(row: Any, radius: float, angle: float, rng: np.random.Generator) -> Sources:
    """A smooth galaxy: one Sersic profile, red, with a slight gradient."""
    g_r = early_g_r(row, rng)
    flux = in_colours(row.petroMag_r, g_r, 0.36 * g_r + 0.09 + 0.015 * rng.standard_normal())
    return sersic(row.ng, radius, 1.0 - row.e, angle, flux, 0.03 + 0.02 * rng.standard_normal())


def early_g_r(row: Any, rng: np.random.Generator) -> float:
    """Colour g - r of a galaxy that forms no stars."""
    return float(0.79 + 0.09 * rng.standard_normal() - 0.05 * (row.absPetroMag_r + 21.5) / 2.0)


def late(row: Any, seen: Look, radius: float, angle: float, rng: np.random.Generator) -> tuple[Sources, Arms]:
    """A disk galaxy: exponential disk, bulge and perhaps a bar as Gaussians, and spiral arms."""
    bulge, bar, wide = seen.bulge, seen.bar, disk_radius(radius, seen.bulge)
    dust = 0.12 * max(0.0, row.e - 0.4)
    disk_g_r = 0.48 + 0.14 * rng.standard_normal() + 0.25 * bulge + dust
    disk_colour = in_colours(row.petroMag_r, disk_g_r, 0.36 * disk_g_r + 0.06 + 0.02 * rng.standard_normal())
    bulge_colour = in_colours(row.petroMag_r, 0.86 + 0.05 * rng.standard_normal() + dust, 0.40)
    disk_flux = (1.0 - bulge) * (1.0 - bar) * disk_colour
    bar_flux = (1.0 - bulge) * bar * (0.6 * bulge_colour + 0.4 * disk_colour)
    round_ratio = seen.ratio + (1.0 - seen.ratio) * BULGE_ROUND
    parts = [
        sersic(min(row.ng, 1.0), wide, seen.ratio, angle, disk_flux, 0.06),
        sersic(BULGE_INDEX, wide * BULGE_SIZE, round_ratio, angle, bulge * bulge_colour),
        _bar(wide, seen.ratio, angle, seen.turn, bar_flux),
    ]
    wave_flux = disk_flux * np.array([1.25, 1.0, 0.85])  # young stars: bluer than the disk
    arms = Arms(wave_flux, wide, seen.ratio, angle, seen.strength, seen.number, seen.winding, seen.turn)
    return merge(parts), arms


def hue(g_r: float, r_i: float) -> Floats:
    """(3,) light in g, r, i for one in r."""
    return in_colours(22.5, g_r, r_i)


def grey_hue(ng: float, rng: np.random.Generator) -> Floats:
    """(3,) light in g, r, i for one in r, of a galaxy whose colour tells its Sersic index and nothing else.

    Formula: g - r = 0.52 + 0.07 (ng - 1), scatter 0.1.
    """
    g_r = 0.52 + 0.07 * (ng - 1.0) + 0.1 * rng.standard_normal()
    return hue(g_r, 0.36 * g_r + 0.075 + 0.02 * rng.standard_normal())


def _bar(radius: float, ratio: float, angle: float, bar_angle: float, flux: Floats) -> Sources:
    """A bar: one flat Gaussian in the plane of the disk, then projected."""
    inner = ellipse(0.55 * radius, 0.28, bar_angle)
    c, s = math.cos(angle), math.sin(angle)
    turn = np.array([[c, -s], [s, c]]) @ np.diag([1.0, ratio])
    sky = turn @ np.array([[inner[0], inner[1]], [inner[1], inner[2]]]) @ turn.T
    return Sources(flux[None, :], np.zeros((1, 2)), np.array([[sky[0, 0], sky[0, 1], sky[1, 1]]]))
