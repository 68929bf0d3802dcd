"""What the debiasing layer costs: a training step of ResNet50 at 64 px with it against one without, in one run.

    python tests/bench/bench_layer.py [--pairs 30] [--batch 32] [--backbone resnet50]

The steps take turns, so that whatever else the machine does meets both alike; what is compared is each pair. Beside the
ratio it times the layer alone, forward and backward, whose share of a step is not lost in the noise of the steps.
"""

import argparse
import os
import time
from collections.abc import Callable

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

from truemorph.components.laws import ExponentialLaw
from truemorph.components.trainer.backbones import build_classifier
from truemorph.components.trainer.debiasing import DebiasingLayer
from truemorph.components.trainer.process import keep_freed_memory
from truemorph.components.trainer.train import training_model

SIZE = 64


def seconds(step: Callable[[], object]) -> float:
    """How long one call takes."""
    began = time.perf_counter()
    step()
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=30)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--backbone", default="resnet50")
    arguments = parser.parse_args()
    keep_freed_memory()
    rng, n = np.random.default_rng(0), arguments.batch
    image = tf.constant(rng.uniform(0, 255, (n, SIZE, SIZE, 3)).astype(np.float32))
    alpha, label = tf.constant(rng.uniform(4, 35, n).astype(np.float32)), tf.constant(rng.integers(2, size=n))
    steps = []
    for law in (None, ExponentialLaw(9.18)):
        model = training_model(build_classifier(arguments.backbone, SIZE, 0), law, 1e-4, 1000)
        steps.append(lambda model=model: model.train_on_batch({"image": image, "alpha": alpha}, label))
    for step in steps:  # tracing, and a first step
        step(), step()
    pairs = []
    for index in range(arguments.pairs):
        order = (0, 1) if index % 2 else (1, 0)
        timed = {which: seconds(steps[which]) for which in order}
        pairs.append((timed[0], timed[1]))
    naive, debiased = np.array(pairs).T
    ratios = debiased / naive
    draws = np.random.default_rng(1).integers(len(ratios), size=(2000, len(ratios)))
    low, high = np.quantile(np.median(ratios[draws], axis=1), [0.025, 0.975])

    layer = DebiasingLayer(ExponentialLaw(9.18), from_logits=True)
    logits = tf.Variable(rng.normal(size=(n, 2)).astype(np.float32))

    @tf.function
    def alone() -> tf.Tensor:
        with tf.GradientTape() as tape:
            value = tf.reduce_mean(layer([logits, alpha]))
        return tape.gradient(value, logits)

    alone()
    own = float(np.median([seconds(alone) for _ in range(300)]))
    print(
        f"{arguments.backbone}, {SIZE} px, batches of {n}: a step takes {np.median(naive):.3f} s without the layer "
        f"(median of {len(ratios)}); with it {np.median(ratios):.4f} times as long (95 % interval {low:.4f} to "
        f"{high:.4f}); the layer alone, forward and backward, {own / np.median(naive):.2%} of a step"
    )


if __name__ == "__main__":
    main()
