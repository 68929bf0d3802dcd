"""Turning images by any angle: against numpy's quarter turns and scipy, and in an epoch of training."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage

from truemorph.components.examples.tfrecord import read_place
from truemorph.components.images.decode import decode
from truemorph.components.trainer.galaxies import dihedral
from truemorph.components.trainer.inputs import LabelledImages
from truemorph.components.trainer.rotation import rotate


def image(side: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(0, 255, (1, side, side, 3)).astype(np.float32)


@pytest.mark.parametrize("side", [8, 9])
@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_quarter_turns_are_numpys(side: int, quarters: int) -> None:
    given = image(side)
    found = rotate(given, [quarters * np.pi / 2])
    # An edge may fall outside by a rounding of the angle.
    np.testing.assert_allclose(found[:, 1:-1, 1:-1], np.rot90(given, quarters, (1, 2))[:, 1:-1, 1:-1], atol=1e-2)


def test_any_angle_is_scipys() -> None:
    given = image(21)
    expected = ndimage.rotate(given[0], 30.0, (1, 0), reshape=False, order=1, mode="grid-constant")
    np.testing.assert_allclose(rotate(given, [np.pi / 6])[0], expected, atol=1e-2)


def test_each_image_has_its_angle_and_the_sky_outside_is_filled() -> None:
    given = np.concatenate([image(16), np.ones((1, 16, 16, 3), np.float32)])
    turned = np.asarray(rotate(given.astype(np.uint8), [0.0, np.pi / 4]))
    np.testing.assert_array_equal(turned[0], given[0].astype(np.uint8))
    assert turned[1, 0, 0].tolist() == [0.0, 0.0, 0.0] and turned[1, 8, 8].tolist() == [1.0, 1.0, 1.0]
    np.testing.assert_allclose(rotate(given, [0.0, np.pi / 4], "reflect")[1], 1.0, rtol=1e-5)


@pytest.mark.parametrize("margin", [1, 5])
def test_a_margin_is_cut_off(margin: int) -> None:
    given, angles = np.concatenate([image(21), image(21)[:, ::-1]]), [0.4, -0.7]
    within = slice(margin, 21 - margin)
    expected = np.asarray(rotate(given, angles, "reflect"))[:, within, within]
    np.testing.assert_allclose(rotate(given, angles, "reflect", margin), expected, atol=1e-2)


@pytest.fixture(scope="module")
def stamps(toy: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Examples of twelve stamps of 96 pixels."""
    folder = tmp_path_factory.mktemp("stamps")
    rng = np.random.default_rng(0)
    records = [toy.example(toy.blob(rng, True, 96, "PNG"), str(n), alpha=9.0, label_raw=n % 2) for n in range(12)]
    toy.shard(folder / "Split-train" / "data_tfrecord-00000-of-00001", records)
    return folder


def galaxies_of(folder: Path, **settings: Any) -> LabelledImages:
    given = {"labels": "raw", "crop": 0.5, "image_size": 48, "batch_size": 4, "seed": 3, "rotations": "any"}
    return LabelledImages(folder, "train", **given | settings)


def images_of(folder: Path, epoch: int = 0, **settings: Any) -> np.ndarray:
    return np.concatenate([inputs["image"] for inputs, _ in galaxies_of(folder, **settings).shuffled(epoch)])


def encoded(galaxies: LabelledImages, index: int) -> bytes:
    features = tf.train.Example.FromString(read_place(galaxies._places[index])).features.feature
    return features["image"].bytes_list.value[0]


def test_an_epoch_turns_the_sky_round_the_cut_into_its_corners(stamps: Path) -> None:
    galaxies = galaxies_of(stamps)
    order, codes, angles = galaxies._order(0)
    whole = tf.stack([decode(encoded(galaxies, index), 1.0, 96) for index in order])
    expected = np.asarray(rotate(dihedral(whole, codes), angles))[:, 24:-24, 24:-24]
    assert np.abs(angles).max() > 0.5
    np.testing.assert_allclose(images_of(stamps), expected, atol=0.51)  # of rounding to bytes


def test_batches_and_memory_do_not_change_the_turns(stamps: Path) -> None:
    first = images_of(stamps)
    np.testing.assert_array_equal(images_of(stamps, batch_size=6), first)
    np.testing.assert_allclose(images_of(stamps, cache_bytes=0), first, atol=0.51)
    rest = np.concatenate([inputs["image"] for inputs, _ in galaxies_of(stamps).shuffled(0, step=1)])
    np.testing.assert_array_equal(rest, first[4:])
    assert np.abs(images_of(stamps, epoch=1) - first).max() > 1.0
    assert np.abs(images_of(stamps, seed=4) - first).max() > 1.0


def test_evaluation_sees_images_as_they_are(stamps: Path) -> None:
    galaxies = galaxies_of(stamps)
    for index, image in enumerate(np.concatenate([inputs["image"] for inputs, _ in galaxies.in_order()])):
        np.testing.assert_allclose(image, decode(encoded(galaxies, index), 0.5, 48), atol=0.51)
