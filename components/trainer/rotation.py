"""Images turned by any angle, without a loss of detail or noise: the sky has no up."""

import math
from typing import Any

import numpy as np
import tensorflow as tf

_BRIDGE = 8
"""Pixels between the two ends of a row, which a shift by Fourier transform joins: a step there would ring."""


def rotate(images: Any, angles: Any, margin: int = 0) -> tf.Tensor:
    """Images turned about their centre by three shears, each of which shifts rows or columns by Fourier transform.

    A shift by Fourier transform changes no amplitude: white noise stays white and keeps its variance exactly, and what
    is limited in band keeps its spectrum, whereas interpolation between neighbours smooths both. The network thus sees
    in training the noise and the detail that it meets in use.

    Formula: the pixel (x, y) of the result, y downwards, is that of the image at
    (c + cos a (x - c) - sin a (y - c), c + sin a (x - c) + cos a (y - c)) with c = (S - 1) / 2; that matrix is the
    product of x -> x - tan(a/2) y, y -> y + sin(a) x, x -> x - tan(a/2) y.

    Args:
        images: (N, S, S, C), of any number type.
        angles: (N,) radians in [-pi/4, pi/4], counter-clockwise where positive; a symmetry of the square does the rest.
        margin: pixels cut off each side of the result. Where it is less than (sqrt(2) - 1) S / 2, corners are filled
            with the mirror image of what lies inside.

    Returns:
        (N, S - 2 margin, S - 2 margin, C) float32.

    Example:
        >>> noise = np.random.default_rng(0).normal(size=(1, 64, 64, 1))
        >>> turned, unturned = rotate(noise, [0.5], 14), noise[:, 14:50, 14:50]
        >>> round(float(np.std(turned)), 2), round(float(np.std(unturned)), 2)
        (1.01, 1.02)

    References:
        Unser, Thevenaz & Yaroslavsky 1995, IEEE Trans. Image Process. 4, 1371; Larkin, Oldenburg & Klemm 1997.
    """
    pixels, angles = tf.transpose(tf.cast(images, tf.float32), (0, 3, 1, 2)), tf.cast(angles, tf.float32)
    side = pixels.shape[-1] - 2 * margin
    missing = max(margin_needed(side) - margin, 0)
    pixels = tf.pad(pixels, [[0, 0], [0, 0], [missing] * 2, [missing] * 2], "SYMMETRIC")
    across, down = -tf.tan(angles / 2), tf.sin(angles)
    pixels = tf.transpose(_shift_rows(pixels, across), (0, 1, 3, 2))
    within = slice(margin + missing, margin + missing + side)
    pixels = tf.transpose(_shift_rows(pixels, down), (0, 1, 3, 2))[:, :, within]
    return tf.transpose(_shift_rows(pixels, across)[..., within], (0, 2, 3, 1))


def margin_needed(size: int) -> int:
    """Pixels that a square of this side needs around it so that turning it leaves no corner empty."""
    return math.ceil((math.sqrt(2) - 1) * size / 2)


def margin_of(crop: float, image_size: int) -> int:
    """Pixels that an image needs on each side so that turning it leaves no corner empty, as far as the stamp has them.

    Args:
        crop: central share of the stamp's side that the image is, in (0, 1].
        image_size: its side in pixels.

    Example:
        >>> margin_of(207 / 424, 207), margin_of(0.9, 100), margin_of(1.0, 64)
        (43, 5, 0)
    """
    return min(margin_needed(image_size), math.floor((1 / crop - 1) * image_size / 2))


def _shift_rows(pixels: tf.Tensor, slope: tf.Tensor) -> tf.Tensor:
    """Row y of (N, C, H, W) moved by slope (N,) times y - c."""
    height, width = pixels.shape[2:]
    share = (tf.range(_BRIDGE, dtype=tf.float32) + 0.5) / _BRIDGE
    bridge = (1 - share) * pixels[..., : -_BRIDGE - 1 : -1] + share * pixels[..., _BRIDGE - 1 :: -1]
    joined = tf.concat([pixels, bridge], axis=-1)
    frequency = 2 * np.pi * np.fft.rfftfreq(width + _BRIDGE)
    if width % 2 == 0:
        frequency[-1] = 0.0  # the highest has no phase of its own
    rows = np.arange(height) - (height - 1) / 2
    phase = slope[:, None, None, None] * tf.constant(np.outer(rows, frequency), tf.float32)
    shifted = tf.signal.rfft(joined) * tf.complex(tf.cos(phase), tf.sin(phase))
    return tf.signal.irfft(shifted, [width + _BRIDGE])[..., :width]
