"""The classifiers: shapes, the start at one half, momentum, and that they load without custom objects."""

from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from keras.src.legacy.saving import legacy_h5_format

from truemorph.components.errors import InputError
from truemorph.components.trainer.backbones import BODIES, build_classifier
from truemorph.components.trainer.fused import fused
from truemorph.components.trainer.normalisation import normalisations


@pytest.mark.parametrize(
    "backbone",
    # ResNet50 itself is looked at below, with weights.
    [pytest.param("resnet101", marks=pytest.mark.slow), "efficientnetv2s", "deepgalaxyv2", "small"],
)
def test_every_backbone_starts_at_one_half(backbone: str) -> None:
    model = build_classifier(backbone, 40, seed=0)
    images = np.random.default_rng(0).uniform(0, 255, (2, 40, 40, 3)).astype(np.float32)
    np.testing.assert_array_equal(model(images), np.zeros((2, 2)))
    assert model.input_shape == (None, 40, 40, 3)
    assert normalisations(model) and {layer.momentum for layer in normalisations(model)} == {0.9}


def test_three_classes_start_at_a_third() -> None:
    logits = build_classifier("small", 32, seed=0, classes=3)(np.zeros((2, 32, 32, 3), np.float32))
    np.testing.assert_array_equal(logits, np.zeros((2, 3)))


def test_deepgalaxyv2_has_one_convolution_of_96_filters_and_two_dense_layers() -> None:
    layers = build_classifier("deepgalaxyv2", 64, seed=0).layers
    assert [layer.filters for layer in layers if isinstance(layer, keras.layers.Conv2D)] == [96]
    assert sum(isinstance(layer, keras.layers.Dense) for layer in layers) == 2


def test_the_seed_decides_the_weights() -> None:
    one, same, other = (build_classifier("small", 32, seed).get_weights() for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(one, same, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_the_saved_model_needs_no_custom_objects(tmp_path: Path) -> None:
    build_classifier("small", 32, 0).save(tmp_path / "model.keras")
    assert "truemorph" not in keras.saving.load_model(tmp_path / "model.keras").to_json()


@pytest.mark.parametrize(
    ("backbone", "size", "match"), [("vgg", 64, "backbone must be one of"), ("small", 31, ">= 32")]
)
def test_refused(backbone: str, size: int, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        build_classifier(backbone, size, 0)


@pytest.mark.slow  # that other files are refused is seen below
@pytest.mark.parametrize("backbone", ["resnet50", "efficientnetv2s"])
def test_published_weights_see_what_they_were_trained_with(backbone: str, tmp_path: Path) -> None:
    application, prepare, last = {
        "resnet50": (keras.applications.ResNet50, keras.applications.resnet50.preprocess_input, "dense"),
        "efficientnetv2s": (keras.applications.EfficientNetV2S, lambda images: images, "logits"),
    }[backbone]
    published = application(weights=None, include_top=False, pooling="avg", input_shape=(32, 32, 3))
    path = tmp_path / "published_notop.h5"
    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, published)
    model = build_classifier(backbone, 32, seed=1, weights=path)
    images = np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 3)).astype(np.float32)
    expected = np.asarray(published(prepare(images.copy()), training=False))
    features = keras.Model(model.input, model.get_layer(last).input)(images, training=False)
    np.testing.assert_allclose(features, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())
    np.testing.assert_array_equal(model(images, training=False), np.zeros((2, 2)))
    if backbone == "resnet50":
        assert model.input_shape == (None, 32, 32, 3)
        assert {layer.momentum for layer in normalisations(model)} == {0.9}
        # The paper's head: a dense layer of 1,024 with ReLU, and one of two classes.
        assert model.count_params() == published.count_params() + 2048 * 1024 + 1024 + 1024 * 2 + 2
        assert model.get_layer("dense").activation is keras.activations.relu
        trained = keras.Model(model.input, fused(model))
        kinds = [type(layer).__name__ for layer in trained.layers]
        assert kinds.count("FusedNormalization") == len(normalisations(model)) == 53
        model.save(tmp_path / "model.keras")
        again = keras.saving.load_model(tmp_path / "model.keras")
        found = keras.Model(again.input, again.get_layer(last).input)(images, training=False)
        np.testing.assert_allclose(found, features, rtol=1e-6)
        with pytest.raises(
            InputError, match=r"trainer.weights: there are none for small; give trainer.backbone=resnet50"
        ):
            build_classifier("small", 32, 0, weights=path)


@pytest.mark.slow  # the files that Keras publishes are read above
def test_weights_as_keras_saves_them_today(tmp_path: Path) -> None:
    network = keras.applications.ResNet50(weights=None, include_top=False, pooling="avg", input_shape=(32, 32, 3))
    network.save_weights(tmp_path / "ours.weights.h5")
    found = build_classifier("resnet50", 32, seed=1, weights=tmp_path / "ours.weights.h5").get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(found, network.get_weights(), strict=False))


def test_other_files_are_no_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = keras.applications.ResNet50(weights=None, include_top=False, pooling="avg", input_shape=(32, 32, 3))
    monkeypatch.setattr(keras.applications, "ResNet50", lambda **_: network)  # made once
    path = tmp_path / "some.h5"
    path.write_bytes(b"no HDF5")
    other = tmp_path / "small.weights.h5"
    build_classifier("small", 32, 0).save_weights(other)
    for wrong in (path, other, tmp_path):
        with pytest.raises(InputError, match=r"no weights of resnet50 without its top \(.*\); give the .*_notop.h5 of"):
            build_classifier("resnet50", 32, 0, weights=wrong)


def test_bodies_are_the_configurations() -> None:
    from truemorph.components.trainer.parameters import BACKBONES

    assert set(BODIES) == set(BACKBONES)
