"""One list of words and of numbers that mean 'no value'."""

import numpy as np
import pytest

from truemorph.components.tables.nulls import NULLS, SENTINELS, is_listed, is_null, sentinels


def test_words_that_mean_no_value() -> None:
    words = ["", "  ", "N/A", "NA", "NULL", "null", "None", "nan", "NaN", "masked", "--", "\t", "n/a", "<NA>", "\\N"]
    assert is_null(words).all() and is_null([None, np.nan]).all()
    assert not is_null(["disk", "smooth", "0", 0, 1.5, "nano", "Nassau", False]).any()
    assert len(NULLS) == len(set(NULLS))


@pytest.mark.parametrize("value", [-9999, -999, -99.99, 99.99, 999, 9999.0, 99, -99, 99.9])
@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_a_sentinel_far_off_the_others(value: float, kind: type) -> None:
    measured = np.random.default_rng(1).uniform(2, 20, 500).astype(kind)
    column = np.concatenate([measured, np.full(50, value, dtype=kind), [np.nan]])
    np.testing.assert_array_equal(sentinels(column), [False] * 500 + [True] * 50 + [False])


def test_nines_among_the_measured_are_measurements() -> None:
    assert not sentinels(np.arange(100)).any()
    assert not sentinels(np.linspace(0, 200, 20001)).any()
    assert not sentinels(np.linspace(-12000, 0, 12001)).any()
    assert not sentinels([]).any() and not sentinels([1.0, np.nan, np.inf]).any()


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_a_single_99_in_a_long_tail_is_a_measurement(kind: type) -> None:
    tail = np.ceil(np.random.default_rng(1).lognormal(2.4, 0.5, 300)).astype(kind)
    assert tail.max() < 66
    assert not sentinels(np.append(tail, kind(99))).any()
    assert np.count_nonzero(sentinels(np.append(tail, [99, 99]).astype(kind))) == 2
    assert np.count_nonzero(sentinels(np.append(tail, [99, -9999]).astype(kind))) == 1


def test_several_sentinels_in_one_column_and_nothing_else() -> None:
    np.testing.assert_array_equal(sentinels([-9999, 99.99, 5.0, 6.0, 999]), [True, True, False, False, True])
    assert sentinels([-9999.0, -9999.0]).all()


def test_the_list_is_found_exactly() -> None:
    short = np.array([value for value in SENTINELS if abs(value) < 1e39], dtype=np.float32)
    assert is_listed(SENTINELS).all() and is_listed(short).all()
    assert not is_listed([98.999, 99.991, -9998, 0, 1e9, -1e9, np.nan, np.inf]).any()
