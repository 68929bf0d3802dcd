"""Speed and memory of a training step of ResNet50 through the law, by size, batch and precision, on a GPU or a CPU.

    KERAS_BACKEND=tensorflow|jax|torch python tests/bench/bench_gpu.py [--sizes 128 207] [--batches 32 256]
        [--precisions float32 mixed_bfloat16] [--steps 20]

The network, the debiasing layer, the loss and Adam are truemorph's; under TensorFlow a run trains a little faster than
this, for it fuses normalisation and Adam. The images are on the device already: no decoding, no copy. Each line is a
process of its own, so that its memory is its own. Exits 1 where one of them fails.
"""

import argparse
import itertools
import os
import subprocess
import sys
import time

LINE = "{backend}, {size} px, batches of {batch}, {precision}: {rate:,.0f} images/s, {memory}"


def step(size: int, batch: int, precision: str, steps: int) -> None:
    """Train for some steps and print the line."""
    import keras
    import numpy as np

    from truemorph.components.laws import ExponentialLaw
    from truemorph.components.trainer.backbones import build_classifier
    from truemorph.components.trainer.debiasing import DebiasingLayer
    from truemorph.components.trainer.precision import precision as computing_in

    rng = np.random.default_rng(0)
    with computing_in(precision):
        classifier = build_classifier("resnet50", size, 0)
        alpha = keras.Input((), name="alpha")
        seen = DebiasingLayer(ExponentialLaw(9.18), from_logits=True)([classifier.output, alpha])
        model = keras.Model([classifier.input, alpha], seen)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.Adam(1e-4, beta_2=0.99, global_clipnorm=1.0), loss)
        images = keras.ops.convert_to_tensor(rng.uniform(0, 255, (batch, size, size, 3)).astype(np.float32))
        resolution = keras.ops.convert_to_tensor(rng.uniform(4, 35, batch).astype(np.float32))
        labels = keras.ops.convert_to_tensor(rng.integers(2, size=batch).astype(np.int32))
        for number in range(steps + 3):
            if number == 3:  # the first ones compile
                began = time.perf_counter()
            found = model.train_on_batch([images, resolution], labels)
    if not np.isfinite(found):
        raise ValueError(f"the loss is {found}")
    rate = steps * batch / (time.perf_counter() - began)
    name = keras.backend.backend()
    print(LINE.format(backend=name, size=size, batch=batch, precision=precision, rate=rate, memory=_memory(name)))


def _memory(backend: str) -> str:
    """The most memory of the GPU that was in use at a time."""
    if backend == "jax":
        import jax

        peak = (jax.local_devices()[0].memory_stats() or {}).get("peak_bytes_in_use")
    elif backend == "torch":
        import torch

        peak = torch.cuda.max_memory_allocated() if torch.cuda.is_available() else None
    else:
        import tensorflow as tf

        gpus = tf.config.list_logical_devices("GPU")
        peak = tf.config.experimental.get_memory_info(gpus[0].name)["peak"] if gpus else None
    return "no GPU" if peak is None else f"{peak / 1e9:.1f} GB"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[128, 207])
    parser.add_argument("--batches", type=int, nargs="+", default=[32, 256])
    parser.add_argument("--precisions", nargs="+", default=["float32", "mixed_bfloat16"])
    parser.add_argument("--steps", type=int, default=20)
    parsed = parser.parse_args()
    several = list(itertools.product(parsed.sizes, parsed.batches, parsed.precisions))
    if len(several) == 1:
        step(*several[0], parsed.steps)
        return
    codes = []
    for size, batch, precision in several:
        given = ["--sizes", size, "--batches", batch, "--precisions", precision, "--steps", parsed.steps]
        environment = {"XLA_PYTHON_CLIENT_PREALLOCATE": "false", "TF_CPP_MIN_LOG_LEVEL": "3", **os.environ}
        codes.append(
            subprocess.run([sys.executable, __file__, *map(str, given)], env=environment, check=False).returncode
        )
    sys.exit(1 if any(codes) else 0)


if __name__ == "__main__":
    main()
