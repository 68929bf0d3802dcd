"""The compiled model: the paper's optimizer, a guarded start, and the checkpoint that brings it back."""

import errno
from pathlib import Path

import keras
import numpy as np
import pytest

from truemorph.components.errors import InputError
from truemorph.components.laws import ExponentialLaw
from truemorph.components.trainer.backbones import build_classifier
from truemorph.components.trainer.checkpoint import Progress, load_checkpoint, save_checkpoint
from truemorph.components.trainer.debiasing import DebiasingLayer
from truemorph.components.trainer.inputs import LabelledImages
from truemorph.components.trainer.tensorboard import Curves
from truemorph.components.trainer.train import fit, training_model
from truemorph.components.trainer.validation import Validation

Sky = tuple[Path, dict[str, int]]


def galaxies(sky: Sky, split: str = "train") -> LabelledImages:
    return LabelledImages(sky[0] / "examples", split, labels="raw", crop=1.0, image_size=32, batch_size=32, seed=0)


def test_the_optimizer_is_the_seeds_with_a_warm_up_and_clipped_gradients() -> None:
    optimizer = training_model(build_classifier("small", 32, 0), None, 1e-3, 100).optimizer
    assert isinstance(optimizer, keras.optimizers.Adam)
    assert (optimizer.beta_1, optimizer.beta_2, optimizer.global_clipnorm) == (0.9, 0.99, 1.0)
    config = optimizer.get_config()["learning_rate"]["config"]
    assert config == {"kind": "cosine", "peak": 1e-3, "steps": 100}


def test_a_law_puts_the_layer_after_the_classifier() -> None:
    classifier = build_classifier("small", 32, 0)
    layers = training_model(classifier, ExponentialLaw(9.0), 1e-3, 10).layers
    assert [layer.law.theta for layer in layers if isinstance(layer, DebiasingLayer)] == [9.0]
    assert not any(isinstance(layer, DebiasingLayer) for layer in classifier.layers)
    naive = training_model(classifier, None, 1e-3, 10)
    assert not any(isinstance(layer, DebiasingLayer) for layer in naive.layers)


def test_the_first_loss_is_that_of_one_half(small_sky: Sky) -> None:
    train = galaxies(small_sky)
    law = ExponentialLaw(9.18)
    model = training_model(build_classifier("small", 32, 0), law, 1e-3, 10)
    p_disk = law.seen_disk(np.full(len(train), 0.5), train.alpha)
    expected = -np.mean(np.log(np.where(train.label == 1, p_disk, 1 - p_disk)))
    assert model.evaluate(train.in_order(), verbose=0)[0] == pytest.approx(expected, rel=1e-5)


def test_a_checkpoint_brings_everything_back(small_sky: Sky, tmp_path: Path) -> None:
    train = galaxies(small_sky)
    model = training_model(build_classifier("small", 32, 0), ExponentialLaw(9.18), 1e-3, 30)
    model.fit(train.shuffled(0).take(3), verbose=0, shuffle=False)
    best = [np.asarray(variable) for variable in model.variables][:2]
    progress = Progress(1, 2, {"loss": [0.5], "val_loss": [None]}, 0, best, 0, best[1:], metrics=best[:1])
    save_checkpoint(tmp_path / "c.npz", model, progress)
    other = training_model(build_classifier("small", 32, 9), ExponentialLaw(9.18), 1e-3, 30)
    back = load_checkpoint(tmp_path / "c.npz", other)
    assert (back.epoch, back.step, back.history, back.best_epoch, back.lowest_epoch) == (1, 2, progress.history, 0, 0)
    for array, expected in zip([*back.best, *back.lowest, *back.metrics], [*best, best[1], best[0]], strict=True):
        np.testing.assert_array_equal(array, expected)
    assert int(other.optimizer.iterations) == 3
    pairs = [(model.variables, other.variables), (model.optimizer.variables, other.optimizer.variables)]
    for ours, theirs in pairs:
        for one, two in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(one, two)
    assert [path.name for path in tmp_path.iterdir()] == ["c.npz"]


