"""CV14 bias of labels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truemorph.components.errors import InputError
from truemorph.components.measures.cv14 import cv14_bias

SEEDS = st.integers(0, 2**32 - 1)
quick = settings(max_examples=60, deadline=None)


def sky(seed: int, n: int = 400, classes: int = 2, ties: bool = False) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    alpha = rng.integers(1, 12, n).astype(float) if ties else rng.lognormal(2.4, 0.5, n)
    return rng.integers(0, classes, n) * (rng.random(n) < np.tanh(alpha / 10)), alpha


def test_value_by_hand() -> None:
    # Disk fractions 0, 1/2, 1 in three bins of two: deviations from the last are -1, -1/2, 0.
    result = cv14_bias([0, 0, 0, 1, 1, 1], [1, 2, 3, 4, 5, 6], bins=3)
    assert result.value == pytest.approx(np.sqrt((1 + 0.25) / 3))
    assert cv14_bias([0, 0, 0, 1, 1, 1], [1, 2, 3, 4, 5, 6], bins=3, reference="overall").value == pytest.approx(
        np.sqrt((0.25 + 0 + 0.25) / 3)
    )
    assert cv14_bias([1, 1, 0, 1, 0, 0], [1, 2, 3, 4, 5, 6], bins=3, reference="first").value == result.value


def test_result_says_what_was_measured() -> None:
    labels, alpha = sky(1, 1000)
    result = cv14_bias(labels, alpha)
    assert (result.measure, result.status, result.why, result.n) == ("CV14", "ok", None, 1000)
    assert (result.bins, result.depth, result.reference, result.intrinsic) == (10, 0, "last", 0)
    assert (result.populated, result.empty, result.outside, result.classes) == (1, 0, 0, (0, 1))
    assert result.interval[0] <= result.value <= result.interval[1]
    assert 0 < result.corrected < result.value
    assert set(result.as_dict()) >= {"value", "interval", "noise_floor", "n", "bins", "depth", "reference", "status"}


def test_too_little_data_is_a_status_and_never_zero() -> None:
    result = cv14_bias([0, 1, 0], [1.0, 2.0, 3.0])
    assert (result.status, result.value, result.noise_floor, result.interval) == ("insufficient_data", None, None, None)
    assert "3 objects for 10 cells" in result.why
    nothing = cv14_bias(np.array([], dtype=int), [])
    assert (nothing.status, nothing.n) == ("insufficient_data", 0)


def test_labels_of_one_class_are_degenerate() -> None:
    result = cv14_bias(np.ones(100, dtype=int), np.arange(100.0))
    assert (result.status, result.value) == ("degenerate", None)
    assert "every label is 1" in result.why
    assert cv14_bias(np.ones(100, dtype=int), np.arange(100.0), classes=[0, 1]).status == "degenerate"


def test_few_objects_in_a_bin_give_a_value_without_interval() -> None:
    result = cv14_bias([0, 1, 0, 1], [1.0, 2.0, 3.0, 4.0], bins=3)
    assert (result.status, result.corrected, result.interval) == ("ok", None, None)
    assert result.value is not None and "no interval" in result.why


def test_only_the_classes_asked_for_count() -> None:
    labels, alpha = sky(3, 600, classes=3)
    some = cv14_bias(labels, alpha, classes=[2, 1], bins=5)
    keep = labels > 0
    assert some.value == cv14_bias(labels[keep], alpha[keep], bins=5).value
    assert (some.n, some.outside, some.classes) == (keep.sum(), 600 - keep.sum(), (2, 1))


def test_no_replicates_no_interval() -> None:
    labels, alpha = sky(4)
    result = cv14_bias(labels, alpha, replicates=0)
    assert (result.interval, result.noise_band, result.corrected_interval) == (None, None, None)
    assert result.value is not None and result.noise_floor > 0


def test_wrong_options_are_refused() -> None:
    labels, alpha = sky(5)
    for options, message in (
        ({"bins": 1}, r"bins must be an integer >= 2\. Received: 1"),
        ({"bins": 2.5}, r"bins must be .* Received: 2\.5"),
        ({"reference": "middle"}, r"reference must be .* Received: 'middle'"),
        ({"reference": ["last", "first"]}, "one for each of the 1 columns"),
        ({"replicates": -1}, "replicates must be an integer >= 0"),
    ):
        with pytest.raises(ValueError, match=message):
            cv14_bias(labels, alpha, **options)
    with pytest.raises(InputError, match="alpha: 1 of 400 values are NaN"):
        cv14_bias(labels, np.where(np.arange(400) == 3, np.nan, alpha))


@quick
@given(SEEDS, st.integers(2, 4), st.integers(2, 12), st.sampled_from(["last", "first", "overall"]), st.booleans())
def test_bias_lies_between_0_and_1(seed: int, classes: int, bins: int, reference: str, ties: bool) -> None:
    result = cv14_bias(*sky(seed, 100, classes, ties), bins=bins, reference=reference, replicates=50)
    assert 0 <= result.value <= 1
    assert 0 <= result.corrected <= result.value
    assert 0 <= result.interval[0] <= result.value <= result.interval[1] <= 1


@quick
@given(SEEDS, st.booleans())
def test_increasing_rescaling_order_of_rows_and_names_change_nothing(seed: int, ties: bool) -> None:
    labels, alpha = sky(seed, 200, 3, ties)
    result = cv14_bias(labels, alpha, bins=6)
    order = np.random.default_rng(seed).permutation(alpha.size)
    assert cv14_bias(labels, np.log(alpha) * 3 - 7, bins=6).value == result.value
    assert cv14_bias(labels[order], alpha[order], bins=6).value == result.value
    renamed = np.array([30, -4, 11])[labels]
    assert cv14_bias(renamed, alpha, bins=6).value == pytest.approx(result.value, abs=1e-14)
    assert cv14_bias(renamed, alpha, bins=6).noise_floor == pytest.approx(result.noise_floor, abs=1e-14)


@quick
@given(SEEDS)
def test_reversed_alpha_swaps_first_and_last(seed: int) -> None:
    labels, alpha = sky(seed, 200)
    forward = cv14_bias(labels, alpha, bins=5, reference="last").value
    assert cv14_bias(labels, -alpha, bins=5, reference="first").value == pytest.approx(forward, abs=1e-14)


def test_unbiased_labels_lie_within_their_noise_band_95_times_of_100() -> None:
    rng = np.random.default_rng(11)
    inside = []
    for _ in range(200):
        result = cv14_bias(rng.integers(0, 2, 500), rng.random(500), replicates=300)
        inside.append(result.noise_band[0] <= result.value <= result.noise_band[1])
    assert 0.90 <= np.mean(inside) <= 0.99
