"""Mixed precision: weights, logits and the law in float32, and a training that works."""

import keras
import numpy as np
import pytest

from truemorph.components.laws import ExponentialLaw
from truemorph.components.trainer.backbones import build_classifier
from truemorph.components.trainer.galaxy_batches import GalaxyBatches
from truemorph.components.trainer.plateau import slow_down
from truemorph.components.trainer.precision import precision
from truemorph.components.trainer.train import training_model


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_what_is_mixed_and_what_is_not(policy: str) -> None:
    with precision(policy):
        classifier = build_classifier("small", 32, 0)
        model = training_model(classifier, ExponentialLaw(9.18), 1e-3, 10)
    assert keras.config.dtype_policy().name == "float32"
    assert classifier.get_layer("conv1").compute_dtype == policy.removeprefix("mixed_")
    assert {str(variable.dtype) for variable in model.trainable_variables} == {"float32"}
    single = ("rescaling", "logits", "debiasing")
    layers = {layer.name: layer for layer in model.layers if layer.name in single}
    assert {layer.output.dtype for layer in layers.values()} == {"float32"} and len(layers) == 3
    scaled = isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    assert scaled == (policy == "mixed_float16")
    slow_down(model)
    inner = model.optimizer.inner_optimizer if scaled else model.optimizer
    assert float(inner.learning_rate) == pytest.approx(1e-4) and inner.global_clipnorm == 1.0


@pytest.mark.slow  # what is mixed is seen above
def test_bfloat16_learns() -> None:
    label = np.arange(64) % 2
    pixels = np.where(label[:, None, None, None], 200, 50) * np.ones((64, 32, 32, 3), np.uint8)
    galaxies = GalaxyBatches(pixels.astype(np.uint8), np.full(64, 9.0), label, batch_size=16, seed=0)
    with precision("mixed_bfloat16"):
        model = training_model(build_classifier("small", 32, 0), None, 3e-3, 12)
    losses = [model.fit(galaxies.shuffled(n), verbose=0, shuffle=False).history["loss"][0] for n in range(3)]
    assert losses[0] > 2 * losses[2]
