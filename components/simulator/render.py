"""Stamps of a simulated sky: every source blurred by the PSF, noise laid over, shown in colour."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.special import erf

from truemorph.components.resolution import FWHM_PER_SIGMA
from truemorph.components.simulator.field import scene, stamp_rng
from truemorph.components.simulator.galaxies import Arms
from truemorph.components.simulator.gaussians import Sources
from truemorph.components.simulator.survey import STAMP_SIDE

Floats = npt.NDArray[np.float64]

NATIVE = 0.396  # arcsec, the pixel of SDSS: noise is drawn on it
SKY_NOISE = np.array([0.028, 0.038, 0.060])  # nanomaggies a native pixel, in g, r, i
ELECTRONS = np.array([1100.0, 950.0, 700.0])  # per nanomaggie
SCALES = np.array([1.2, 1.45, 2.3])  # i, r, g shown as red, green, blue
SOFTENING = 1.6
REACH = 4.5  # standard deviations to which a Gaussian is drawn; beyond lie 4e-5 of its flux
EXTENT = 5.0  # half-light radii of the disk to which arms reach
DISK_B = 1.67834699  # b of an exponential disk


def gaussians(sources: Sources, sigma: float, side: float, size: int) -> Floats:
    """Image of Gaussians seen through a Gaussian PSF and square pixels.

    The pixel enters as its variance; where the PSF is narrow for a pixel, finer pixels are drawn and summed.

    Args:
        sources: what to draw.
        sigma: standard deviation of the PSF, arcsec.
        side: side of the stamp, arcsec.
        size: pixels a side.

    Returns:
        (3, size, size) flux a pixel.
    """
    fine = max(1, math.ceil(0.6 * side / size / sigma))
    step = side / size / fine
    xx, xy, yy = (sources.covariance + (sigma**2 + step**2 / 12.0) * np.array([1.0, 0.0, 1.0])).T
    determinant = xx * yy - xy * xy
    peak = sources.flux * (step * step / (2.0 * math.pi) / np.sqrt(determinant))[:, None]
    grid = np.asarray((np.arange(size * fine) + 0.5) * step - side / 2.0, dtype=np.float64)
    left, right = (_window(sources.centre[:, 0], np.sqrt(xx), grid, step, end) for end in (-REACH, REACH))
    low, high = (_window(sources.centre[:, 1], np.sqrt(yy), grid, step, end) for end in (-REACH, REACH))
    image = np.zeros((3, size * fine, size * fine))
    for k in np.flatnonzero(peak.any(axis=1)):
        x = grid[left[k] : right[k]] - sources.centre[k, 0]
        y = (grid[low[k] : high[k]] - sources.centre[k, 1])[:, None]
        drawn = (xy[k] / determinant[k] * y) * x
        drawn -= (0.5 * yy[k] / determinant[k]) * x * x
        drawn -= (0.5 * xx[k] / determinant[k]) * y * y
        np.exp(drawn, out=drawn)
        image[:, low[k] : high[k], left[k] : right[k]] += peak[k, :, None, None] * drawn
    return np.asarray(image.reshape(3, size, fine, size, fine).sum(axis=(2, 4))) if fine > 1 else image


def _window(centre: Floats, width: Floats, grid: Floats, step: float, reach: float) -> npt.NDArray[np.int64]:
    """Where on the grid `reach` widths from the centre are."""
    return np.clip(np.rint((centre + reach * width - grid[0]) / step), 0, len(grid)).astype(np.int64)


def blur_matrix(sigma: float, side: float, size: int, samples: int) -> Floats:
    """(size, samples): what each of `samples` thin slices of a line gives to each pixel after a Gaussian blur."""
    edges = np.linspace(-side / 2.0, side / 2.0, size + 1)
    middle = (np.arange(samples) + 0.5) * side / samples - side / 2.0
    distance = np.clip((edges[:, None] - middle[None, :]) / (math.sqrt(2.0) * sigma), -REACH, REACH)
    return np.asarray(0.5 * np.diff(erf(distance), axis=0))


def _resample(weights: Floats, images: Floats) -> Floats:
    """weights @ image @ weights.T for each image (K, M, M); sparse, so the same everywhere and on one core."""
    banded = csr_array(weights)
    size, (layers, count, _) = len(weights), images.shape
    rows = (banded @ images.transpose(1, 0, 2).reshape(count, -1)).reshape(size, layers, count)
    columns = (banded @ rows.transpose(2, 1, 0).reshape(count, -1)).reshape(size, layers, size)
    return np.asarray(columns.transpose(1, 2, 0))


def draw_arms(arms: Arms, sigma: float, side: float, size: int) -> Floats:
    """Image of spiral arms through a Gaussian PSF and square pixels.

    Formula: a logarithmic spiral wave on the disk, cos(m (phi - phase - winding ln R)) and its first overtone, that
    fades at the centre and at the edge; it moves light in the disk and adds none on the whole.

    Args:
        arms: what to draw.
        sigma: standard deviation of the PSF, arcsec.
        side: side of the stamp, arcsec.
        size: pixels a side.

    Returns:
        (3, size, size) flux a pixel, negative between the arms.
    """
    samples = 2 * size
    pitch = side / samples
    half = min(size, math.ceil(EXTENT * arms.radius / pitch))
    grid = (np.arange(-half, half) + 0.5) * pitch
    c, s = math.cos(arms.angle), math.sin(arms.angle)
    along = (c * grid[None, :] + s * grid[:, None]) / arms.radius
    across = (c * grid[:, None] - s * grid[None, :]) / (arms.radius * arms.ratio)
    square = along * along + across * across + 1e-9
    turned = np.arctan2(across, along) - arms.phase - 0.5 * arms.winding * np.log(4.0 * square)
    cosine = np.cos(arms.number * turned)
    shape = cosine + 0.35 * (2.0 * cosine * cosine - 1.0)
    profile = np.exp(-DISK_B * np.sqrt(square)) * square / (square + 0.09)
    profile *= np.maximum(0.0, 1.0 - square / EXTENT**2)
    peak = arms.strength * (DISK_B * pitch / arms.radius) ** 2 / (2.0 * math.pi * arms.ratio)
    blur = blur_matrix(sigma, side, size, samples)[:, size - half : size + half]
    return arms.flux[:, None, None] * _resample(blur, (peak * profile * shape)[None])


def native_noise(side: float, size: int, rng: np.random.Generator) -> Floats:
    """(3, size, size) noise of one standard deviation a native pixel, drawn there and resampled as the stamps are.

    Where a pixel of the stamp holds several native ones, blocks of them are drawn as one.
    """
    step = side / size
    block = max(1, round(step / NATIVE))
    pitch = block * NATIVE
    count = math.ceil(side / pitch) + 2
    pixels = (np.arange(size) + 0.5) * step - side / 2.0
    native = (np.arange(count) - (count - 1) / 2.0 + rng.random() - 0.5) * pitch
    weights = np.maximum(0.0, 1.0 - np.abs(pixels[:, None] - native[None, :]) / (1.25 * max(step, pitch)))
    weights /= weights.sum(axis=1, keepdims=True)
    return _resample(weights, rng.standard_normal((3, count, count))) / block


def render(row: Any, seed: int, size: int, grey: bool = False) -> Floats:
    """The stamp of one galaxy, surface brightness in g, r, i.

    Formula: the stamp's side is 8.48 petroR90_r, whatever its size in pixels; the PSF is a Gaussian of standard
    deviation psfWidth_r / 2.3548.

    Args:
        row: a row of the catalogue with its place `Index` in it.
        seed: the sky's number; with Index it fixes all that is random here.
        size: pixels a side.
        grey: whether its colour tells nothing of its class beyond its Sersic index.

    Returns:
        (3, size, size) nanomaggies a native pixel of 0.396 arcsec.

    References:
        Willett et al. 2013, MNRAS 435, 2835, section 2.2 (the stamps).
    """
    rng = stamp_rng(seed, row.Index)
    side = STAMP_SIDE * row.petroR90_r
    sigma = row.psfWidth_r / FWHM_PER_SIGMA
    sources, arms = scene(row, rng, grey)
    image = gaussians(sources, sigma, side, size)
    if arms is not None:
        image += draw_arms(arms, sigma, side, size)
    image *= (NATIVE * size / side) ** 2
    background = SKY_NOISE * (0.3 + 0.15 * rng.standard_normal(3))
    spread = SKY_NOISE[:, None, None] * np.sqrt(
        1.0 + np.maximum(image, 0.0) / (ELECTRONS * SKY_NOISE**2)[:, None, None]
    )
    return np.asarray(image + background[:, None, None] + spread * native_noise(side, size, rng))


def colour(image: Floats) -> npt.NDArray[np.uint8]:
    """An RGB picture of g, r, i, as the volunteers saw it.

    Formula: R, G, B = i, r, g scaled, times asinh(q s) / (q s), s their sum; what exceeds the range is scaled
    back with its hue kept.

    Args:
        image: (3, size, size) g, r, i in nanomaggies a native pixel.

    Returns:
        (size, size, 3) uint8.

    References:
        Lupton et al. 2004, PASP 116, 133.
    """
    rgb = np.maximum(image[::-1] * SCALES[:, None, None], 0.0)
    total = rgb.sum(axis=0) + 1e-12
    rgb = rgb * (np.arcsinh(SOFTENING * total) / (SOFTENING * total))
    rgb = rgb / np.maximum(1.0, rgb.max(axis=0))
    return np.asarray(np.rint(255.0 * rgb).astype(np.uint8).transpose(1, 2, 0))


def light_of(picture: npt.NDArray[np.uint8]) -> Floats:
    """The g, r, i that `colour` would show so: the stretch undone.

    Formula: s = sinh(q t) / q, t the sum of the channels; R, G, B = picture s / t, scaled back.

    Args:
        picture: (H, W, 3) uint8.

    Returns:
        (3, H, W) nanomaggies a native pixel; what was over the range stays at its rim.
    """
    shown = np.asarray(picture, np.float64).transpose(2, 0, 1) / 255.0
    total = shown.sum(axis=0) + 1e-12
    return np.asarray((shown * (np.sinh(SOFTENING * total) / (SOFTENING * total)) / SCALES[:, None, None])[::-1])
