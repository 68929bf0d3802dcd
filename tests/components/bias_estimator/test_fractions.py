"""Theta from the fractions alone."""

import json
from pathlib import Path

import numpy as np
import pytest

from truemorph.components.bias_estimator.fractions import fit_fractions
from truemorph.components.errors import InputError


def sky(seed: int, n: int = 10000, theta: float = 9.18, low: float = 2.0, high: float = 40.0) -> tuple:
    rng = np.random.default_rng(seed)
    alpha, disk = rng.uniform(low, high, n), rng.random(n) < 0.6
    seen = disk if theta == 0 else disk & (rng.random(n) > np.exp(-(alpha**2) / (2 * theta**2)))
    return seen.astype(int), alpha


def test_stored_fits_of_the_follow_up_within_a_percent(shared: Path) -> None:
    compared = 0
    for path in sorted((shared / "oracle").glob("d0*.cv14fit.json")):
        stored = json.loads(path.read_text())["followup_fraction_fit"]
        arrays = np.load(path.with_name(path.name.replace("cv14fit.json", "npz")))
        fit = fit_fractions(arrays["y"], arrays["alpha"], bins=stored["num_bins"])
        assert fit.status == "ok"
        assert fit.theta == pytest.approx(stored["theta_inverse_minmax"], rel=0.01)
        # The same theta in the units of scaled alpha, where its shift by the least alpha hardly counts.
        width = 589.4 - 0.07466520868457423
        assert stored["theta_scaled"] * width == pytest.approx(stored["theta_rescaled_no_offset"], rel=1e-6)
        assert fit.theta == pytest.approx(stored["theta_rescaled_no_offset"], rel=0.02)
        assert fit.f_disk == pytest.approx(stored["f_disk"], rel=0.01)
        assert 1 - fit.f_disk == pytest.approx(stored["f_smooth"], rel=0.02)
        assert fit.sse == pytest.approx(stored["sse"], rel=0.01)
        compared += 5
    assert compared == 20


def test_interval_holds_the_truth_95_times_of_100() -> None:
    fits = [fit_fractions(*sky(seed, 4000)) for seed in range(200)]
    held = [fit.theta_interval[0] < 9.18 < fit.theta_interval[1] for fit in fits]
    assert 0.90 <= np.mean(held) <= 0.99
    assert np.mean([fit.f_disk for fit in fits]) == pytest.approx(0.6, abs=0.01)


def test_default_is_one_bin_for_64_objects() -> None:
    assert fit_fractions(*sky(0, 6400)).bins == 100
    assert fit_fractions(*sky(0, 200)).bins == 5


def test_nearly_exact_fractions_give_the_exact_theta() -> None:
    alpha = np.linspace(1, 40, 400_000)
    disk_share = 0.6 * (1 - np.exp(-(alpha**2) / (2 * 7.0**2)))
    # Multiples of the golden ratio fill [0, 1) more evenly than random numbers do.
    seen = (np.arange(alpha.size) * 0.6180339887498949 % 1 < disk_share).astype(int)
    fit = fit_fractions(seen, alpha, bins=200)
    assert (fit.theta, fit.f_disk) == (pytest.approx(7.0, abs=2e-3), pytest.approx(0.6, abs=1e-3))


@pytest.mark.parametrize(
    ("arguments", "status", "why"),
    [
        ({"low": 9.9, "high": 10.1}, "not_identifiable", "alpha is nearly constant"),
        ({"theta": 0}, "not_identifiable", "the labels show no bias"),
        ({"low": 2, "high": 7}, "not_identifiable", "no object is well resolved"),
        ({"n": 30}, "insufficient_data", "20 of each class are needed"),
    ],
)
def test_what_the_data_cannot_tell_is_a_status(arguments: dict, status: str, why: str) -> None:
    fit = fit_fractions(*sky(1, **arguments))
    assert fit.status == status and why in fit.why
    assert (fit.theta, fit.theta_interval, fit.f_disk, fit.sse) == (None, None, None, None)


def test_more_bins_than_pairs_of_objects_are_too_many() -> None:
    fit = fit_fractions(*sky(2, 100), bins=60)
    assert (fit.status, fit.theta) == ("insufficient_data", None)


def test_wrong_input_is_refused() -> None:
    seen, alpha = sky(3, 100)
    with pytest.raises(InputError, match="alpha: 1 of 100 values are NaN, infinite or not positive"):
        fit_fractions(seen, np.where(np.arange(100) == 0, 0.0, alpha))
    with pytest.raises(InputError, match="labels must be 0"):
        fit_fractions(seen + 1, alpha)
    with pytest.raises(ValueError, match=r"bins must be >= 5\. Received: 2"):
        fit_fractions(seen, alpha, bins=2)
    with pytest.raises(ValueError, match="must both have shape"):
        fit_fractions(seen[1:], alpha)
