"""CV18 bias of labels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truemorph.components.errors import InputError
from truemorph.components.measures.cv14 import cv14_bias
from truemorph.components.measures.cv18 import cv18_bias

SEEDS = st.integers(0, 2**32 - 1)
quick = settings(max_examples=40, deadline=None)
Sky = tuple[np.ndarray, np.ndarray, np.ndarray]


def sky(seed: int, n: int = 600, classes: int = 2, ties: bool = False) -> Sky:
    rng = np.random.default_rng(seed)
    alpha, intrinsic = rng.lognormal(2.4, 0.5, n), rng.normal(size=(n, 3))
    if ties:
        alpha, intrinsic = np.ceil(alpha), np.round(intrinsic, 1)
    return rng.integers(0, classes, n) * (rng.random(n) < np.tanh(alpha / 10)), alpha, intrinsic


def test_value_by_hand() -> None:
    # Two leaves of four; in each two bins: disk fractions (0, 1) and (1/2, 1/2).
    labels, alpha = [0, 0, 1, 1, 0, 1, 0, 1], [1, 2, 3, 4, 1, 2, 3, 4]
    result = cv18_bias(labels, alpha, [0, 1, 2, 3, 4, 5, 6, 7], bins=2, depth=1)
    assert result.value == pytest.approx(np.sqrt((1.0 + 0.0) / 4))
    assert (result.populated, result.empty, result.measure, result.intrinsic) == (2, 0, "CV18", 1)


def test_without_splits_it_is_cv14() -> None:
    labels, alpha, intrinsic = sky(1, 900, 3)
    for reference in ("last", "first", "overall"):
        ours = cv18_bias(labels, alpha, intrinsic, bins=7, depth=0, reference=reference)
        assert ours.value == cv14_bias(labels, alpha, bins=7, reference=reference).value


def test_several_observables_are_averaged_each_with_its_reference() -> None:
    labels, alpha, intrinsic = sky(2, 2000)
    both = cv18_bias(labels, np.column_stack([alpha, -(alpha**2)]), intrinsic, depth=2, reference=["last", "first"])
    assert both.value == pytest.approx(cv18_bias(labels, alpha, intrinsic, depth=2).value, abs=1e-14)
    assert both.reference == ("last", "first")
    other = np.random.default_rng(0).random(2000)
    pair = cv18_bias(labels, np.column_stack([alpha, other]), intrinsic, depth=2)
    single = [cv18_bias(labels, column, intrinsic, depth=2) for column in (alpha, other)]
    assert pair.value**2 == pytest.approx(np.mean([result.value**2 for result in single]), abs=1e-14)
    assert pair.noise_floor**2 == pytest.approx(np.mean([result.noise_floor**2 for result in single]), abs=1e-14)
    assert pair.interval[0] < pair.value < pair.interval[1]


def test_class_that_goes_with_intrinsic_size_alone_is_no_bias() -> None:
    rng = np.random.default_rng(3)
    size = rng.normal(size=20000)
    alpha = np.exp(0.8 * size + 0.3 * rng.normal(size=20000))
    labels = (rng.random(20000) < 1 / (1 + np.exp(-2 * size))).astype(int)
    cv14, cv18 = cv14_bias(labels, alpha), cv18_bias(labels, alpha, size, depth=6)
    assert cv14.corrected > 0.4
    assert cv18.corrected < 0.1


def test_empty_leaves_are_counted_and_left_out_of_the_mean() -> None:
    labels, alpha, _ = sky(4)
    constant = np.zeros(labels.size)
    result = cv18_bias(labels, alpha, constant, depth=3)
    assert (result.populated, result.empty) == (1, 7)
    assert result.value == cv14_bias(labels, alpha, bins=8).value


def test_too_little_data_is_a_status_and_never_zero() -> None:
    labels, alpha, intrinsic = sky(5, 100)
    result = cv18_bias(labels, alpha, intrinsic, depth=4, bins=8)
    assert (result.status, result.value, result.noise_floor, result.corrected) == ("insufficient_data",) + (None,) * 3
    assert "fewer objects than the 8 bins" in result.why
    result = cv18_bias(labels, alpha, intrinsic, depth=1, bins=5, min_count=11)
    assert (result.status, result.why) == ("insufficient_data", "100 objects for 10 cells: needs 110")
    assert cv18_bias(labels, alpha, intrinsic, depth=30).status == "insufficient_data"
    assert cv18_bias(labels, alpha, intrinsic, depth=1, bins=5, min_count=10).status == "ok"


def test_wrong_input_is_refused() -> None:
    labels, alpha, intrinsic = sky(6)
    with pytest.raises(InputError, match="intrinsic: 2 of 1800 values are NaN or infinite"):
        cv18_bias(labels, alpha, np.where(intrinsic > np.sort(intrinsic.ravel())[-3], np.inf, intrinsic))
    with pytest.raises(ValueError, match=r"tree must be one of .* Received: 'random'"):
        cv18_bias(labels, alpha, intrinsic, tree="random")
    with pytest.raises(ValueError, match=r"depth must be an integer .* Received: -1"):
        cv18_bias(labels, alpha, intrinsic, depth=-1)
    with pytest.raises(ValueError, match=r"intrinsic must have shape \(600,\)"):
        cv18_bias(labels, alpha, intrinsic[:-1])
    with pytest.raises(ValueError, match="at least one column"):
        cv18_bias(labels, alpha, intrinsic[:, :0])


def test_more_cells_of_several_observables_than_memory_are_refused() -> None:
    labels, alpha, intrinsic = sky(8)
    many = np.column_stack([alpha] * 8)
    with pytest.raises(InputError, match=r"8 observables counted together have 3,200,000,000 cells, .* depth=4"):
        cv18_bias(labels, many, intrinsic, bins=10, depth=4)
    assert cv18_bias(labels, many[:, :4], intrinsic, bins=4, depth=1, replicates=0).status == "ok"


@quick
@given(SEEDS, st.integers(2, 3), st.integers(0, 3), st.sampled_from(["cyclic", "highest_fraction_difference"]))
def test_bias_lies_between_0_and_1(seed: int, classes: int, depth: int, tree: str) -> None:
    result = cv18_bias(*sky(seed, 400, classes), bins=5, depth=depth, tree=tree, replicates=30)
    assert 0 <= result.value <= 1
    assert 0 <= result.interval[0] <= result.value <= result.interval[1] <= 1


@quick
@given(SEEDS, st.booleans(), st.sampled_from(["cyclic", "highest_fraction_difference"]))
def test_order_of_rows_and_names_change_nothing(seed: int, ties: bool, tree: str) -> None:
    labels, alpha, intrinsic = sky(seed, 300, 3, ties)
    result = cv18_bias(labels, alpha, intrinsic, bins=4, depth=2, tree=tree)
    order = np.random.default_rng(seed).permutation(alpha.size)
    shuffled = cv18_bias(labels[order], alpha[order], intrinsic[order], bins=4, depth=2, tree=tree)
    assert shuffled.value == pytest.approx(result.value, abs=1e-14)
    renamed = cv18_bias(np.array([5, 1, 9])[labels], alpha, intrinsic, bins=4, depth=2, classes=[1, 9, 5], tree=tree)
    assert renamed.value == pytest.approx(result.value, abs=1e-14)


@quick
@given(SEEDS, st.booleans())
def test_increasing_rescaling_of_any_column_changes_nothing(seed: int, ties: bool) -> None:
    labels, alpha, intrinsic = sky(seed, 300, 2, ties)
    result = cv18_bias(labels, alpha, intrinsic, bins=4, depth=3)
    rescaled = np.column_stack([np.exp(intrinsic[:, 0]), intrinsic[:, 1] ** 3, 5 * intrinsic[:, 2] - 2])
    assert cv18_bias(labels, np.sqrt(alpha), rescaled, bins=4, depth=3).value == result.value


@quick
@given(SEEDS)
def test_other_tree_is_unchanged_by_rescaling_where_no_values_are_tied(seed: int) -> None:
    labels, alpha, intrinsic = sky(seed, 300)
    tree = "highest_fraction_difference"
    result = cv18_bias(labels, alpha, intrinsic, bins=4, depth=3, tree=tree)
    assert cv18_bias(labels, alpha**3, np.exp(intrinsic), bins=4, depth=3, tree=tree).value == result.value


def test_float32_and_float64_agree() -> None:
    labels, alpha, intrinsic = sky(7)
    narrow = alpha.astype(np.float32), intrinsic.astype(np.float32)
    wide = narrow[0].astype(np.float64), narrow[1].astype(np.float64)
    assert cv18_bias(labels, *narrow).value == cv18_bias(labels, *wide).value


def test_unbiased_labels_lie_within_their_noise_band_95_times_of_100() -> None:
    rng, inside = np.random.default_rng(12), []
    for _ in range(150):
        size = rng.normal(size=600)
        labels = np.where(rng.random(600) < 1 / (1 + np.exp(-size)), 2, rng.integers(0, 2, 600))
        result = cv18_bias(labels, rng.random(600), size, bins=5, depth=2, replicates=200)
        inside.append(result.noise_band[0] <= result.value <= result.noise_band[1])
    assert 0.90 <= np.mean(inside) <= 0.99
