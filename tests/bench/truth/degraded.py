"""Well resolved galaxies, shown at all resolutions of a sample."""

import numpy as np
import numpy.typing as npt
from sky import IMAGE_SIZE, Sky

from truemorph.components.evaluator.ladder import BATCH, RUNGS, noises
from truemorph.components.images.degrade import degrade
from truemorph.components.simulator.profiles import petrosian_radii

Floats = npt.NDArray[np.float64]
WELL_RESOLVED = 18.0
COPIES = 4
"""Degraded copies of each well resolved galaxy, beside itself."""
SIDE = 4.14
"""Side of what the networks see, in petroR90_r: 207 / 424 of 8.48."""


def psf_pixels(sky: Sky) -> Floats:
    """(N,) standard deviation of the PSF in pixels of what the networks see; stamps are framed by petroR90_r."""
    petro, _, r90 = petrosian_radii(sky.table["ng"].fillna(1.0).clip(0.5, 8.0).to_numpy())
    return np.asarray(petro / r90 * IMAGE_SIZE / SIDE / sky.table["alpha"].to_numpy(), np.float64)


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
    sigma = psf_pixels(sky)
    nearest = np.abs(np.log(wanted[:, None] / np.asarray(RUNGS))).argmin(axis=1)
    nearest[:: COPIES + 1] = -1
    pixels = sky.pixels[source]
    noise = noises(alpha, lambda rows: sky.pixels[rows], sky.pixels[good], alpha[good], sigma[good])
    for number, rung in enumerate(RUNGS):
        copies = np.flatnonzero(nearest == number)
        for k in (copies[at : at + BATCH] for at in range(0, len(copies), BATCH)):
            given = (pixels[k], alpha[source[k]], wanted[k], sigma[source[k]])
            pixels[k] = np.rint(degrade(*given, noise=noise.get(rung), seed=(seed, int(k[0]))))
    rows = sky.rows(source)
    return Sky(pixels, rows.table.assign(alpha=wanted), rows.truth), np.asarray(label, np.float64)[source]
