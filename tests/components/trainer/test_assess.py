"""What makes a model degenerate, and looking at it without changing it."""

from pathlib import Path

import numpy as np
import pytest

from truemorph.components.laws import ExponentialLaw
from truemorph.components.trainer.assess import Look, look, training_batches, why_degenerate
from truemorph.components.trainer.backbones import build_classifier
from truemorph.components.trainer.inputs import LabelledImages
from truemorph.components.trainer.train import training_model


def seen(accuracy: float = 0.9, loss: float = 0.3, smooth: int = 500, disk: int = 500) -> Look:
    return Look(accuracy, loss, np.array([smooth, disk]))


@pytest.mark.parametrize(
    ("training", "inference", "held", "why"),
    [
        (seen(), seen(), seen(), None),
        (seen(), seen(0.86, 0.4), None, None),
        (seen(), seen(), seen(smooth=0, disk=100), None),
        (seen(), seen(smooth=1, disk=999), seen(smooth=0, disk=100), "one class only: 1099 of 1100 .* called disk"),
        (seen(), seen(smooth=1000, disk=0), None, "one class only: 1000 of 1000 galaxies are called smooth"),
        (seen(), seen(0.45, 0.35), None, "disagree: accuracy 0.900 in training mode, 0.450 at inference"),
        (seen(), seen(0.89, 1.3), None, "disagree: loss 0.300 in training mode, 1.300 at inference"),
        (seen(), seen(0.89, float("nan")), None, "disagree: loss"),
        (seen(0.8, 0.5, 10, 10), seen(0.6, 0.6, 10, 10), None, None),  # 20 galaxies cannot tell
    ],
)
def test_why_degenerate(training: Look, inference: Look, held: Look | None, why: str | None) -> None:
    found = why_degenerate(training, inference, held)
    if why is None:
        assert found is None
    else:
        with pytest.raises(ValueError, match=why):
            raise ValueError(found)


def test_a_look_equals_keras_and_changes_nothing(toy_sky: tuple[Path, dict[str, int]]) -> None:
    settings = {"labels": "raw", "crop": 1.0, "image_size": 32, "batch_size": 32, "seed": 0}
    galaxies = LabelledImages(toy_sky[0] / "examples", "train", **settings)
    classifier = build_classifier("small", 32, 0)
    model = training_model(classifier, ExponentialLaw(9.18), 1e-3, 10)
    head = classifier.get_layer("logits")
    head.kernel.assign(np.random.default_rng(0).normal(0, 1.0, head.kernel.shape))
    before = [np.asarray(weight) for weight in classifier.weights]
    training = look(model, classifier, training_batches(galaxies), training=True)
    inference = look(model, classifier, training_batches(galaxies), training=False)
    for weight, old in zip(classifier.weights, before, strict=True):
        np.testing.assert_array_equal(weight, old)
    assert training is not None and inference is not None and training.n == inference.n == 480
    expected = model.evaluate(galaxies.in_order(), verbose=0, return_dict=True)
    np.testing.assert_allclose(
        [inference.loss, inference.accuracy], [expected["loss"], expected["accuracy"]], rtol=1e-4
    )
    logits = np.concatenate([classifier(inputs["image"], training=False) for inputs, _ in galaxies.in_order()])
    assert inference.predicted.tolist() == np.bincount(logits.argmax(axis=1), minlength=2).tolist()
    assert abs(training.loss - inference.loss) > 1e-3  # the averages are still at their start


def test_nothing_to_look_at(toy_sky: tuple[Path, dict[str, int]]) -> None:
    settings = {"labels": "raw", "crop": 1.0, "image_size": 32, "batch_size": 32, "seed": 0}
    galaxies = LabelledImages(toy_sky[0] / "examples", "eval", **settings)
    classifier = build_classifier("small", 32, 0)
    assert look(training_model(classifier, None, 1e-3, 1), classifier, galaxies.in_order().take(0), False) is None
