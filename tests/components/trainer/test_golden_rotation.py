"""Keras's op that turns images, against the values of tensorflow-addons 0.23.0 in tests/golden."""

from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt
import pytest

Golden = dict[str, npt.NDArray[np.float32]]
SHAPES = ("8-1", "8-3", "9-1", "9-3")
TOLERANCE = 5e-4
"""Of 255: the rounding of float32 in the place of a pixel."""


@pytest.fixture(scope="module")
def golden(root: Path) -> Golden:
    with np.load(root / "tests" / "golden" / "rotation.npz") as file:
        return {name: file[name] for name in file.files}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
@pytest.mark.parametrize(("name", "mode", "value"), [("grey", "constant", 50.0), ("reflect", "reflect", 0.0)])
def test_the_op_of_keras_turns_as_tensorflow_addons(
    golden: Golden, shape: str, interpolation: str, name: str, mode: str, value: float
) -> None:
    images, angles = golden[f"images-{shape}"].astype(np.float32), np.radians(golden["degrees"]).astype(np.float32)
    cos, sin, last = np.cos(angles), np.sin(angles), np.float32(images.shape[1] - 1)
    right, down = (last - (cos * last - sin * last)) / 2, (last - (sin * last + cos * last)) / 2
    transform = np.stack([cos, -sin, right, sin, cos, down, 0 * cos, 0 * cos], axis=1)
    turned = keras.ops.image.affine_transform(images, transform, interpolation, mode, value, "channels_last")
    np.testing.assert_allclose(turned, golden[f"{interpolation}-{name}-{shape}"], rtol=0, atol=TOLERANCE)
