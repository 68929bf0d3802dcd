"""degrade: an image as it would be at a lower resolution."""

from typing import Any

import numpy as np
import numpy.typing as npt

from truemorph.components.resolution import FWHM_PER_SIGMA

Array = Any
Noise = tuple[Array, Array]
"""Covariance between channels and s of an image's noise."""
SOFTENING = 8.0
"""Q of the asinh stretch of SDSS colour images (Lupton et al. 2004)."""
PSFS = ("gaussian", "moffat")
MOFFAT_BETA = 3.5
_WHITE, _LONGEST = 0.02, 0.98  # correlations of neighbouring pixels that are told from 0 and from 1
_TINY = 1e-6


def degrade(
    images: Array,
    alpha: Array,
    lower: Array,
    sigma: Array,
    *,
    psf: str = "gaussian",
    softening: float | None = SOFTENING,
    noise: Noise | None = None,
    seed: Any = 0,
    xp: Any = np,
) -> Array:
    """Show images seen at the resolution alpha as they would be at a lower one.

    The galaxy stays as large in its stamp, the PSF grows: sigma' = sigma alpha / lower. Light is convolved with what
    takes the one PSF to the other, and noise is added so that the sum has the noise of images seen at the lower
    resolution. Where that is not known it has the variance of the image's own noise, and its correlation length times
    alpha / lower, as pixels grow with the PSF where stamps are framed on the galaxy.

    Formula: with r = alpha / lower, f the frequency in cycles a pixel and L light (the stretch undone),
    L' = T^-1[K T[L]] + T^-1[sqrt(V' max(p(f, s') - v K^2 p(f, s), 0)) z], where T is the cosine transform,
    K = exp(-2 pi^2 sigma^2 (r^2 - 1) f^2) for a Gaussian PSF, and M(r x) / M(x) for a Moffat PSF of beta = 3.5 and the
    same FWHM, M(x) = (1 + x + x^2/3) exp(-x), x = pi FWHM f / sqrt(2^(1/3.5) - 1). V is the noise's covariance between
    channels and p(f, s) ~ exp(-4 pi^2 s^2 f^2) its spectrum, whose s follows from the correlation c of neighbouring
    pixels, s^2 = -1 / (4 ln c); both are of the two corners that are neither the calmest nor the busiest. V' and s' are
    those of the lower resolution, V and r s where they are not given; v = tr V / tr V'. z is white.
    The stretch: out = light asinh(Q I) / (Q I) with I the mean of the channels, 1 being white.

    What it cannot know: photon noise of the galaxy itself, and light clipped at black or white.

    Args:
        images: (N, S, S, C) in 0..255, stretched; or light on any scale where softening is None. S at least 16.
        alpha: (N,) or one number: resolution at which they were seen, dimensionless, > 0.
        lower: (N,) or one number: resolution at which they are to be shown, in (0, alpha].
        sigma: (N,) or one number: standard deviation of the PSF at alpha, pixels of the images.
        psf: 'gaussian' or 'moffat'.
        softening: Q of the asinh stretch; None: the images are light, and stay so.
        noise: V' (C, C) and s' (pixels), as noise_seen (here) finds them in images seen at the lower one; None: V, r s.
        seed: of the noise; with keras.ops a number or a keras.random.SeedGenerator.
        xp: numpy, or keras.ops within a network; then alpha, lower and sigma are tensors (N,).

    Returns:
        (N, S, S, C), as given: in 0..255, not rounded, or light.

    Raises:
        ValueError: if the psf is not known, or with numpy where lower is not in (0, alpha].

    Examples:
        >>> star = np.zeros((1, 33, 33, 1))
        >>> star[0, 16, 16] = 1.0
        >>> seen = degrade(star, 20.0, 10.0, 1.0, softening=None)[0, :, :, 0]
        >>> variance = float((seen.sum(axis=0) * (np.arange(33) - 16) ** 2).sum())
        >>> round(float(seen.sum()), 6), round(variance, 3)  # sigma' = 2: a variance of 2^2 - 1^2 is added
        (1.0, 3.0)

    References:
        Barden, Jahnke & Haussler 2008 (FERENGI), ApJS 175, 105; Lupton et al. 2004, PASP 116, 133; Willett et al. 2017.
    """
    if psf not in PSFS:
        raise ValueError(f"psf must be one of {', '.join(PSFS)}. Received: psf={psf!r}")
    if xp is np:
        images = np.asarray(images, np.float64)
        count = len(images)
        alpha, lower, sigma = (np.broadcast_to(np.float64(value), count) for value in (alpha, lower, sigma))
        if not ((lower > 0) & (lower <= alpha)).all():
            raise ValueError(f"lower must be > 0 and at most alpha. Received: lower={lower}, alpha={alpha}")
    light = images if softening is None else _light(images / 255.0, softening, xp)
    ratio, sigma = (xp.reshape(value, (-1, 1, 1)) for value in (alpha / lower, sigma))
    out = _convolved(light, sigma, ratio, psf, xp) + _noise(light, sigma, ratio, psf, noise, seed, xp)
    return out if softening is None else 255.0 * _stretched(out, softening, xp)


