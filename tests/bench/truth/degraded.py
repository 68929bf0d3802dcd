"""Well resolved galaxies, shown at all resolutions of a sample."""

import numpy as np
import numpy.typing as npt
from sky import IMAGE_SIZE, Sky

from truemorph.components.images.degrade import degrade
from truemorph.components.simulator.profiles import petrosian_radii

Floats = npt.NDArray[np.float64]
WELL_RESOLVED = 18.0
COPIES = 5
"""Degraded copies of each well resolved galaxy, beside itself."""
SIDE = 4.14
"""Side of what the networks see, in petroR90_r: 207 / 424 of 8.48."""


def degraded(sky: Sky, label: npt.ArrayLike, seed: int) -> tuple[Sky, Floats]:
    """Well resolved galaxies, and copies of them at resolutions of the whole sample below their own.

    Args:
        sky: the galaxies.
        label: (N,) their labels.
        seed: of the resolutions and the noise.

    Returns:
        Galaxies, and their labels.
    """
    rng, alpha = np.random.default_rng((seed, 7)), sky.table["alpha"].to_numpy()
    good = np.flatnonzero(alpha > WELL_RESOLVED)
    source = np.repeat(good, COPIES + 1)
    wanted = np.minimum(rng.choice(alpha, len(source)), alpha[source])
    wanted[:: COPIES + 1] = alpha[good]
    petro, _, r90 = petrosian_radii(sky.table["ng"].fillna(1.0).clip(0.5, 8.0).to_numpy()[source])
    radius = petro / r90 * IMAGE_SIZE / SIDE  # pixels
    pixels = np.concatenate(
        [
            degrade(
                sky.pixels[source[k]], alpha[source[k]], wanted[k], (radius / alpha[source])[k], seed=(seed, k.start)
            )
            for k in (slice(start, start + 256) for start in range(0, len(source), 256))
        ]
    )
    rows = sky.rows(source)
    return Sky(np.rint(pixels).astype(np.uint8), rows.table.assign(alpha=wanted), rows.truth), np.asarray(
        label, np.float64
    )[source]
