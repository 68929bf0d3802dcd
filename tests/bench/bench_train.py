"""Training steps of ResNet50 beside bare Keras and PyTorch, and the input pipeline alone beside the training.

    python tests/bench/bench_train.py [--turns 5] [--torch PYTHON] [--sizes 64 128] [--only inputs|steps]

All contestants train on the same decoded images, same batch, float32, on all cores, in short turns, so that whatever
else the machine does meets all alike; the first step of a turn is not counted. Ours is what the Trainer fits:
LabelledImages turned by quarter turns, the debiasing layer, clipped gradients, the Watch. Bare is
keras.applications.ResNet50 with one dense layer under `fit`. PyTorch, where --torch names a Python that has torch and
torchvision, is torchvision's ResNet50 in two layouts of memory with the fused Adam, the images as floats in memory.
Exits 1 where a target is missed.
"""

import argparse
import functools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from served import make_images

from truemorph.components.examples.tfrecord import shard_path, write_shard
from truemorph.components.images.decode import DEFAULT_CROP
from truemorph.components.laws import ExponentialLaw
from truemorph.components.trainer.backbones import build_classifier
from truemorph.components.trainer.callbacks import Watch
from truemorph.components.trainer.inputs import LabelledImages
from truemorph.components.trainer.process import keep_freed_memory
from truemorph.components.trainer.train import training_model

BATCH, GALAXIES, SHARDS = 32, 1024, 4
STEPS = {64: 6, 128: 3, 224: 1}
"""Counted in a turn, by image size."""
LAYOUTS = ("contiguous", "channels_last")
SLOWEST_BESIDE_BARE, SLOWEST_BESIDE_TORCH, INPUTS_OVER_TRAINING = 1 / 1.03, 1.0, 3.0
Turn = Callable[[], tuple[float, float]]
"""A turn gives its seconds, and those of all processors."""