def test_no_checkpoint_is_a_start(tmp_path: Path) -> None:
    model = training_model(build_classifier("small", 32, 0), None, 1e-3, 10)
    assert load_checkpoint(tmp_path / "none.npz", model) == Progress()


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    model = training_model(build_classifier("small", 32, 0), None, 1e-3, 10)
    path = tmp_path / "c.npz"
    save_checkpoint(path, model, Progress())
    for damage in (path.read_bytes()[:-100], b""):
        path.write_bytes(damage)
        with pytest.raises(
            InputError, match=r"c.npz: not a checkpoint of this training \(.*\); delete it to start over"
        ):
            load_checkpoint(path, model)
    save_checkpoint(path, training_model(build_classifier("deepgalaxyv2", 32, 0), None, 1e-3, 10), Progress())
    with pytest.raises(InputError, match="not a checkpoint of this training"):
        load_checkpoint(path, model)


def test_no_room_keeps_the_checkpoint_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, path = training_model(build_classifier("small", 32, 0), None, 1e-3, 10), tmp_path / "c.npz"
    save_checkpoint(path, model, Progress(1))

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*c\.npz'"):
        save_checkpoint(path, model, Progress(2))
    assert [file.name for file in tmp_path.iterdir()] == ["c.npz"] and load_checkpoint(path, model).epoch == 1


def test_the_last_epoch_that_is_as_good_is_kept_and_patience_ends_a_training_that_gets_no_better(
    small_sky: Sky, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # To the second epoch, the third is worse by less than one standard error, and the fourth by more.
    epochs = [np.array([0.9, 0.9, 0.9]), np.array([0.4, 0.4, 0.4]), np.array([0.2, 0.7, 0.4]), np.full(3, 0.41)]
    losses = iter(epochs)

    def evaluate(*_: object) -> tuple[dict[str, float], np.ndarray]:
        found = next(losses)
        return {"loss": float(np.mean(found)), "accuracy": 0.5}, found

    monkeypatch.setattr(Validation, "evaluate", evaluate)
    classifier, parts = build_classifier("small", 32, 0), (galaxies(small_sky), galaxies(small_sky))
    model = training_model(classifier, None, 1e-3, 10)
    for _ in ("trained", "and asked again, as after a kill"):
        progress = fit(model, classifier, *parts, 9, tmp_path / "c.npz", patience=2, curves=Curves(tmp_path / "logs"))
        assert (progress.epoch, progress.best_epoch, progress.lowest_epoch) == (4, 2, 1)
        assert progress.history["val_loss"] == [np.mean(found) for found in epochs]
        assert "stopping after epoch 4/9: none of the last 2 was better" in capsys.readouterr().err
    assert sorted(path.parent.name for path in (tmp_path / "logs").rglob("events*")) == ["train", "validation"]


def test_a_checkpoint_keeps_what_dropout_draws_next(tmp_path: Path) -> None:
    def model_of() -> keras.Model:
        keras.utils.set_random_seed(0)
        image = keras.Input((32, 32, 3), name="image")
        pooled = keras.layers.Dropout(0.5)(keras.layers.GlobalAveragePooling2D()(image))
        return training_model(keras.Model(image, keras.layers.Dense(2)(pooled)), None, 1e-3, 10)

    model, images = model_of(), {"image": np.ones((4, 32, 32, 3), np.float32), "alpha": np.ones(4, np.float32)}
    model(images, training=True)
    save_checkpoint(tmp_path / "c.npz", model, Progress())
    expected, other = np.asarray(model(images, training=True)), model_of()
    assert not np.array_equal(other(images, training=True), expected)
    load_checkpoint(tmp_path / "c.npz", other)
    np.testing.assert_array_equal(other(images, training=True), expected)


def test_validation_is_what_keras_evaluates(small_sky: Sky) -> None:
    held = LabelledImages(
        small_sky[0] / "examples", "eval", labels="raw", crop=1.0, image_size=32, batch_size=32, seed=0
    )
    learn = {"theta": 0.02}
    model = training_model(build_classifier("small", 32, 0), ExponentialLaw(9.18), 1e-3, 9, learn=learn, galaxies=480)
    model.fit(held.shuffled(0), verbose=0, shuffle=False)
    assert len(held) > 32 and len(held) % 32  # the last batch is smaller
    validation = Validation(model)
    found, losses = validation.evaluate(held)
    assert validation._forward.experimental_get_tracing_count() == 1
    assert np.mean(losses) == pytest.approx(found["loss"], rel=1e-3)  # but for the prior of theta
    assert found == pytest.approx(model.evaluate(held.in_order(), verbose=0, return_dict=True), rel=1e-5)
