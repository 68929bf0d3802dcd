"""degrade: against renders of GalSim at the lower resolution, and the same with NumPy and with Keras."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage

from truemorph.components.images.degrade import degrade, noise_of, noise_seen

SIDE, SIGMA, NOISE, LENGTH = 64, 1.2, 0.02, 0.6
"""Stamps in pixels; PSF, noise's standard deviation in units of white, and its correlation, in pixels."""


def noise(rng: np.random.Generator, count: int, length: float) -> np.ndarray:
    white = rng.normal(size=(count, SIDE, SIDE, 3))
    smooth = ndimage.gaussian_filter(white, (0, length, length, 0))
    return NOISE * smooth / smooth.std()


@functools.cache
def galaxies(count: int, ratio: float, psf: str) -> np.ndarray:
    """Light of disks with bulges as GalSim draws them through a PSF that is `ratio` times as wide, 1 being white."""
    galsim = pytest.importorskip("galsim", reason="needs GalSim: pip install '.[test-all]'")
    rng, stamps = np.random.default_rng(5), []
    fwhm = 2.0 * np.sqrt(2.0 * np.log(2.0)) * SIGMA * ratio
    spread = galsim.Gaussian(fwhm=fwhm) if psf == "gaussian" else galsim.Moffat(beta=3.5, fwhm=fwhm)
    for _ in range(count):
        disk = galsim.Exponential(half_light_radius=rng.uniform(5, 8), flux=300.0)
        disk = disk.shear(q=rng.uniform(0.3, 0.9), beta=rng.uniform(0, 180) * galsim.degrees)
        knots = galsim.RandomKnots(
            12, half_light_radius=6.0, flux=120.0, rng=galsim.BaseDeviate(int(rng.integers(1e6)))
        )
        bulge = galsim.DeVaucouleurs(half_light_radius=2.0, flux=80.0)
        model = galsim.Convolve(disk + bulge + knots, spread)
        image = model.drawImage(nx=SIDE, ny=SIDE, scale=1.0, method="no_pixel").array
        stamps.append(np.stack([image * share for share in (1.2, 1.0, 0.8)], axis=-1))
    return np.asarray(stamps)


def stretched(light: np.ndarray) -> np.ndarray:
    mean = 8.0 * light.mean(axis=-1, keepdims=True)
    pixels = np.maximum(light * np.arcsinh(mean) / mean, 0.0)
    return 255.0 * pixels / np.maximum(pixels.max(axis=-1, keepdims=True), 1.0)


def radial_power(images: np.ndarray) -> np.ndarray:
    """Mean power in rings of the green channel, under a window."""
    window = np.outer(np.hanning(SIDE), np.hanning(SIDE))
    power = (np.abs(np.fft.fft2(images[..., 1] * window)) ** 2).mean(axis=0)
    ring = (np.hypot(*np.meshgrid(np.fft.fftfreq(SIDE), np.fft.fftfreq(SIDE))) * 32).astype(int)
    return np.array([power[ring == number].mean() for number in range(16)])


@pytest.mark.parametrize("psf", ["gaussian", "moffat"])
@pytest.mark.parametrize("ratio", [1.5, 2.5])
def test_light_has_the_spectrum_of_a_render_at_the_lower_resolution(psf: str, ratio: float) -> None:
    """Given renders with noise, when degraded, their spectrum above the noise is that of such renders, within 10 %."""
    rng, count = np.random.default_rng(1), 60
    seen = galaxies(count, 1.0, psf) + noise(rng, count, LENGTH)
    found = radial_power(degrade(seen, 20.0, 20.0 / ratio, SIGMA, psf=psf, softening=None))
    worse = galaxies(count, ratio, psf)
    expected = radial_power(worse + noise(rng, count, ratio * LENGTH))
    signal = radial_power(worse) > 2 * radial_power(noise(rng, count, ratio * LENGTH))
    assert signal.sum() >= 3
    np.testing.assert_allclose(found[signal], expected[signal], rtol=0.1)


