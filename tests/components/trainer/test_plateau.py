"""The plateau of the likelihood where every galaxy is called disk: an ordinary start falls onto it, ours does not."""

from pathlib import Path

import keras
import numpy as np
import pytest

from truemorph.components.laws import DISK, ExponentialLaw
from truemorph.components.trainer.backbones import build_classifier
from truemorph.components.trainer.checkpoint import load_checkpoint
from truemorph.components.trainer.debiasing import DebiasingLayer
from truemorph.components.trainer.inputs import LabelledImages
from truemorph.components.trainer.normalisation import Statistics
from truemorph.components.trainer.train import fit, training_model

LAW = ExponentialLaw(9.18)
RATE, EPOCHS = 3e-2, 3
"""Thirty times the learning rate of the demonstration."""


def ordinary(classifier: keras.Model) -> keras.Model:
    """As most would write it: a random head, Adam at a constant rate, nothing clipped."""
    head = classifier.get_layer("logits")
    head.kernel.assign(keras.initializers.GlorotUniform(0)(head.kernel.shape))
    alpha = keras.Input((), name="alpha")
    seen = DebiasingLayer(LAW, from_logits=True)([classifier.output, alpha])
    model = keras.Model({"image": classifier.input, "alpha": alpha}, seen)
    model.compile(keras.optimizers.Adam(RATE), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def train(sky: tuple[Path, dict[str, int]], ours: bool) -> tuple[float, float, float]:
    """Last loss, share of galaxies called disk, accuracy against truth, on the training split."""
    settings = {"labels": "raw", "crop": 1.0, "image_size": 32, "batch_size": 32, "seed": 0}
    galaxies = LabelledImages(sky[0] / "examples", "train", **settings)
    classifier = build_classifier("small", 32, 0)
    steps = EPOCHS * (len(galaxies) // 32)
    model = training_model(classifier, LAW, RATE, steps) if ours else ordinary(classifier)
    losses = [model.fit(galaxies.shuffled(e), verbose=0, shuffle=False).history["loss"][0] for e in range(EPOCHS)]
    Statistics(classifier).reestimate(inputs["image"] for inputs, _ in galaxies.shuffled(EPOCHS))
    logits = np.concatenate([classifier(inputs["image"], training=False) for inputs, _ in galaxies.in_order()])
    predicted = logits.argmax(axis=1)
    truth = np.array([sky[1][objid] for objid in galaxies.objid])
    return losses[-1], float(np.mean(predicted == DISK)), float(np.mean(predicted == truth))


def test_a_training_that_falls_begins_again_slower(
    toy_sky: tuple[Path, dict[str, int]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = {"labels": "raw", "crop": 1.0, "image_size": 32, "batch_size": 32, "seed": 0}
    galaxies, held = (LabelledImages(toy_sky[0] / "examples", split, **settings) for split in ("train", "eval"))
    classifier = build_classifier("small", 32, 0)
    model = training_model(classifier, LAW, 10 * RATE, EPOCHS * (len(galaxies) // 32))
    progress = fit(model, classifier, galaxies, held, EPOCHS, tmp_path / "checkpoint.npz")
    assert progress.restarts == 1 and progress.epoch == EPOCHS and len(progress.history["loss"]) == EPOCHS
    assert (
        "epoch 1/3: the network calls everything one class; starting over with a lower learning rate"
        in capsys.readouterr().err
    )
    logits = np.concatenate([classifier(inputs["image"], training=False) for inputs, _ in galaxies.in_order()])
    truth = [toy_sky[1][objid] for objid in galaxies.objid]
    assert np.mean(logits.argmax(axis=1) == truth) > 0.9
    # A resumed training keeps the lower rate.
    other = training_model(build_classifier("small", 32, 0), LAW, 10 * RATE, EPOCHS * (len(galaxies) // 32))
    assert load_checkpoint(tmp_path / "checkpoint.npz", other).restarts == 1
    rates = [m.optimizer.get_config()["learning_rate"]["config"]["peak"] for m in (model, other)]
    assert rates == [pytest.approx(RATE), pytest.approx(RATE)]


@pytest.mark.slow  # that ours learns at this rate is seen above, after its fall at ten times the rate
def test_an_ordinary_start_falls_and_ours_learns(toy_sky: tuple[Path, dict[str, int]]) -> None:
    galaxies = LabelledImages(
        toy_sky[0] / "examples", "train", labels="raw", crop=1.0, image_size=32, batch_size=32, seed=0
    )
    flip = LAW.flip_probability(galaxies.alpha)
    plateau = -np.mean(np.log(np.where(galaxies.label == DISK, 1 - flip, flip)))  # the loss where p(disk) = 1
    loss, disks, _ = train(toy_sky, ours=False)
    assert loss == pytest.approx(plateau, abs=0.05) and disks == 1.0
    loss, disks, accuracy = train(toy_sky, ours=True)
    assert loss < plateau - 0.1 and 0.4 < disks < 0.7 and accuracy > 0.9
