"""Answers averaged over the symmetries of the square, against a plain loop."""

import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf

from truemorph.components.images.symmetries import averaged, symmetries

KERNEL = np.random.default_rng(0).normal(size=(3 * 4 * 4, 2)).astype(np.float32)
IMAGES = np.random.default_rng(1).normal(size=(5, 4, 4, 3)).astype(np.float32)


def logits(images: tf.Tensor) -> tf.Tensor:
    return tf.reshape(images, (len(images), -1)) @ KERNEL


def turned(image: npt.NDArray[np.float32], code: int) -> npt.NDArray[np.float32]:
    """One of the eight ways, by quarter turns and a mirror."""
    return np.rot90(image[:, ::-1] if code >= 4 else image, code % 4)


def test_all_eight_ways_once() -> None:
    found = {np.asarray(view[0]).tobytes() for view in symmetries(IMAGES[:1])}
    assert found == {np.ascontiguousarray(turned(IMAGES[0], code)).tobytes() for code in range(8)}


def test_the_mean_of_probabilities() -> None:
    for image, found in zip(IMAGES, tf.nn.softmax(averaged(logits, IMAGES, 8)).numpy(), strict=True):
        each = []
        for code in range(8):
            p = np.exp(turned(image, code).reshape(-1) @ KERNEL)
            each.append(p / p.sum())
        np.testing.assert_allclose(found, np.mean(each, axis=0), rtol=1e-5)


@pytest.mark.parametrize("code", range(8))
def test_turned_images_have_the_same_answer(code: int) -> None:
    images = np.stack([turned(image, code) for image in IMAGES])
    np.testing.assert_allclose(averaged(logits, images, 8), averaged(logits, IMAGES, 8), rtol=1e-4)


def test_over_one_nothing_changes() -> None:
    assert np.array_equal(averaged(logits, IMAGES, 1), logits(IMAGES))
