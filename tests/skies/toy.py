"""A toy sky for the tests of networks: round blobs are smooth, elongated ones disks; labels are flipped by a law."""

import io
import json
from pathlib import Path

import numpy as np
from PIL import Image

from truemorph.components.laws import ExponentialLaw

LAW = ExponentialLaw(9.18)


def blob(rng: np.random.Generator, disk: bool, size: int = 48, kind: str = "JPEG") -> bytes:
    """An encoded image of a Gaussian blob, elongated at a random angle where it is a disk."""
    y, x = np.mgrid[:size, :size] - size / 2
    angle, short = rng.uniform(0, np.pi), rng.uniform(0.35, 0.5) if disk else rng.uniform(0.9, 1.0)
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    light = 220 * np.exp(-0.5 * (along**2 + (across / short) ** 2) / rng.uniform(4, 6) ** 2)
    pixels = np.clip(light[..., None] * [1.0, 0.9, 0.8] + rng.normal(12, 4, (size, size, 3)), 0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def example(image: bytes, objid: str, **values: float | None) -> bytes:
    """A serialised Example as ExampleGen writes it; an int becomes an int64, None an absent feature."""
    import tensorflow as tf

    made = tf.train.Example()
    feature = made.features.feature
    feature["image"].bytes_list.value.append(image)
    feature["objid"].bytes_list.value.append(objid.encode())
    for name, value in values.items():
        if isinstance(value, int):
            feature[name].int64_list.value.append(value)
        elif value is not None:
            feature[name].float_list.value.append(value)
    return made.SerializeToString()


def shard(path: Path, examples: list[bytes]) -> None:
    """Write a TFRecord file."""
    import tensorflow as tf

    path.parent.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for each in examples:
            writer.write(each)


def sky(folder: Path, train: int, held: int, test: int, seed: int = 0) -> dict[str, int]:
    """Write an examples folder of two shards a split; gives the true class of each objid."""
    rng, volunteers = np.random.default_rng(seed), np.random.default_rng((seed, 1))
    truth: dict[str, int] = {}
    for split, count in (("train", train), ("eval", held), ("test", test)):
        for index, number in enumerate((count - count // 2, count // 2)):
            made = []
            for _ in range(number):
                objid = str(587722981741363200 + len(truth))
                disk, alpha = bool(rng.random() < 0.55), float(rng.uniform(4, 16))
                seen = int(disk and rng.random() > LAW.flip_probability(alpha))
                truth[objid] = int(disk)
                # Of 40 volunteers: flipped disks are less clear than smooth galaxies.
                share = volunteers.beta(2, 8) if seen else volunteers.beta(6, 4) if disk else volunteers.beta(9, 2)
                smooth = int(volunteers.binomial(40, share))
                made.append(
                    example(
                        blob(rng, disk),
                        objid,
                        alpha=alpha,
                        label_raw=seen,
                        label_debiased=None if rng.random() < 0.1 else seen,
                        smooth_count=smooth,
                        disk_count=40 - smooth,
                        **({"ng": 1.0 if disk else 4.0, "e": 0.5, "Rhlr": 4.0} if rng.random() < 0.9 else {}),
                    )
                )
            shard(folder / f"Split-{split}" / f"data_tfrecord-{index:05d}-of-00002", made)
    counts = {"train": train, "eval": held, "test": test}
    (folder / "manifest.json").write_text(json.dumps({"counts": counts, "content_hash": ""}), encoding="utf-8")
    return truth


def run(folder: Path, train: int, held: int, test: int) -> tuple[Path, dict[str, int]]:
    """Write examples/ and bias_law.json; gives the folder, and the true class of each objid."""
    truth = sky(folder / "examples", train, held, test)
    law = {"law": "exponential", "theta": LAW.theta, "status": "given", "cv14": None}
    (folder / "bias_law.json").write_text(json.dumps(law), encoding="utf-8")
    return folder, truth
