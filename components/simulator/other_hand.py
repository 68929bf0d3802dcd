"""Stamps by another hand: other profiles, a PSF with wings, correlated noise, another stretch."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.fft import irfft2, rfft2
from scipy.ndimage import gaussian_filter

from truemorph.components.simulator.field import artifact, opening, stamp_rng
from truemorph.components.simulator.galaxies import Look, disk_radius, grey_hue, hue
from truemorph.components.simulator.gaussians import merge
from truemorph.components.simulator.profiles import sersic_b
from truemorph.components.simulator.render import ELECTRONS, NATIVE, SKY_NOISE, gaussians
from truemorph.components.simulator.survey import ARTIFACT, STAMP_SIDE

Floats = npt.NDArray[np.float64]

BETA = 3.0  # of the Moffat profile: a twentieth of the light beyond two FWHM
FINE = 2  # fine pixels a pixel, along a side
CORRELATION = 0.8  # of the noise, pixels
NOISE = 1.2  # in the plain sky's
BLACK, WHITE, CURVE = 0.0, 1.6, 12.0  # nanomaggies a native pixel; bend of the logarithmic stretch
BRIGHTNESS = np.array([0.8, 1.0, 1.5])  # of i, r, g as red, green, blue
QUALITY = 78


def moffat(fwhm: float, step: float, count: int) -> npt.NDArray[np.complex128]:
    """Transform of a Moffat PSF on a square of `count` pixels of side `step` (arcsec), its light 1."""
    offset = np.minimum(np.arange(count), count - np.arange(count)) * step
    core = fwhm / (2.0 * math.sqrt(2.0 ** (1.0 / BETA) - 1.0))
    profile = (1.0 + (offset[:, None] ** 2 + offset[None, :] ** 2) / core**2) ** -BETA
    return np.asarray(rfft2(profile / profile.sum()))


def _spheroid(n: float, radius: float, ratio: float, angle: float, x: Floats, y: Floats, soft: float) -> Floats:
    """A slightly boxy Sersic profile of light 1 on the grid."""
    along = np.abs(x * math.cos(angle) + y * math.sin(angle)) / radius
    across = np.abs(y * math.cos(angle) - x * math.sin(angle)) / (radius * ratio)
    distance = (along**2.2 + across**2.2 + (soft / radius) ** 2.2) ** (1.0 / 2.2)
    light = np.exp(-float(sersic_b(n)) * distance ** (1.0 / n))
    return np.asarray(light / light.sum())


def _disk(seen: Look, radius: float, angle: float, x: Floats, y: Floats, rng: np.random.Generator) -> Floats:
    """An exponential disk of light 1 with ridges of arms, knots along them, and a bar with sharp ends."""
    along = (x * math.cos(angle) + y * math.sin(angle)) / radius
    across = (y * math.cos(angle) - x * math.sin(angle)) / (radius * seen.ratio)
    distance = np.hypot(along, across) + 1e-6
    light = np.exp(-1.678 * distance)
    phase = np.arctan2(across, along) - seen.turn - seen.winding * np.log(distance + 0.15)
    turned = np.angle(np.exp(1j * seen.number * phase)) / seen.number
    knots = 1.0 + 0.5 * np.sin(rng.uniform(6.0, 12.0) * np.log(distance + 0.15) + rng.uniform(0.0, 6.3))
    ridge = np.exp(-0.5 * (turned / 0.28) ** 2) * knots
    within = distance**2 / (distance**2 + 0.2) * np.exp(-((distance / 4.0) ** 4))
    light = light * (1.0 + 2.2 * seen.strength * within * (ridge - 0.25 * seen.number))
    light = np.maximum(light, 0.0) / light.sum()
    c, s = math.cos(seen.turn), math.sin(seen.turn)
    bar = (
        np.clip(1.0 - ((along * c + across * s) / 0.8) ** 2 - ((across * c - along * s) / 0.22) ** 2, 0.0, None) ** 1.5
    )
    return np.asarray((1.0 - seen.bar) * light + (seen.bar * bar / bar.sum() if bar.any() else seen.bar * light))


def _galaxy(row: Any, seen: Look | None, angle: float, x: Floats, y: Floats, rng: np.random.Generator) -> Floats:
    """(2, M, M) light of disk and spheroid, together 1 but for what lies outside the stamp."""
    radius, soft = row.petroRad_r / row.petro_per_Rhlr, 0.5 * float(x[0, 1] - x[0, 0])
    if seen is None:
        return np.stack([np.zeros_like(x * y), _spheroid(row.ng, radius, 1.0 - row.e, angle, x, y, soft)])
    wide = disk_radius(radius, seen.bulge)
    bulge = _spheroid(3.2, 0.3 * wide, 0.3 + 0.7 * seen.ratio, angle, x, y, soft)
    return np.stack([(1.0 - seen.bulge) * _disk(seen, wide, angle, x, y, rng), seen.bulge * bulge])


def _tints(row: Any, seen: Look | None, grey: bool, rng: np.random.Generator) -> Floats:
    """(2, 3) light in g, r, i of disk and spheroid for one in r."""
    if grey:
        return np.tile(grey_hue(row.ng, rng), (2, 1))
    old = 0.76 + 0.1 * rng.standard_normal()
    young = old if row.lenticular or seen is None else 0.5 + 0.16 * rng.standard_normal()
    return np.stack([hue(young, 0.36 * young + 0.05), hue(old, 0.38)])


def render_otherwise(row: Any, seed: int, size: int, grey: bool = False) -> Floats:
    """The stamp of one galaxy, surface brightness in g, r, i, with the look that it has on the plain sky.

    Formula: profiles on a fine grid, times the transform of a Moffat PSF (beta = 3) of FWHM psfWidth_r.

    Args:
        row: a row of the catalogue with its place `Index` in it.
        seed: the sky's number; with Index it fixes all that is random here.
        size: pixels a side.
        grey: whether its colour tells nothing of its class beyond its Sersic index.

    Returns:
        (3, size, size) nanomaggies a native pixel of 0.396 arcsec.

    References:
        Trujillo et al. 2001, MNRAS 328, 977 (Moffat PSFs).
    """
    rng = stamp_rng(seed, row.Index)
    begun, side, count = opening(row, rng), STAMP_SIDE * row.petroR90_r, FINE * size
    grid = ((np.arange(count) + 0.5) / count - 0.5) * side
    x, y = grid[None, :], grid[:, None]
    others = (artifact(row, side, rng) if row.label == ARTIFACT else []) + begun.neighbours
    step = side / count
    image = gaussians(merge(others), 0.5 * step, side, count) if others else np.zeros((3, count, count))
    if row.label != ARTIFACT:
        parts = _galaxy(row, begun.look, begun.angle, x, y, rng)
        light = 10.0 ** ((22.5 - row.petroMag_r) / 2.5)
        image = image + light * np.einsum("pyx,pc->cyx", parts, _tints(row, begun.look, grey, rng))
    image = irfft2(rfft2(image) * moffat(row.psfWidth_r, step, count), (count, count))
    image = image.reshape(3, size, FINE, size, FINE).sum(axis=(2, 4)) * (NATIVE * size / side) ** 2
    white = gaussian_filter(rng.standard_normal((3, size, size)), (0, CORRELATION, CORRELATION), mode="wrap")
    white /= white.std(axis=(1, 2), keepdims=True)
    spread = SKY_NOISE[:, None, None] * np.sqrt(
        1.0 + np.maximum(image, 0.0) / (ELECTRONS * SKY_NOISE**2)[:, None, None]
    )
    return np.asarray(image + NOISE * min(1.0, NATIVE * size / side) * spread * white)


def colour_otherwise(image: Floats) -> npt.NDArray[np.uint8]:
    """An RGB picture of g, r, i, each channel stretched on its own.

    Formula: log(1 + 12 t) / log(13), t = (I - black) / (white - black) within 0 to 1.

    Args:
        image: (3, size, size) g, r, i in nanomaggies a native pixel.

    Returns:
        (size, size, 3) uint8.
    """
    scaled = np.clip((image[::-1] * BRIGHTNESS[:, None, None] - BLACK) / (WHITE - BLACK), 0.0, 1.0)
    return np.asarray(np.rint(255.0 * np.log1p(CURVE * scaled) / math.log1p(CURVE)).astype(np.uint8).transpose(1, 2, 0))
