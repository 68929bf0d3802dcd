"""Disk fractions in bins of alpha, and the binomial interval around them."""

import numpy as np
import pytest

from truemorph.components.evaluator.curves import disk_curves, wilson
from truemorph.components.laws import ExponentialLaw


def test_wilson_solves_its_defining_equation() -> None:
    for end in wilson(3, 17):
        assert abs(3 / 17 - end) == pytest.approx(np.sqrt(end * (1 - end) / 17))


def test_wilson_of_none_and_of_all_stays_within_bounds_and_has_width() -> None:
    (low, high), (least, most) = wilson(0, 20), wilson(20, 20)
    assert low == pytest.approx(0, abs=1e-12) and most == pytest.approx(1)
    assert high > 0.02 and least < 0.98


def test_bins_hold_equally_many_and_count_all() -> None:
    rng = np.random.default_rng(1)
    alpha = rng.uniform(4, 30, 1003)
    (curve,) = disk_curves({"raw": rng.integers(0, 2, 1003)}, alpha, bins=10)
    sizes = [b["n"] for b in curve["bins"]]
    assert sum(sizes) == 1003 and max(sizes) - min(sizes) <= 1
    assert all(a["alpha_high"] < b["alpha_low"] for a, b in zip(curve["bins"], curve["bins"][1:], strict=False))


def test_the_law_shows_in_the_curve() -> None:
    rng, law = np.random.default_rng(2), ExponentialLaw(9.0)
    alpha = rng.uniform(3, 35, 50000)
    labels = rng.random(50000) > law.flip_probability(alpha)
    (curve,) = disk_curves({"raw": labels}, alpha, bins=20)
    for b in curve["bins"]:
        assert b["fraction"] == pytest.approx(1 - law.flip_probability(b["alpha"]), abs=0.03)


def test_every_row_is_cut_at_the_same_alpha_though_labels_are_missing() -> None:
    alpha = np.arange(40.0)
    some = np.where(alpha < 20, np.nan, 1.0)
    full, part = disk_curves({"full": np.zeros(40), "part": some}, alpha, bins=4)
    assert [b["alpha"] for b in full["bins"]] == [b["alpha"] for b in part["bins"]]
    assert [b["n"] for b in part["bins"]] == [0, 0, 10, 10]
    assert [b["fraction"] for b in part["bins"]] == [None, None, 1.0, 1.0]


def test_fewer_bins_where_objects_are_few() -> None:
    curve, nothing = disk_curves({"raw": [0, 1] * 12, "none": [np.nan] * 24}, range(24), bins=10)
    assert [b["n"] for b in curve["bins"]] == [12, 12]
    assert nothing["bins"] == []


def test_no_bins_for_under_ten_objects_with_a_known_alpha() -> None:
    (curve,) = disk_curves({"raw": [0, 1] * 10}, [1.0] * 9 + [np.nan] * 11, bins=10)
    assert curve["bins"] == []
