"""Images turned by any angle: the sky has no up."""

import math
from typing import Any

from keras import ops


def rotate(images: Any, angles: Any, fill: str = "constant") -> Any:
    """Images turned about their centre, bilinearly interpolated.

    Formula: the pixel (x, y) of the result, y downwards, is that of the image at
    (c + cos a (x - c) - sin a (y - c), c + sin a (x - c) + cos a (y - c)) with c = (S - 1) / 2.

    Args:
        images: (N, S, S, 3), of any number type.
        angles: (N,) radians, counter-clockwise where positive.
        fill: what is taken for the sky outside the image: 'constant' for 0, 'reflect' for its mirror image.

    Returns:
        (N, S, S, 3) float32.

    Example:
        >>> image = ops.reshape(ops.arange(4.0), (1, 2, 2, 1))
        >>> ops.convert_to_numpy(rotate(image, [1.5708]))[0, :, :, 0].round().tolist()
        [[1.0, 3.0], [0.0, 2.0]]

    References:
        tensorflow_addons.image.rotate, which it agrees with.
    """
    images, angles = ops.cast(images, "float32"), ops.cast(angles, "float32")
    cos, sin, centre = ops.cos(angles), ops.sin(angles), (images.shape[1] - 1) / 2
    zero = ops.zeros_like(angles)
    right, down = centre * (1 - cos + sin), centre * (1 - sin - cos)
    transforms = ops.stack([cos, -sin, right, sin, cos, down, zero, zero], axis=1)
    return ops.image.affine_transform(images, transforms, "bilinear", fill, 0.0, "channels_last")


def margin_of(crop: float, image_size: int) -> int:
    """Pixels that an image needs on each side so that turning it leaves no corner empty, as far as the stamp has them.

    Args:
        crop: central share of the stamp's side that the image is, in (0, 1].
        image_size: its side in pixels.

    Example:
        >>> margin_of(207 / 424, 207), margin_of(0.9, 100), margin_of(1.0, 64)
        (43, 5, 0)
    """
    needed = math.ceil((math.sqrt(2) - 1) * image_size / 2)
    return min(needed, math.floor((1 / crop - 1) * image_size / 2))
