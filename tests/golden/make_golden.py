"""What tensorflow-addons 0.23.0 gives for F1 and rotation, written to f1.json and rotation.npz beside this file.

It needs an environment of its own, for tensorflow-addons works with Keras 2 only: `make golden` makes it and runs this.
"""

import itertools
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
import tensorflow_addons as tfa

FOLDER = Path(__file__).parent
DEGREES = (0.0, 90.0, -90.0, 180.0, 30.0, -17.5, 50.0, -130.0, 211.0, 360.0)
"""One image for each, counter-clockwise where positive; at none the nearest of two pixels is a matter of rounding."""
FILLS = {"black": ("constant", 0.0), "grey": ("constant", 50.0), "reflect": ("reflect", 0.0)}


def f1() -> list[dict[str, object]]:
    """Labels and probabilities of two and three classes, each with tfa's F1 for every average and threshold."""
    rng = np.random.default_rng(0)
    samples = []
    for classes, n in ((2, 60), (3, 60), (2, 5)):
        label = rng.integers(classes, size=n)
        p = rng.dirichlet(np.ones(classes), size=n) + np.eye(classes)[label] * 0.4
        p = np.round(p / p.sum(axis=1, keepdims=True), 4)
        found = []
        for average, threshold in itertools.product((None, "macro", "micro", "weighted"), (None, 0.3, 0.5)):
            metric = tfa.metrics.F1Score(classes, average, threshold)
            for part in (slice(0, n // 2), slice(n // 2, n)):  # in two batches, as a metric sees them
                metric.update_state(np.eye(classes, dtype=np.float32)[label[part]], p[part].astype(np.float32))
            f1 = np.asarray(metric.result(), np.float64).tolist()
            found.append({"average": average, "threshold": threshold, "f1": f1})
        samples.append({"label": label.tolist(), "p": p.tolist(), "scores": found})
    return samples


def rotation() -> dict[str, np.ndarray]:
    """Images of odd and even sides, of 1 and 3 channels, and what tfa.image.rotate makes of them."""
    rng = np.random.default_rng(1)
    arrays = {"degrees": np.array(DEGREES)}
    for side, channels in itertools.product((8, 9), (1, 3)):
        images = rng.integers(256, size=(len(DEGREES), side, side, channels)).astype(np.uint8)
        arrays[f"images-{side}-{channels}"] = images
        for interpolation, (name, (mode, value)) in itertools.product(("bilinear", "nearest"), FILLS.items()):
            turned = tfa.image.rotate(
                tf.constant(images, tf.float32),
                np.radians(DEGREES).astype(np.float32),
                interpolation=interpolation,
                fill_mode=mode,
                fill_value=value,
            )
            arrays[f"{interpolation}-{name}-{side}-{channels}"] = turned.numpy()
    return arrays


def main() -> None:
    """Write both files."""
    versions = {"tensorflow": tf.__version__, "tensorflow-addons": tfa.__version__}
    text = json.dumps({"made with": versions, "samples": f1()})
    (FOLDER / "f1.json").write_text(text + "\n", encoding="utf-8")
    np.savez_compressed(FOLDER / "rotation.npz", **rotation())


if __name__ == "__main__":
    sys.exit(main())
