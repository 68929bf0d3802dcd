"""Images turned by any angle: where each pixel goes, and that noise keeps its level and its correlation."""

from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from truemorph.components.trainer.galaxy_batches import dihedral
from truemorph.components.trainer.inputs import LabelledImages
from truemorph.components.trainer.rotation import margin_of, rotate

Sky = tuple[Path, dict[str, int]]


def radial_power(images: np.ndarray) -> np.ndarray:
    """Mean power in ten rings from 0 to the highest frequency along an axis."""
    side = images.shape[1]
    window = np.outer(np.hanning(side), np.hanning(side))
    power = (np.abs(np.fft.fft2((images - images.mean()) * window)) ** 2).mean(axis=0)
    ring = (np.hypot(*np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side))) * 20).astype(int)
    return np.array([power[ring == number].mean() for number in range(10)])


@pytest.mark.parametrize("correlation", [0.0, 0.7, 1.2])
def test_turned_noise_has_the_power_spectrum_of_unturned_noise(correlation: float) -> None:
    """Given white or correlated noise on whole grey levels, when turned, each ring of its spectrum stays within 3 %."""
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(400, 92, 92))
    if correlation:
        noise = ndimage.gaussian_filter(noise, (0, correlation, correlation))
    noise = np.rint(100 + 8 * noise / noise.std())
    turned = np.asarray(rotate(noise[..., None], rng.uniform(-np.pi / 4, np.pi / 4, 400), 14))[..., 0]
    np.testing.assert_allclose(radial_power(turned), radial_power(noise[:, 14:-14, 14:-14]), rtol=0.03)


@pytest.mark.parametrize("angle", [-np.pi / 4, 0.0, 0.5])
@pytest.mark.parametrize("size", [60, 61])
def test_each_pixel_is_where_the_formula_says(angle: float, size: int) -> None:
    """Given a blob as a formula, when turned, it is the formula at the turned places."""
    centre, margin = (size - 1) / 2, 13

    def blob(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.exp(-((x - centre - 5) ** 2) / 18 - (y - centre + 3) ** 2 / 8)

    y, x = np.mgrid[:size, :size] * 1.0
    found = rotate(blob(x, y)[None, :, :, None], [angle], margin)[0, :, :, 0]
    x, y = (axis[margin:-margin, margin:-margin] - centre for axis in (x, y))
    cos, sin = np.cos(angle), np.sin(angle)
    np.testing.assert_allclose(found, blob(centre + cos * x - sin * y, centre + sin * x + cos * y), atol=1e-5)


def test_corners_without_a_margin_are_mirror_images() -> None:
    turned = rotate(np.full((1, 32, 32, 3), 7, np.uint8), [np.pi / 4])
    np.testing.assert_allclose(turned, np.full((1, 32, 32, 3), 7.0), rtol=1e-5)


def test_a_margin_is_what_the_corners_need_and_the_stamp_has() -> None:
    assert (margin_of(0.5, 64), margin_of(0.9, 64), margin_of(1.0, 64)) == (14, 3, 0)


@pytest.mark.parametrize("cache_bytes", [None, pytest.param(0, marks=pytest.mark.slow)])
def test_training_images_are_turned_by_any_angle_and_others_are_not(toy_sky: Sky, cache_bytes: int | None) -> None:
    """Given any angle, a batch holds each image with its margin, turned by its symmetry and angle."""
    settings = {"labels": "raw", "crop": 0.5, "image_size": 48, "batch_size": 4, "seed": 3}
    train = LabelledImages(toy_sky[0] / "examples", "train", **settings, rotations="any", cache_bytes=cache_bytes)
    order, codes, angles, _ = train._order(1)
    assert np.abs(angles).max() <= np.pi / 4 and len(np.unique(angles)) > 400
    wide = np.stack([pixels.numpy() for pixels in train.images_of(order[:4])])
    if cache_bytes is None:
        wide = np.rint(wide).astype(np.uint8)
    inputs, _ = next(iter(train.shuffled(1)))
    np.testing.assert_allclose(inputs["image"], rotate(dihedral(wide, codes[:4]), angles[:4], train.margin), atol=1e-2)
    plain = LabelledImages(toy_sky[0] / "examples", "train", **settings, cache_bytes=cache_bytes)
    (still, _), (unturned, _) = next(iter(train.in_order())), next(iter(plain.in_order()))
    inner = slice(2, -2)  # at its edge the cut alone lacks the neighbours that the margin has
    np.testing.assert_allclose(still["image"][:, inner, inner], unturned["image"][:, inner, inner], atol=1.01)