@pytest.mark.parametrize("ratio", [1.5, 2.5])
def test_stretched_pictures_too(ratio: float) -> None:
    """Given pictures in 8 bits, whose sky is above black, when degraded, the same holds for their grey levels."""
    rng, count, sky = np.random.default_rng(1), 60, 0.1
    seen = np.rint(stretched(galaxies(count, 1.0, "gaussian") + sky + noise(rng, count, LENGTH)))
    found = radial_power(degrade(seen, 20.0, 20.0 / ratio, SIGMA))
    worse = galaxies(count, ratio, "gaussian") + sky
    expected = radial_power(stretched(worse + noise(rng, count, ratio * LENGTH)))
    signal = radial_power(stretched(worse)) > 2 * np.abs(expected - radial_power(stretched(worse)))
    assert signal.sum() >= 3
    np.testing.assert_allclose(found[signal], expected[signal], rtol=0.1)


@pytest.mark.parametrize("length", [0.0, 0.7])
def test_noise_keeps_its_level_and_its_correlation_grows_with_the_psf(length: float) -> None:
    seen = noise(np.random.default_rng(2), 200, length)
    out = degrade(seen, 20.0, 10.0, 1.2, softening=None, seed=3)
    assert out.std() == pytest.approx(seen.std(), rel=0.03)
    assert noise_of(out)[1].mean() == pytest.approx(2.0 * noise_of(seen)[1].mean(), abs=0.25)


def test_noise_of_the_lower_resolution_is_met() -> None:
    """Given what galaxies seen there show, three times as noisy and grainier, images shown there are so too."""
    calm, there = noise(np.random.default_rng(2), 200, 0.0), 3.0 * noise(np.random.default_rng(3), 200, 0.8)
    asked = noise_seen(there, softening=None)
    out = degrade(calm, 20.0, 10.0, 1.2, softening=None, noise=asked)
    assert out.std() == pytest.approx(there.std(), rel=0.05)
    covariance, length = noise_seen(out, softening=None)
    np.testing.assert_allclose(covariance, asked[0], atol=0.05 * asked[0].max())
    assert length == pytest.approx(asked[1], abs=0.1)


def test_channels_keep_the_correlation_of_their_noise() -> None:
    seen = noise(np.random.default_rng(2), 200, 0.5)
    seen[..., 1] = 0.8 * seen[..., 0] + 0.6 * seen[..., 1]
    out = degrade(seen, 20.0, 8.0, 1.2, softening=None)
    before, after = (np.corrcoef(images.reshape(-1, 3).T) for images in (seen, out))
    np.testing.assert_allclose(after, before, atol=0.05)


def test_at_its_own_resolution_an_image_stays_as_it_is() -> None:
    images = np.random.default_rng(0).uniform(5, 250, (3, 32, 32, 3))
    np.testing.assert_allclose(degrade(images, 9.0, 9.0, 1.0), images, atol=1e-6)


@pytest.mark.parametrize("psf", ["gaussian", "moffat"])
def test_numpy_and_keras_convolve_alike(psf: str) -> None:
    """Given images without noise in their corners, both give the same, also inside a graph."""
    y, x = np.mgrid[:48, :48] - 23.5
    images = (200 * np.exp(-(x**2 / 20 + y**2 / 50)))[None, ..., None] * np.float32([1.0, 0.8, 0.5])
    alpha, lower, sigma = np.float32([20.0, 25.0]), np.float32([7.0, 20.0]), np.float32([1.2, 1.5])
    images = np.repeat(images, 2, axis=0).astype(np.float32)
    graph = tf.function(lambda *values: degrade(*values, psf=psf, seed=1, xp=keras.ops))
    np.testing.assert_allclose(
        graph(images, alpha, lower, sigma), degrade(images, alpha, lower, sigma, psf=psf), atol=0.05
    )


def test_keras_adds_the_same_noise() -> None:
    seen = noise(np.random.default_rng(2), 64, 0.7).astype(np.float32)
    many = [np.full(64, value, np.float32) for value in (20.0, 10.0, 1.2)]
    one, other = (degrade(seen, *many, softening=None, seed=1, xp=xp) for xp in (np, keras.ops))
    np.testing.assert_allclose(radial_power(np.asarray(other)), radial_power(one), rtol=0.15)


def test_what_cannot_be() -> None:
    images = np.zeros((1, 32, 32, 3))
    with pytest.raises(ValueError, match=r"lower must be > 0 and at most alpha. Received: lower=\[9.\]"):
        degrade(images, 8.0, 9.0, 1.0)
    with pytest.raises(ValueError, match="Received: psf='airy'"):
        degrade(images, 9.0, 8.0, 1.0, psf="airy")
