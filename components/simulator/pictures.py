"""The picture file of a galaxy, as one of the sky's renderers draws it."""

import io
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from truemorph.components.simulator.field import stamp_rng
from truemorph.components.simulator.kind import Kind
from truemorph.components.simulator.other_hand import QUALITY as OTHER_QUALITY
from truemorph.components.simulator.other_hand import colour_otherwise, render_otherwise
from truemorph.components.simulator.render import colour, render
from truemorph.components.simulator.resolved import stamp_light

QUALITY = 92


def jpeg(pixels: npt.NDArray[np.uint8], quality: int, subsampling: int) -> bytes:
    """A JPEG file of (H, W, 3) uint8 pixels; subsampling 0: colours as sharp as brightness, 2: half as sharp."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="JPEG", quality=quality, subsampling=subsampling)
    return buffer.getvalue()


def picture(row: Any, seed: int, size: int, kind: Kind) -> bytes:
    """The JPEG of one galaxy.

    Args:
        row: a row of the catalogue, drawn or of stamps, with its place `Index` in it.
        seed: the sky's number.
        size: pixels a side.
        kind: whose hand draws it, and whether it is grey.
    """
    if hasattr(row, "file"):
        image = stamp_light(row, size, stamp_rng(seed, row.Index))
    else:
        image = (render_otherwise if kind.another_hand else render)(row, seed, size, kind.grey)
    if kind.another_hand:
        return jpeg(colour_otherwise(image), OTHER_QUALITY, 2)
    return jpeg(colour(image), QUALITY, 0)
