"""Turning images by any angle: against numpy's quarter turns, scipy, and the identity."""

import numpy as np
import pytest
from scipy import ndimage

from truemorph.components.trainer.rotation import rotate


def image(side: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(0, 255, (1, side, side, 3)).astype(np.float32)


@pytest.mark.parametrize("side", [8, 9])
@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_quarter_turns_are_numpys(side: int, quarters: int) -> None:
    given = image(side)
    found = rotate(given, [quarters * np.pi / 2])
    # An edge may fall outside by a rounding of the angle.
    np.testing.assert_allclose(found[:, 1:-1, 1:-1], np.rot90(given, quarters, (1, 2))[:, 1:-1, 1:-1], atol=1e-2)


def test_any_angle_is_scipys() -> None:
    given = image(21)
    expected = ndimage.rotate(given[0], 30.0, (1, 0), reshape=False, order=1, mode="grid-constant")
    np.testing.assert_allclose(rotate(given, [np.pi / 6])[0], expected, atol=1e-2)


def test_each_image_has_its_angle_and_the_sky_outside_is_filled() -> None:
    given = np.concatenate([image(16), np.ones((1, 16, 16, 3), np.float32)])
    turned = np.asarray(rotate(given.astype(np.uint8), [0.0, np.pi / 4]))
    np.testing.assert_array_equal(turned[0], given[0].astype(np.uint8))
    assert turned[1, 0, 0].tolist() == [0.0, 0.0, 0.0] and turned[1, 8, 8].tolist() == [1.0, 1.0, 1.0]
    np.testing.assert_allclose(rotate(given, [0.0, np.pi / 4], "reflect")[1], 1.0, rtol=1e-5)
