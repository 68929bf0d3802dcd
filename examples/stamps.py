"""Generated galaxies for the examples: smooth ones are round, disks are thin, and many labels are wrong."""

from typing import NamedTuple

import numpy as np

from truemorph import ExponentialLaw

SIZE = 16


class Stamps(NamedTuple):
    """N galaxies."""

    images: np.ndarray  # (N, 16, 16), float32
    alpha: np.ndarray  # (N,) resolution, Petrosian radius / PSF sigma, float32
    seen: np.ndarray  # (N,) the label that was written, 0 smooth or 1 disk: wrong for many disks
    truth: np.ndarray  # (N,) the true class, to judge by and never to train on


def make_stamps(n: int, law: ExponentialLaw, seed: int) -> Stamps:
    """Galaxies whose labels follow the law."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, n).astype(np.int32)
    alpha = rng.uniform(3.0, 14.0, n).astype(np.float32)
    angle = rng.uniform(0.0, np.pi, n)[:, None, None]
    thickness = np.where(truth == 1, 0.3, 0.9)[:, None, None]
    y, x = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    light = np.exp(-(along**2 + (across / thickness) ** 2) / 18.0)
    images = light + rng.normal(0.0, 0.05, light.shape)
    flipped = (truth == 1) & (rng.random(n) < law.flip_probability(alpha))
    return Stamps(images.astype(np.float32), alpha, np.where(flipped, 0, truth).astype(np.int32), truth)
