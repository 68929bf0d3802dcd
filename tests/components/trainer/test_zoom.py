"""Images made larger or smaller and moved: where each pixel goes, and that noise keeps its level."""

import numpy as np
import pytest
from scipy import ndimage

from truemorph.components.trainer.galaxy_batches import GalaxyBatches
from truemorph.components.trainer.zoom import zoom


@pytest.mark.parametrize("correlation", [0.0, 1.0])
def test_zoomed_noise_keeps_its_level(correlation: float) -> None:
    """Given white or correlated noise, when zoomed and moved, its variance stays within 2 %."""
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(100, 48, 48))
    if correlation:
        noise = ndimage.gaussian_filter(noise, (0, correlation, correlation))
    noise = 120 + 8 * (noise - noise.mean()) / noise.std()
    zoomed = zoom(noise[..., None], np.exp(rng.uniform(-0.15, 0.15, 100)), rng.uniform(-2, 2, (100, 2)))
    within = np.asarray(zoomed)[:, 4:-4, 4:-4, 0]
    assert within.var() == pytest.approx(noise[:, 4:-4, 4:-4].var(), rel=0.02)


@pytest.mark.parametrize(("scale", "move"), [(1.0, (0.0, 0.0)), (1.15, (1.5, -2.0)), (0.87, (-0.3, 2.0))])
def test_each_pixel_is_where_the_formula_says(scale: float, move: tuple[float, float]) -> None:
    """Given a blob as a formula, when zoomed and moved, it is the formula at the other places."""

    def blob(y: np.ndarray, x: np.ndarray) -> np.ndarray:
        return 10 + 200 * np.exp(-((x - 24) ** 2) / 18 - (y - 18) ** 2 / 12)

    y, x = np.mgrid[:40, :40] * 1.0
    found = np.asarray(zoom(blob(y, x)[None, :, :, None], [scale], [move]))[0, :, :, 0]
    y, x = (19.5 + (axis - 19.5) / scale + by for axis, by in zip((y, x), move, strict=True))
    np.testing.assert_allclose(found[4:-4, 4:-4], blob(y, x)[4:-4, 4:-4], atol=2e-3)


def test_images_are_zoomed_in_training_only_and_the_same_way_again() -> None:
    """Given a star in the middle, when an epoch is read twice, it is elsewhere, alike both times; in order it stays."""
    pixels = np.zeros((8, 33, 33, 3), np.uint8)
    pixels[:, 16, 16] = 250
    galaxies = GalaxyBatches(pixels, np.full(8, 9.0), np.zeros(8, int), batch_size=4, seed=1, zoom=0.3)

    def images(epoch: int) -> np.ndarray:
        return np.concatenate([inputs["image"] for inputs, _ in galaxies.shuffled(epoch)])

    first = images(0)
    np.testing.assert_array_equal(images(0), first)
    assert not np.array_equal(images(1), first)
    brightest = {divmod(int(image.argmax()), 33) for image in first[..., 0]}
    assert len(brightest) > 4
    assert all(abs(place - 16) <= 3 for pair in brightest for place in pair)  # 33 x 0.3 / 5, and half a pixel
    np.testing.assert_array_equal(next(iter(galaxies.in_order()))[0]["image"], pixels[:4])
