"""What a training costs on this machine: arithmetic over a measured speed, never held against a timed training."""

import os
import time
from dataclasses import dataclass

import numpy as np

from truemorph.config.presets import preset

FLOP = {"small": 0.22e9, "resnet50": 24.6e9}
"""Of one training step an image of 224 px, three times the forward pass: by the layers, and He et al. 2016, Table 1."""
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
        hours: on this machine's processors.
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
    """Floating-point operations a second that the processors here do now, measured on products of matrices."""
    matrix = np.ones((768, 768), np.float32)
    matrix @ matrix
    done, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < seconds:
        matrix @ matrix
        done += 1
    return 2 * 768**3 * done / spent


def costs(galaxies: int, networks: int) -> list[Cost]:
    """The cost of each preset.

    Formula: hours = networks folds epochs 0.8 N (FLOP(size) / speed + 1 / (cores 700/s)) / 3600.

    Args:
        galaxies: of the dataset, N; 80 % of them train.
        networks: how many are trained.
    """
    rate, cores = speed(), os.cpu_count() or 1
    found = []
    for name in ("cpu", "gpu", "paper"):
        settings = preset(name).trainer.filled()
        share = (settings.image_size / 224) ** 2
        image = share * FLOP[settings.backbone] / rate + 1 / (cores * DECODED)
        hours = networks * settings.folds * (settings.epochs or 0) * 0.8 * galaxies * image / 3600
        batch = 4 * share * FLOATS[settings.backbone] * (settings.batch_size or 0)
        weights = 16 * PARAMETERS[settings.backbone]
        pixels = 0.8 * galaxies * 3 * settings.image_size**2
        held = pixels if pixels < _memory() / 4 else 0.0
        memory = (LIBRARIES + batch + weights + held) / 1e9
        found.append(Cost(name, settings.backbone, settings.image_size, hours, memory))
    return found


def _memory() -> float:
    """Bytes of this machine."""
    return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
