"""The framing of images: what is measured, what is marked, and the same within a network."""

import keras
import numpy as np
import pytest

from truemorph.components.images.framing import EMPTY, VIEWS, Framing, framing_of, measure

SIDE = 64


def stamps(count: int, width: float, seed: int) -> np.ndarray:
    """Galaxies of many shapes and magnitudes in a field of view of this width, on a sky with noise."""
    rng = np.random.default_rng(seed)
    radius, ratio, turn = rng.normal(0.11, 0.008, count), rng.uniform(0.3, 1, count), rng.uniform(0, np.pi, count)
    peak, index = rng.uniform(60, 200, count), rng.uniform(0.9, 1.1, count)
    y, x = (np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2) * width / SIDE
    along = np.cos(turn)[:, None, None] * x + np.sin(turn)[:, None, None] * y
    across = (np.cos(turn)[:, None, None] * y - np.sin(turn)[:, None, None] * x) / ratio[:, None, None]
    light = np.exp(-((np.hypot(along, across) / radius[:, None, None]) ** index[:, None, None]))
    grey = 12 + peak[:, None, None] * light + rng.normal(0, 3, (count, SIDE, SIDE))
    return np.repeat(grey.clip(0, 255)[..., None], 3, axis=3).astype(np.float32)


@pytest.fixture(scope="module")
def framing() -> Framing:
    found = framing_of({width: measure(stamps(600, width, 0)) for width in (1.0, *VIEWS)})
    assert found is not None and found["n"] == 600
    low, median, high = found["quantiles"]["size"]
    assert 0.05 < low < median < high < 0.3
    return Framing.from_json(found)


def test_images_as_those_trained_on_are_not_marked(framing: Framing) -> None:
    assert (framing.beyond(stamps(1000, 1.0, 1)) > 0).mean() <= 0.01


@pytest.mark.parametrize(("width", "word"), [(0.5, "half"), (2.0, "twice")])
def test_another_field_of_view_is_marked(framing: Framing, width: float, word: str) -> None:
    beyond = framing.beyond(stamps(300, width, 2))
    assert (beyond > 0).mean() > 0.95
    told = {framing.statuses[number] for number in beyond[beyond > 0]}
    assert f"framing: the field of view looks {word} as wide as in training" in told


@pytest.mark.parametrize("grey", [0, 90, 255])
def test_in_an_image_of_one_grey_nothing_is_to_be_seen(framing: Framing, grey: int) -> None:
    assert framing.beyond(np.full((2, SIDE, SIDE, 3), grey, np.float32)).tolist() == [EMPTY] * 2
    assert framing.statuses[EMPTY] == "framing: nothing stands out from the sky"


def test_ten_times_the_noise_is_marked(framing: Framing) -> None:
    noisy = stamps(100, 1.0, 3) + np.random.default_rng(4).normal(0, 30, (100, SIDE, SIDE, 1)).astype(np.float32)
    beyond = framing.beyond(noisy.clip(0, 255))
    assert {framing.statuses[number] for number in beyond} == {"framing: more noise than in training"}


@pytest.mark.parametrize("side", [48, 100])
def test_what_is_measured_is_what_the_formula_says(side: int) -> None:
    """Given noise of 4 grey levels and a Gaussian, both are found; of the size, what is above the sky."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    blob = 200 * np.exp(-(x**2 + y**2) / (2 * (0.08 * side) ** 2))
    images = np.repeat((20 + blob + rng.normal(0, 4, (50, side, side)))[..., None], 3, axis=3)
    share, size, width, noise = np.exp(measure(images)[:, :4]).mean(axis=0)
    above = blob > 3 * 4
    assert share == pytest.approx(1 - above.mean(), abs=0.03)
    expected = np.sqrt((blob * (x**2 + y**2))[above].sum() / blob[above].sum()) / side
    assert size == pytest.approx(expected, rel=0.15)
    assert noise - 0.5 == pytest.approx(4, rel=0.1)
    assert 0.02 < width < 0.12


def test_a_network_measures_the_same(framing: Framing) -> None:
    images = np.concatenate([stamps(40, 1.0, 5), stamps(40, 0.5, 5), np.zeros((1, SIDE, SIDE, 3), np.float32)])
    np.testing.assert_allclose(measure(images, keras.ops), measure(images), atol=2e-3)
    assert np.asarray(framing.beyond(images, keras.ops)).tolist() == framing.beyond(images).tolist()


def test_few_images_say_nothing() -> None:
    assert framing_of({1.0: measure(stamps(99, 1.0, 0))}) is None
