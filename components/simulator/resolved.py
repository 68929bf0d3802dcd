"""A well resolved stamp, measured, and seen as a survey with worse resolution would."""

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.ndimage import gaussian_filter, map_coordinates

from truemorph.components.simulator.profiles import PETROSIAN_RATIO, petrosian_radii, sersic_enclosed
from truemorph.components.simulator.render import SKY_NOISE, light_of, native_noise
from truemorph.components.simulator.survey import STAMP_SIDE

Floats = npt.NDArray[np.float64]

INDICES = np.arange(0.5, 6.01, 0.25)
OWN_BLUR = 0.5
"""Standard deviation, in pixels, of the blur that a stamp comes with: its pixels."""


def light(file: str) -> Floats:
    """(3, S, S) brightness in g, r, i of a colour stamp, its stretch undone and the sky at its rim taken off."""
    with Image.open(file) as image:
        found = light_of(np.asarray(image.convert("RGB")))
    rim = np.concatenate([found[:, :4].reshape(3, -1), found[:, -4:].reshape(3, -1)], axis=1)
    return np.asarray(found - np.median(rim, axis=1)[:, None, None])


@lru_cache(maxsize=1)
def _concentrations() -> Floats:
    """Radius of nine tenths of the light within the Petrosian radius in that of half of it, by Sersic index."""
    radius = np.geomspace(0.01, 10.0, 2000)
    found = []
    for n in INDICES:
        enclosed = sersic_enclosed(radius, n)
        all_light = float(sersic_enclosed(petrosian_radii(n)[0], n))
        r50, r90 = (np.interp(share * all_light, enclosed, radius) for share in (0.5, 0.9))
        found.append(r90 / r50)
    return np.asarray(found)


def structure(image: Floats) -> tuple[float, float, float]:
    """Petrosian radius in pixels, Sersic index by concentration, and ellipticity of a galaxy in the middle of a stamp.

    Args:
        image: (S, S) light.
    """
    size = len(image)
    x = np.arange(size) - (size - 1) / 2.0
    radius = np.hypot(x[None, :], x[:, None])
    edges = np.arange(1.0, size / 2.0)
    within = np.array([image[radius < edge].sum() for edge in edges])
    area = np.array([(radius < edge).sum() for edge in edges])
    mean = within / area
    low = np.diff(within) / np.diff(area) < PETROSIAN_RATIO * (mean[1:] + mean[:-1]) / 2.0
    petro = float(edges[:-1][low][0]) + 0.5 if low.any() else float(edges[-1])
    r50, r90 = (float(np.interp(share * np.interp(petro, edges, within), within, edges)) for share in (0.5, 0.9))
    ng = float(np.interp(r90 / max(r50, 1.0), _concentrations(), INDICES))
    weight = np.maximum(image, 0.0) * (radius < petro)
    xx, yy, xy = ((weight * product).sum() for product in (x[None, :] ** 2, x[:, None] ** 2, x[None, :] * x[:, None]))
    total, difference = xx + yy, np.hypot(xx - yy, 2.0 * xy)
    e = 1.0 - float(np.sqrt(max(total - difference, 0.0) / max(total + difference, 1e-12)))
    return petro, float(np.clip(ng, 0.8, 6.0)), min(e, 0.95)


def degrade_stamp(image: Floats, petro: float, alpha: float, side: float, size: int) -> Floats:
    """The light of a stamp as it would be at a lower resolution, in the survey's frame.

    Formula: convolved with a Gaussian of variance (petro / alpha)^2 - 0.5^2, in pixels of the stamp. It fades out
    at the rim of the stamp, beyond which all is dark.

    Args:
        image: (3, S, S) light in g, r, i.
        petro: Petrosian radius, pixels of the stamp.
        alpha: resolution wanted.
        side: side of the stamp to be made, in Petrosian radii.
        size: its pixels.

    Returns:
        (3, size, size).
    """
    sigma = np.sqrt(max((petro / alpha) ** 2 - OWN_BLUR**2, 0.0))
    count = image.shape[1]
    fade = np.clip((0.5 - np.abs((np.arange(count) + 0.5) / count - 0.5)) / 0.05, 0.0, 1.0)
    blurred = gaussian_filter(image * fade[:, None] * fade, (0.0, sigma, sigma), mode="constant")
    middle = (count - 1) / 2.0
    places = middle + ((np.arange(size) + 0.5) / size - 0.5) * side * petro
    grid = np.meshgrid(places, places, indexing="ij")
    return np.stack([map_coordinates(band, grid, order=1, mode="constant", cval=0.0) for band in blurred])


def stamp_light(row: Any, size: int, rng: np.random.Generator) -> Floats:
    """(3, size, size) g, r, i of a stamp's galaxy as the survey would show it: blurred, and with its noise.

    Args:
        row: a row of `draw_stamps`.
        size: pixels a side.
        rng: source of the noise.
    """
    side = STAMP_SIDE * row.petroR90_r
    image = degrade_stamp(light(row.file), row.petro_pixels, row.alpha, side / row.petroRad_r, size)
    return np.asarray(image + SKY_NOISE[:, None, None] * native_noise(side, size, rng))
