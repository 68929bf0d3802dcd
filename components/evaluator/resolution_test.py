"""The resolution test of a dataset's test split: which galaxies, their images, and what networks make of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from truemorph.components.evaluator.ladder import Floats, climb, noises, psf_sigma, trusted
from truemorph.components.examples.table import read_table
from truemorph.components.examples.tfrecord import places, read_place, shards
from truemorph.components.images.degrade import Noise
from truemorph.components.laws import FlipLaw

GALAXY_ZOO_SIDE = 8.48
"""Side of a Galaxy Zoo 2 stamp in petroR90_r, which is about petroRad_r."""
SPLIT = "test"
_COLUMNS = ("objid", "alpha", "label_raw", "smooth_fraction", "disk_fraction", "psf_sigma_pixels")
PDisk = Callable[[Any], npt.ArrayLike]


@dataclass(frozen=True)
class Trusted:
    """Test galaxies whose label can be trusted.

    Args:
        objid: (N,) their ids.
        alpha: (N,) the resolutions at which they were seen.
        disk: (N,) whether their label is disk.
        images: (N, S, S, 3) in 0..255, as a network sees them.
        sigma: (N,) standard deviation of the PSF, pixels of these images.
        scaled: how many of these are known from the scale of the stamp; the others follow from alpha and the side.
        side: side of a stamp in petroRad_r, for those.
        noise: by rung, of the test galaxies seen there, where these are enough; see ladder.near.
    """

    objid: npt.NDArray[Any]
    alpha: Floats
    disk: npt.NDArray[np.bool_]
    images: npt.NDArray[np.float32]
    sigma: Floats
    scaled: int
    side: float
    noise: Mapping[float, Noise]


def trusted_galaxies(
    examples: Path, law: FlipLaw, *, crop: float, image_size: int, side: float = GALAXY_ZOO_SIDE
) -> Trusted:
    """The test galaxies whose label can be trusted, see ladder.trusted, as a network sees them.

    Args:
        examples: the folder that ExampleGen wrote.
        law: the law of mislabelling.
        crop: central share of the stamp's side that the network sees.
        image_size: side of what it sees, pixels.
        side: side of the whole stamp in petroRad_r, where the Examples do not carry the PSF in pixels.

    Raises:
        InputError: if there is no such dataset.
    """
    import tensorflow as tf

    from truemorph.components.images.decode import decode, image_of

    everyone = _labels(examples, law)
    table = everyone[_sure(everyone, law)]
    chosen = table.index.to_numpy()

    def shown(record: Any) -> tuple[Any, Any]:
        encoded = image_of(record)
        shape = tf.shape(tf.io.decode_image(encoded, channels=3, expand_animations=False))
        return decode(encoded, crop, image_size), tf.minimum(shape[0], shape[1])

    decoded: Any = tf.function(shown, autograph=False)
    found = places(shards(examples, SPLIT))

    def seen(rows: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.float32], Floats]:
        images, sides = np.empty((len(rows), image_size, image_size, 3), np.float32), np.empty(len(rows))
        for at, place in enumerate(found[rows]):
            images[at], sides[at] = decoded(tf.constant(read_place(place)))
        return images, sides

    images, sides = seen(chosen)
    alpha = table["alpha"].to_numpy(np.float64)
    known = table["psf_sigma_pixels"].to_numpy(np.float64) * image_size / (crop * sides)
    sigma = np.where(np.isfinite(known), known, psf_sigma(alpha, image_size, crop, side))
    return Trusted(
        objid=table["objid"].to_numpy(),
        alpha=alpha,
        disk=table["label_raw"].to_numpy(np.float64) == 1.0,
        images=images,
        sigma=sigma,
        scaled=int(np.isfinite(known).sum()),
        side=side,
        noise=noises(everyone["alpha"].to_numpy(np.float64), lambda rows: seen(rows)[0], images, alpha, sigma),
    )


def trusted_labels(examples: Path, law: FlipLaw) -> pd.DataFrame:
    """The rows of test galaxies whose label can be trusted; their index counts the records of the split."""
    table = _labels(examples, law)
    return table[_sure(table, law)]


def _labels(examples: Path, law: FlipLaw) -> pd.DataFrame:
    return read_table(examples, SPLIT, list(dict.fromkeys([*_COLUMNS, *law.observables])))


def _sure(table: pd.DataFrame, law: FlipLaw) -> npt.NDArray[np.bool_]:
    smooth, disk = (table[f"{name}_fraction"].to_numpy(np.float64) for name in ("smooth", "disk"))
    with np.errstate(invalid="ignore", divide="ignore"):
        votes = disk / (smooth + disk)
    label = table["label_raw"].to_numpy(np.float64, na_value=np.nan)
    return trusted(law.flip_probability(law.columns(table)), votes, label)


def resolution_test(networks: Mapping[str, PDisk], galaxies: Trusted, seed: int = 0) -> dict[str, Any]:
    """How right networks are at lower resolution, from test galaxies whose labels can be trusted; see climb.

    Args:
        networks: by key, each (n, S, S, 3) float32 in 0..255 -> (n,) p(disk | x).
        galaxies: from trusted_galaxies.
        seed: of the noise.

    Returns:
        {"status", "why", "n" trusted galaxies, "disks" among them, "scaled", "side", "noisy" rungs, whose noise is
        that of galaxies seen there, "rows": [{"key", "rungs"}]};
        status as in climb, of all galaxies.
    """
    rows = climb(
        networks, galaxies.images, galaxies.alpha, galaxies.disk, galaxies.sigma, noise=galaxies.noise, seed=seed
    )
    first = next(iter(rows.values()))[0]
    return {
        "status": first["status"],
        "why": first.get("why"),
        "n": len(galaxies.alpha),
        "disks": int(galaxies.disk.sum()),
        "scaled": galaxies.scaled,
        "side": galaxies.side,
        "noisy": len(galaxies.noise),
        "rows": [{"key": key, "rungs": rungs} for key, rungs in rows.items()],
    }
