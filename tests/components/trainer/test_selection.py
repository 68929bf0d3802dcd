"""Which epoch is kept."""

import numpy as np
import pytest

from truemorph.components.trainer.selection import as_good, lower


def test_a_difference_within_one_standard_error_is_none() -> None:
    rng = np.random.default_rng(0)
    lowest = rng.exponential(0.4, 400)
    noise = rng.normal(0.0, 0.2, 400)
    noise -= noise.mean()
    error = np.std(noise, ddof=1) / 20
    assert as_good(lowest + noise + 0.99 * error, lowest)
    assert not as_good(lowest + noise + 1.01 * error, lowest)
    assert as_good(lowest + noise - 0.1, lowest)


def test_what_all_galaxies_share_is_no_noise() -> None:
    lowest = np.linspace(0.1, 0.9, 100)
    assert not as_good(lowest + 1e-3, lowest)


@pytest.mark.parametrize("losses", [[], [0.3]])
def test_too_few_galaxies(losses: list[float]) -> None:
    assert as_good(losses, losses) and lower(losses, losses)
    assert not losses or not as_good([0.4], losses)


def test_what_is_no_number_is_never_good() -> None:
    broken = np.array([0.1, np.nan, 0.3])
    assert not as_good(broken, np.full(3, 0.2)) and not lower(broken, np.full(3, 0.2))
    assert lower(np.full(3, 0.2), broken)