class Clock(keras.callbacks.Callback):
    """Seconds, and those of all processors, from the end of the first step to the end of the last."""

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Note the time."""
        now = np.array([time.perf_counter(), time.process_time()])
        if batch == 0:
            self.began = now
        self.seconds = now - self.began


def make_examples(folder: Path) -> None:
    """A dataset of 424 px JPEGs of about 20 kB, with alpha and labels."""
    rng, images = np.random.default_rng(0), make_images(256)
    for shard in range(SHARDS):
        records = []
        for number in range(shard, GALAXIES, SHARDS):
            example = tf.train.Example()
            feature = example.features.feature
            feature["image"].bytes_list.value.append(images[number % len(images)])
            feature["objid"].bytes_list.value.append(str(587722981741363200 + number).encode())
            feature["alpha"].float_list.value.append(rng.uniform(4, 35))
            feature["label_raw"].int64_list.value.append(int(rng.integers(2)))
            records.append(example.SerializeToString())
        write_shard(shard_path(folder, "train", shard, SHARDS), records)


def galaxies(examples: Path, size: int, cached: bool = True) -> LabelledImages:
    """The training galaxies."""
    settings: dict[str, Any] = {} if cached else {"cache_bytes": 0}
    return LabelledImages(
        examples,
        "train",
        labels="raw",
        crop=DEFAULT_CROP,
        image_size=size,
        batch_size=BATCH,
        seed=0,
        rotations="dihedral",
        **settings,
    )


def ours(train: LabelledImages, size: int) -> Turn:
    """Training as the Trainer does it."""
    model = training_model(build_classifier("resnet50", size, 0), ExponentialLaw(9.18), 1e-4, 1000)

    def turn() -> tuple[float, float]:
        clock = Clock()
        batches = train.shuffled(0).take(STEPS[size] + 1)
        model.fit(batches, verbose=0, shuffle=False, callbacks=[Watch(train, 0, 1), clock])
        return tuple(clock.seconds)

    return turn


def bare(images: Any, label: Any, size: int) -> Turn:
    """keras.applications.ResNet50 and a dense layer of two, on float pixels in memory."""
    body = keras.applications.ResNet50(weights=None, include_top=False, input_shape=(size, size, 3), pooling="avg")
    model = keras.Model(body.input, keras.layers.Dense(2)(body.output))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-4), loss, metrics=["accuracy"], jit_compile=False)
    rows = tf.data.Dataset.from_tensor_slices((images.astype(np.float32) / 127.5 - 1.0, label))

    def turn() -> tuple[float, float]:
        clock = Clock()
        batches = rows.shuffle(len(label), seed=0).batch(BATCH).prefetch(2).take(STEPS[size] + 1)
        model.fit(batches, verbose=0, shuffle=False, callbacks=[clock])
        return tuple(clock.seconds)

    return turn


def torches(
    python: str, folder: Path, images: Any, label: Any, size: int
) -> tuple[subprocess.Popen[str], dict[str, Turn]]:
    """The process of PyTorch, and a turn of it in each layout."""
    np.savez(folder / "pixels.npz", images=images, label=label)
    script = Path(__file__).with_name("torch_resnet.py")
    command = [python, str(script), str(folder / "pixels.npz"), str(BATCH), str(os.cpu_count())]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin and process.stdout
    talk, answer = process.stdin, process.stdout
    print(f"PyTorch and torchvision {answer.readline().strip()}", file=sys.stderr)

    def turn(layout: str) -> tuple[float, float]:
        talk.write(f"{layout} {STEPS[size]}\n")
        talk.flush()
        seconds, processors = answer.readline().split()
        return float(seconds), float(processors)

    return process, {f"torch {layout}": functools.partial(turn, layout) for layout in LAYOUTS}


def compared(turns: Mapping[str, Turn], count: int, size: int) -> dict[str, Any]:
    """Images a second, and a second of one processor, by contestant: (turns, 2)."""
    for name in ("ours", "bare"):
        turns[name]()  # traced, and warm
    rates: dict[str, list[Any]] = {name: [] for name in turns}
    for number in range(count):
        for name in list(turns)[:: 1 if number % 2 else -1]:
            rates[name].append(BATCH * STEPS[size] / np.array(turns[name]()))
    return {name: np.array(values) for name, values in rates.items()}


def steps_of(examples: Path, folder: Path, size: int, words: argparse.Namespace) -> list[bool]:
    """Measure and print the steps at one size; whether each target is met."""
    train = galaxies(examples, size)
    images = np.concatenate([inputs["image"] for inputs, _ in train.in_order().take(16)]).round().astype(np.uint8)
    label = train.label[: len(images)]
    turns: dict[str, Turn] = {"ours": ours(train, size), "bare": bare(images, label, size)}
    process = None
    if words.torch:
        process, more = torches(words.torch, folder, images, label, size)
        turns |= more
    rates = compared(turns, words.turns, size)
    if process:
        process.communicate()
    ratios = {name: np.median(rates["ours"] / found, axis=0) for name, found in rates.items()}
    for name, found in rates.items():
        print(
            f"{size} px, {name}: {np.median(found[:, 0]):.1f} images/s (best turn {found[:, 0].max():.1f}), "
            f"{np.median(found[:, 1]):.1f} a processor second; ours is {ratios[name][0]:.3f} times as fast (median of "
            f"{len(found)} turns), {ratios[name][1]:.3f} times by processor seconds",
            flush=True,
        )
    met = [ratios["bare"][0] >= SLOWEST_BESIDE_BARE]
    if process:
        met.append(all(ratios[f"torch {layout}"][0] >= SLOWEST_BESIDE_TORCH for layout in LAYOUTS))
    return met


def rate_alone(train: LabelledImages) -> float:
    """Images a second of an epoch that nobody trains on."""
    batches = train.shuffled(0)
    began = time.perf_counter()
    count = sum(len(label) for _, label in batches)
    return count / (time.perf_counter() - began)


def inputs_of(examples: Path, size: int, turns: int) -> list[bool]:
    """Measure and print the pipeline alone beside the training at one size; whether it is fast enough."""
    trains = {"in memory": galaxies(examples, size), "from files": galaxies(examples, size, cached=False)}
    training = ours(trains["in memory"], size)
    training()
    step = [BATCH * STEPS[size] / training()[0] for _ in range(turns)]
    met = []
    for name, train in trains.items():
        alone = [rate_alone(train) for _ in range(turns)]
        times = max(alone) / max(step)
        met.append(times >= INPUTS_OVER_TRAINING)
        print(
            f"{size} px, inputs {name}: {np.median(alone):.0f} images/s (best {max(alone):.0f}), {times:.0f} times the "
            f"training's {max(step):.1f} (best to best)",
            flush=True,
        )
    return met


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--torch", help="a Python that has torch and torchvision")
    parser.add_argument("--sizes", type=int, nargs="+", default=[64, 128])
    parser.add_argument("--only", choices=("steps", "inputs"))
    words = parser.parse_args()
    keep_freed_memory()
    met = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_examples(folder / "examples")
        if words.only != "inputs":
            for size in words.sizes:
                met += steps_of(folder / "examples", folder, size, words)
        if words.only != "steps":
            for size in (64, 128, 224):
                met += inputs_of(folder / "examples", size, min(words.turns, 3))
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
