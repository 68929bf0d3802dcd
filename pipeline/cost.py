"""What a training costs on this machine if nothing else runs: arithmetic over a measured speed."""

import os
import time
from dataclasses import dataclass

import numpy as np

from truemorph.config.presets import preset

FLOP = {"small": 4.0e9, "resnet50": 24.6e9}
"""Of products of matrices in the time of one training step an image of 224 px. ResNet50 is little else: three times its
forward pass, He et al. 2016, Table 1. The small network waits for memory and for its images: docs/measurements.md."""
FLOATS = {"small": 1e6, "resnet50": 26e6}
"""Kept of an image of 224 px for the gradients."""
PARAMETERS = {"small": 0.2e6, "resnet50": 25.7e6}
LIBRARIES = 1.5e9
"""Bytes that TensorFlow and Beam take before anything is trained."""
DECODED = 700.0
"""JPEGs of 64 to 224 px that a core decodes in a second, see `make bench-train`."""


@dataclass(frozen=True)
class Cost:
    """What the networks of a run cost.

    Args:
        preset: its name.
        backbone, image_size: what is trained.
        hours: on this machine's processors, with nothing else to do.
        memory: at the most, GB.
    """

    preset: str
    backbone: str
    image_size: int
    hours: float
    memory: float

    def __str__(self) -> str:
        took = f"{60 * self.hours:.0f} min" if self.hours < 2 else f"{self.hours:,.0f} h"
        took = "under a minute" if self.hours < 1 / 60 else took if self.hours < 72 else f"{self.hours / 24:,.0f} days"
        return f"{self.preset:<6} {self.backbone}, {self.image_size} px: {took}, {self.memory:.1f} GB"


def speed(seconds: float = 0.3) -> float:
    """Floating-point operations a second of all processors here: those of one, the fastest of many small products."""
    # So small that NumPy's library gives them to one processor, and other work on the machine seldom comes between.
    side, count = 64, 32
    matrices, out = np.ones((count, side, side), np.float32), np.empty((count, side, side), np.float32)
    times, began = [], time.perf_counter()
    while (now := time.perf_counter()) < began + seconds:
        np.matmul(matrices, matrices[0], out=out)
        times.append(time.perf_counter() - now)
    return float((os.cpu_count() or 1) * count * 2 * side**3 / min(times))


def costs(galaxies: int, networks: int) -> list[Cost]:
    """The cost of each preset.

    Formula: hours = networks folds 0.8 N (epochs FLOP(size) / speed + decodings / (cores 700/s)) / 3600, where images
    are decoded once if their pixels fit the memory, else in each epoch.

    Args:
        galaxies: of the dataset, N; 80 % of them train.
        networks: how many are trained.
    """
    rate, cores = speed(), os.cpu_count() or 1
    found = []
    for name in ("cpu", "gpu", "paper"):
        settings = preset(name).trainer.filled()
        share = (settings.image_size / 224) ** 2
        pixels = 0.8 * galaxies * 3 * settings.image_size**2
        held = pixels if pixels < _memory() / 4 else 0.0
        epochs = settings.epochs or 0
        image = epochs * share * FLOP[settings.backbone] / rate + (1 if held else epochs) / (cores * DECODED)
        hours = networks * settings.folds * 0.8 * galaxies * image / 3600
        batch = 4 * share * FLOATS[settings.backbone] * (settings.batch_size or 0)
        weights = 16 * PARAMETERS[settings.backbone]
        memory = (LIBRARIES + batch + weights + held) / 1e9
        found.append(Cost(name, settings.backbone, settings.image_size, hours, memory))
    return found


def _memory() -> float:
    """Bytes of this machine."""
    return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
