"""What makes a model degenerate, and looking at it without changing it."""

from pathlib import Path

import numpy as np
import pytest

from truemorph.components.laws import ExponentialLaw
from truemorph.components.trainer.backbones import build_classifier
from truemorph.components.trainer.check_model import Answers, Questions, augmentation_shift, why_degenerate
from truemorph.components.trainer.inputs import LabelledImages
from truemorph.components.trainer.train import training_model
from truemorph.components.trainer.verdict import why_not_converged


def seen(accuracy: float = 0.9, loss: float = 0.3, smooth: int = 500, disk: int = 500) -> Answers:
    n = smooth + disk
    return Answers(
        np.arange(n) < round(accuracy * n), np.full(n, loss), np.eye(2)[(np.arange(n) >= smooth).astype(int)]
    )


@pytest.mark.parametrize(
    ("training", "inference", "held", "why"),
    [
        (seen(), seen(), seen(), None),
        (seen(), seen(0.86, 0.4), None, None),
        (seen(), seen(), seen(smooth=0, disk=100), None),
        (seen(), seen(smooth=1, disk=999), seen(smooth=0, disk=100), "one class only: 1099 of 1100 .* called disk"),
        (seen(), seen(smooth=1000, disk=0), None, "one class only: 1000 of 1000 galaxies are called smooth"),
        (seen(), seen(0.45, 0.35), None, "worse in use: accuracy 0.900 in training mode, 0.450 at inference"),
        (seen(), seen(0.89, 1.3), None, "worse in use: loss 0.300 in training mode, 1.300 at inference"),
        (seen(), seen(0.89, float("nan")), None, "worse in use: loss"),
        (seen(0.758, 0.5), seen(0.831, 0.38), None, None),  # better in use
        (seen(0.8, 0.5, 10, 10), seen(0.6, 0.6, 10, 10), None, None),  # 20 galaxies cannot tell
    ],
)
def test_why_degenerate(training: Answers, inference: Answers, held: Answers | None, why: str | None) -> None:
    found = why_degenerate(training, inference, held)
    if why is None:
        assert found is None
    else:
        with pytest.raises(ValueError, match=why):
            raise ValueError(found)


def shown(p_disk: np.ndarray) -> Answers:
    return Answers(p_disk > 0.5, -np.log(p_disk), np.stack([1 - p_disk, p_disk], axis=1))


def test_a_shift_is_told_with_its_size_by_alpha() -> None:
    """Given answers that rise in use where galaxies are badly resolved, the shift is there, and is that rise."""
    rng = np.random.default_rng(0)
    alpha, p = rng.uniform(4, 30, 900), rng.uniform(0.2, 0.7, 900)
    used = np.where(alpha < 12, p + 0.2, p) + rng.normal(0, 0.02, 900)
    found = augmentation_shift(shown(p), shown(used), alpha)
    assert found is not None and found["p_disk"] == pytest.approx(np.mean(used - p))
    low, middle, high = found["by_alpha"]
    assert low["p_disk"] > 0.15 and abs(high["p_disk"]) < 0.01 and low["n"] == middle["n"] == high["n"] == 300
    assert low["alpha"] < middle["alpha"] < high["alpha"]


def test_chance_is_no_shift() -> None:
    rng = np.random.default_rng(0)
    p, alpha = rng.uniform(0.2, 0.7, 900), rng.uniform(4, 30, 900)
    assert augmentation_shift(shown(p), shown(p + rng.normal(0, 0.05, 900)), alpha) is None
    assert augmentation_shift(shown(p[:40]), shown(p[:40] + 0.2), alpha[:40]) is None  # too few to tell


def test_a_training_that_was_too_short_is_told() -> None:
    epochs = np.arange(30)
    assert why_not_converged((0.35 + 0.35 * np.exp(-epochs / 4)).tolist()) is None
    assert "0.4" in (why_not_converged((0.35 + 0.35 * np.exp(-epochs / 15)).tolist()) or "")
    assert why_not_converged([None] * 30) is None and why_not_converged([0.7, 0.5]) is None


def test_answers_equal_those_of_keras_and_nothing_changes(toy_sky: tuple[Path, dict[str, int]]) -> None:
    settings = {"labels": "raw", "crop": 1.0, "image_size": 32, "batch_size": 32, "seed": 0}
    galaxies = LabelledImages(toy_sky[0] / "examples", "train", **settings)
    classifier = build_classifier("small", 32, 0)
    model = training_model(classifier, ExponentialLaw(9.18), 1e-3, 10)
    head = classifier.get_layer("logits")
    head.kernel.assign(np.random.default_rng(0).normal(0, 1.0, head.kernel.shape))
    before = [np.asarray(weight) for weight in classifier.weights]
    questions = Questions(model, classifier)
    training, inference = (questions.ask(galaxies.in_order(), training=mode) for mode in (True, False))
    for weight, old in zip(classifier.weights, before, strict=True):
        np.testing.assert_array_equal(weight, old)
    assert training is not None and inference is not None and len(training.losses) == len(inference.losses) == 480
    expected = model.evaluate(galaxies.in_order(), verbose=0, return_dict=True)
    np.testing.assert_allclose(
        [inference.loss, inference.accuracy], [expected["loss"], expected["accuracy"]], rtol=1e-4
    )
    logits = np.concatenate([classifier(inputs["image"], training=False) for inputs, _ in galaxies.in_order()])
    assert ((inference.p_disk > 0.5) == logits.argmax(axis=1)).all()
    assert abs(training.loss - inference.loss) > 1e-3  # the averages are still at their start


def test_nothing_to_look_at(toy_sky: tuple[Path, dict[str, int]]) -> None:
    settings = {"labels": "raw", "crop": 1.0, "image_size": 32, "batch_size": 32, "seed": 0}
    galaxies = LabelledImages(toy_sky[0] / "examples", "eval", **settings)
    classifier = build_classifier("small", 32, 0)
    questions = Questions(training_model(classifier, None, 1e-3, 1), classifier)
    assert questions.ask(galaxies.in_order().take(0), training=False) is None
