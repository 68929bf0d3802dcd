"""Images turned by any angle: the sky has no up."""

import math
from typing import Any

import tensorflow as tf


def rotate(images: Any, angles: Any, fill: str = "constant", margin: int = 0) -> tf.Tensor:
    """Images turned about their centre, bilinearly interpolated.

    Formula: the pixel (x, y) of the result, y downwards, is that of the image at
    (c + cos a (x - c) - sin a (y - c), c + sin a (x - c) + cos a (y - c)) with c = (S - 1) / 2.

    Args:
        images: (N, S, S, 3), of any number type.
        angles: (N,) radians, counter-clockwise where positive.
        fill: what is taken for the sky outside the image: 'constant' for 0, 'reflect' for its mirror image.
        margin: pixels cut off each side of the result; they are not computed.

    Returns:
        (N, S - 2 margin, S - 2 margin, 3) float32.

    Example:
        >>> image = [[[[0.0], [1.0]], [[2.0], [3.0]]]]
        >>> rotate(image, [1.5708]).numpy()[0, :, :, 0].round().tolist()
        [[1.0, 3.0], [0.0, 2.0]]

    References:
        tensorflow_addons.image.rotate, which it agrees with.
    """
    images, angles = tf.cast(images, tf.float32), tf.cast(angles, tf.float32)
    cos, sin, zero = tf.cos(angles), tf.sin(angles), tf.zeros_like(angles)
    size = images.shape[1]
    centre, from_centre = (size - 1) / 2, margin - (size - 1) / 2
    right, down = centre + from_centre * (cos - sin), centre + from_centre * (sin + cos)
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=tf.stack([cos, -sin, right, sin, cos, down, zero, zero], axis=1),
        output_shape=[size - 2 * margin] * 2,
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode=fill.upper(),
    )


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
