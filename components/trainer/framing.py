"""How galaxies are framed in the images that a network was trained on."""

from typing import Any

import numpy as np

from truemorph.components.images.framing import VIEWS, framing_of, measure
from truemorph.components.trainer.inputs import LabelledImages

MEASURED = 2048
"""Galaxies that are measured, at most."""
_BATCH = 64


def framing(galaxies: LabelledImages) -> dict[str, Any] | None:
    """What the model card says of the framing of training galaxies, shown as in use and with other fields of view.

    Args:
        galaxies: those trained on.

    Returns:
        See images.framing.framing_of.
    """
    chosen = np.linspace(0, len(galaxies) - 1, min(len(galaxies), MEASURED)).astype(int)
    measured = {}
    for width in (1.0, *VIEWS):
        if width * galaxies.crop <= 1.0:
            batches = galaxies.shown(chosen, width * galaxies.crop).batch(_BATCH).as_numpy_iterator()
            measured[width] = np.concatenate([measure(images) for images in batches])
    return framing_of(measured)
