"""The learning rates: against Keras' own cosine with warm-up, and by hand."""

import keras
import numpy as np
import pytest

from truemorph.components.trainer.schedule import FALLS, Schedule


def rates(kind: str, steps: int = 200) -> np.ndarray:
    return np.array([float(Schedule(kind, 1e-3, steps)(step)) for step in range(steps + 1)])


def test_cosine_is_keras_own() -> None:
    expected = keras.optimizers.schedules.CosineDecay(1e-3 / 20, 180, alpha=0.01, warmup_target=1e-3, warmup_steps=20)
    np.testing.assert_allclose(rates("cosine"), [float(expected(step)) for step in range(201)], rtol=1e-5)


@pytest.mark.parametrize("kind", FALLS)
def test_all_rise_over_the_first_tenth(kind: str) -> None:
    found = rates(kind)
    np.testing.assert_allclose(found[:21], np.linspace(5e-5, 1e-3, 21), rtol=1e-5)
    assert (np.diff(found[20:]) <= 1e-10).all()


def test_how_they_fall() -> None:
    np.testing.assert_allclose(rates("constant")[20:], 1e-3)
    np.testing.assert_allclose(rates("exponential")[[20, 110, 200]], [1e-3, 1e-4, 1e-5], rtol=1e-5)
    np.testing.assert_allclose(
        rates("step")[[20, 79, 80, 139, 140, 199]], 1e-3 * np.array([1, 1, 0.1, 0.1, 0.01, 0.01]), rtol=1e-6
    )


def test_one_step() -> None:
    assert float(Schedule("cosine", 0.5, 1)(0)) == 0.5


def test_it_is_saved_with_the_optimizer() -> None:
    config = keras.optimizers.Adam(Schedule("step", 1e-3, 50)).get_config()
    assert float(keras.optimizers.Adam.from_config(config)._learning_rate(19)) == pytest.approx(1e-3)


def test_refused() -> None:
    with pytest.raises(ValueError, match="Received: kind=cyclic"):
        Schedule("cyclic", 1e-3, 10)