def noise_seen(images: npt.ArrayLike, softening: float | None = SOFTENING) -> Noise:
    """Noise of images seen at one resolution, for degrade: means over the half whose noise is nearest to the middle.

    Args:
        images: (N, S, S, C) as degrade takes them, N at least 1.
        softening: see degrade.

    Returns:
        V' (C, C) and s', pixels.
    """
    pixels = np.asarray(images, np.float64)
    covariance, length = noise_of(pixels if softening is None else _light(pixels / 255.0, softening, np))
    order = np.argsort(np.einsum("ncc->n", covariance), kind="stable")
    middle = order[len(order) // 4 : len(order) - len(order) // 4]
    return covariance[middle].mean(axis=0), float(length[middle].mean())


def noise_of(light: Array, xp: Any = np) -> tuple[Array, Array]:
    """Noise of images, from their corners: see degrade.

    Args:
        light: (N, S, S, C).
        xp: numpy or keras.ops.

    Returns:
        (N, C, C) covariance between channels, and (N, 1, 1) s, the standard deviation in pixels of the Gaussian that
        white noise is to be convolved with for the same correlation; 0 for white noise.
    """
    side, c = max(light.shape[1] // 6, 4), light.shape[-1]
    corners = xp.stack([light[:, rows, columns] for rows in _ends(side) for columns in _ends(side)], axis=1)
    corners = corners - xp.mean(corners, axis=(2, 3), keepdims=True)
    flat = xp.reshape(corners, (-1, 4, side * side, c))
    covariance = xp.matmul(xp.swapaxes(flat, 2, 3), flat) / (side * side - 1.0)
    across = xp.mean(corners[:, :, :, 1:] * corners[:, :, :, :-1], axis=(2, 3, 4))
    down = xp.mean(corners[:, :, 1:] * corners[:, :, :-1], axis=(2, 3, 4))
    order = xp.argsort(xp.einsum("nkcc->nk", covariance), axis=1)[:, 1:3]
    covariance = xp.mean(xp.take_along_axis(covariance, order[:, :, None, None], axis=1), axis=1)
    beside = xp.mean(xp.take_along_axis((across + down) / 2.0, order, axis=1), axis=1)
    correlation = beside / (xp.einsum("ncc->n", covariance) / c + 1e-30)
    # The mean of a corner, which was taken off, held some of the noise: about 4 pi s^2 / side^2 of its variance.
    held = xp.clip(4.0 * np.pi * _length(correlation, xp) ** 2 / side**2, 0.0, 0.5)
    length = _length(correlation * (1.0 - held) + held, xp)
    return covariance / (1.0 - held)[:, None, None], xp.reshape(length, (-1, 1, 1))


def _length(correlation: Array, xp: Any) -> Array:
    known = xp.clip(correlation, _WHITE, _LONGEST)
    return xp.where(known > _WHITE, xp.sqrt(-0.25 / xp.log(known)), 0.0)


def _ends(side: int) -> tuple[slice, slice]:
    return slice(None, side), slice(-side, None)


def _cosines(size: int) -> np.ndarray:
    """The orthonormal cosine transform, (frequency, pixel)."""
    place, number = np.arange(size) + 0.5, np.arange(size)[:, None]
    return np.sqrt(np.where(number == 0, 1.0, 2.0) / size) * np.cos(np.pi * number * place / size)


def _squared_frequencies(size: int) -> np.ndarray:
    """Of each pair of cosines, in (cycles a pixel)^2, (1, size, size)."""
    square = (np.arange(size) / (2.0 * size)) ** 2
    return (square + square[:, None])[None]


def _transfer(square: Array, sigma: Array, ratio: Array, psf: str, xp: Any) -> Array:
    """K, the transform of what takes the PSF to the one that is ratio times as wide."""
    if psf == "gaussian":
        return xp.exp(-2.0 * np.pi**2 * sigma**2 * (ratio**2 - 1.0) * square)
    x = np.pi * FWHM_PER_SIGMA / np.sqrt(2.0 ** (1.0 / MOFFAT_BETA) - 1.0) * sigma * np.sqrt(square)
    wide = ratio * x
    return xp.exp(x - wide) * (1.0 + wide + wide**2 / 3.0) / (1.0 + x + x**2 / 3.0)


def _convolved(light: Array, sigma: Array, ratio: Array, psf: str, xp: Any) -> Array:
    size = light.shape[1]
    cosines, square = _cosines(size).astype(_kind(light)), _squared_frequencies(size).astype(_kind(light))
    waves = _both_ways(light, cosines, xp) * _transfer(square, sigma, ratio, psf, xp)[..., None]
    return _both_ways(waves, cosines.T, xp)


def _noise(light: Array, sigma: Array, ratio: Array, psf: str, noise: Noise | None, seed: Any, xp: Any) -> Array:
    """Noise that is missing after the convolution, made on a larger square, for at its edges it is not stationary."""
    size, c, kind = light.shape[1], light.shape[-1], _kind(light)
    around = size // 4
    whole = size + 2 * around
    square = _squared_frequencies(whole).astype(kind)
    cosines = _cosines(whole)[:, around : around + size].astype(kind)
    shape = (len(light) if xp is np else xp.shape(light)[0], whole, whole, c)
    if xp is np:
        white = np.random.default_rng(seed).standard_normal(shape)
    else:
        import keras

        white = keras.random.normal(shape, seed=seed, dtype=kind)
    covariance, length = noise_of(light, xp)
    kept = _spectrum(square, length, xp) * _transfer(square, sigma, ratio, psf, xp) ** 2
    wide = length * ratio
    if noise is not None:
        own, wide = xp.einsum("ncc->n", covariance), xp.zeros_like(length) + noise[1]
        covariance = xp.zeros_like(covariance) + noise[0]
        kept = kept * (own / xp.einsum("ncc->n", covariance))[:, None, None]
    missing = xp.sqrt(xp.maximum(_spectrum(square, wide, xp) - kept, 0.0))
    channels = xp.eye(c) * (_TINY * xp.einsum("ncc->n", covariance) / c + 1e-30)[:, None, None]
    mixed = xp.einsum("nuvc,ndc->nuvd", white * missing[..., None], xp.linalg.cholesky(covariance + channels))
    return _both_ways(mixed, cosines.T, xp)


def _both_ways(values: Array, matrix: np.ndarray, xp: Any) -> Array:
    """The matrix (U, S) times each of two axes: (N, S, S, C) to (N, U, U, C)."""
    channels = xp.transpose(values, (0, 3, 1, 2))
    return xp.transpose(xp.matmul(xp.matmul(matrix, channels), matrix.T), (0, 2, 3, 1))


def _kind(values: Array) -> str:
    """The name of a tensor's number format, for NumPy."""
    return "float64" if "float64" in str(values.dtype) else "float32"


def _spectrum(square: Array, length: Array, xp: Any) -> Array:
    """p(f, s), of mean 1."""
    power = xp.exp(-4.0 * np.pi**2 * length**2 * square)
    return power / xp.mean(power, axis=(1, 2), keepdims=True)


def _light(pixels: Array, softening: float, xp: Any) -> Array:
    """Light of stretched pixels in 0..1."""
    mean = softening * xp.mean(pixels, axis=-1, keepdims=True)
    return pixels * xp.where(mean > _TINY, xp.sinh(mean) / xp.maximum(mean, _TINY), 1.0)


def _stretched(light: Array, softening: float, xp: Any) -> Array:
    """Pixels in 0..1 of light; what is brighter than white keeps its colour."""
    size = softening * xp.abs(xp.mean(light, axis=-1, keepdims=True))
    pixels = light * xp.where(size > _TINY, xp.arcsinh(size) / xp.maximum(size, _TINY), 1.0)
    return xp.maximum(pixels, 0.0) / xp.maximum(xp.max(pixels, axis=-1, keepdims=True), 1.0)
