"""The resolution test of a dataset's test split: which galaxies, their images, and what a network makes of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from truemorph.components.examples.table import read_table
from truemorph.components.examples.tfrecord import places, read_place, shards
from truemorph.components.laws import FlipLaw
from truemorph.components.resolution_test.ladder import climb, psf_sigma, trusted

GALAXY_ZOO_SIDE = 8.48
"""Side of a Galaxy Zoo 2 stamp in petroR90_r, which is about petroRad_r."""


def resolution_test(
    p_disk: Callable[[Any], npt.ArrayLike],
    examples: Path,
    law: FlipLaw,
    *,
    crop: float,
    image_size: int,
    side: float = GALAXY_ZOO_SIDE,
    seed: int = 0,
) -> dict[str, Any]:
    """How right a network is at lower resolution, from test galaxies whose labels can be trusted; see climb.

    Args:
        p_disk: (n, image_size, image_size, 3) float32 in 0..255 -> (n,) p(disk | x).
        examples: the folder that ExampleGen wrote; its test split is used.
        law: the law of mislabelling, which says whose labels can be trusted.
        crop: central share of the stamp's side that the network sees.
        image_size: side of what it sees, pixels.
        side: side of the whole stamp in petroRad_r.
        seed: of the noise.

    Returns:
        {"status", "n" trusted galaxies, "disks" among them, "side", "rungs"}; status as in climb, of all galaxies.

    Raises:
        InputError: if there is no such dataset.
    """
    import tensorflow as tf

    from truemorph.components.images.decode import decode, image_of

    table = read_table(examples, "test", ["alpha", "label_raw", "smooth_fraction", "disk_fraction"])
    alpha, label = table["alpha"].to_numpy(np.float64), table["label_raw"].to_numpy(np.float64, na_value=np.nan)
    smooth, disk = (table[f"{name}_fraction"].to_numpy(np.float64) for name in ("smooth", "disk"))
    with np.errstate(invalid="ignore", divide="ignore"):
        votes = disk / (smooth + disk)
    chosen = np.flatnonzero(trusted(law.flip_probability(alpha), votes, label))
    where = places(shards(examples, "test"))[chosen]
    decoded: Any = tf.function(lambda record: decode(image_of(record), crop, image_size))
    images = np.empty((len(chosen), image_size, image_size, 3), np.float32)
    for at, place in enumerate(where):
        images[at] = decoded(tf.constant(read_place(place)))
    sigma = psf_sigma(alpha[chosen], image_size, crop, side)
    rungs = climb(p_disk, images, alpha[chosen], label[chosen] == 1.0, sigma, seed=seed)
    return {
        "status": rungs[0]["status"],
        "n": len(chosen),
        "disks": int((label[chosen] == 1.0).sum()),
        "side": side,
        "rungs": rungs,
    }
