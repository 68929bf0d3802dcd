"""What the benchmarks of serving and of bulk inference share: a pushed model and images of galaxies."""

import io
import json
import os
from pathlib import Path

import numpy as np
from PIL import Image

CROP = 207 / 424
SIZES = {"small": 48, "resnet50": 64}
"""Side of what each network sees: what a CPU does in reasonable time."""


def make_serving(folder: Path, backbone: str) -> Path:
    """A freshly built network in folder/serving/1, as the Pusher writes it; its speed is that of a trained one."""
    from truemorph.components.artifacts.model_card import CARD
    from truemorph.components.laws import ExponentialLaw
    from truemorph.components.pusher.signatures import Server, save
    from truemorph.components.trainer.backbones import build_classifier

    version = folder / "serving" / "1"
    size = SIZES[backbone]
    classifier = build_classifier(backbone, size, 0)
    head = classifier.get_layer("logits")
    head.kernel.assign(np.random.default_rng(0).normal(0, 2.0, head.kernel.shape))
    save(version, Server(classifier, size, CROP, ExponentialLaw(9.18)))
    (version / CARD).parent.mkdir()
    card = {"image_size": size, "crop": CROP, "law": "exponential", "theta": 9.18}
    (version / CARD).write_text(json.dumps(card))
    return folder / "serving"


def make_images(count: int, seed: int = 0) -> list[bytes]:
    """JPEGs of 424 pixels a side and about 20 kB, as Galaxy Zoo 2's: a smooth blob on a noisy sky."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:424, :424] - 212.0
    images = []
    for _ in range(count):
        short = rng.uniform(0.3, 1.0)
        light = 220 * np.exp(-np.hypot(x, y / short) / rng.uniform(20, 50))
        pixels = np.clip(light[..., None] * [1.0, 0.9, 0.8] + rng.normal(12, 6, (424, 424, 3)), 0, 255)
        buffer = io.BytesIO()
        Image.fromarray(pixels.astype(np.uint8)).save(buffer, "JPEG", quality=70)
        images.append(buffer.getvalue())
    return images


def resident(process: int) -> float:
    """Memory that a process holds, MB."""
    with open(f"/proc/{process}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def processor_seconds(process: int) -> float:
    """What a process has used of the processors, in user and system time."""
    with open(f"/proc/{process}/stat") as file:
        words = file.read().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
