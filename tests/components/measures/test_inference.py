"""Noise floor, intervals and paired differences."""

from itertools import permutations

import numpy as np
import pytest

from truemorph.components.measures.cv14 import cv14_bias
from truemorph.components.measures.cv18 import cv18_bias
from truemorph.components.measures.paired import paired_difference
from truemorph.components.measures.redraw import permute
from truemorph.components.measures.result import BiasResult


def sky(seed: int, n: int, theta: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """True and biased labels, alpha, two intrinsic columns that do not matter; theta 0 leaves the labels unbiased."""
    rng = np.random.default_rng(seed)
    alpha, intrinsic, true = rng.lognormal(2.4, 0.45, n), rng.normal(size=(n, 2)), rng.random(n) < 0.5
    seen = true if theta == 0 else true & (rng.random(n) > np.exp(-(alpha**2) / (2 * theta**2)))
    return true.astype(int), seen.astype(int), alpha, intrinsic


def population(bins: int, theta: float) -> float:
    """L of an infinite catalogue of that sky."""
    alpha = np.sort(np.random.default_rng(0).lognormal(2.4, 0.45, 1_000_000))
    fractions = 0.5 * (1 - np.exp(-(alpha**2) / (2 * theta**2))) if theta else np.full(alpha.size, 0.5)
    r = np.array([part.mean() for part in np.array_split(fractions, bins)])
    return float(np.sqrt(np.mean((r - r[-1]) ** 2)))


def test_floor_is_the_mean_square_over_all_permutations() -> None:
    labels, alpha = [1, 1, 0, 0, 0, 0], [1.0, 2.0, 2.0, 2.0, 3.0, 4.0]
    for reference in ("last", "first", "overall"):
        squares = [
            cv14_bias(list(order), alpha, bins=3, reference=reference).value ** 2 for order in permutations(labels)
        ]
        result = cv14_bias(labels, alpha, bins=3, reference=reference)
        assert result.noise_floor == pytest.approx(np.sqrt(np.mean(squares)), abs=1e-12)


def test_floor_is_near_the_textbook_value() -> None:
    _, labels, alpha, intrinsic = sky(1, 8 * 8 * 190, 0)
    result = cv18_bias(labels, alpha, intrinsic, bins=8, depth=3)
    assert result.noise_floor == pytest.approx(np.sqrt(2 * 0.25 / 190 * 7 / 8), rel=2e-3)


def test_permuted_labels_keep_what_they_must() -> None:
    rng = np.random.default_rng(2)
    sizes, totals = np.array([[3, 4, 5], [6, 6, 0]]), np.array([[4, 4, 4], [0, 10, 2]])
    drawn = permute(rng, sizes, totals, 4000)
    assert (drawn.sum(axis=3) == sizes).all() and (drawn.sum(axis=2) == totals).all() and (drawn >= 0).all()
    expected = sizes[:, :, None] * totals[:, None, :] / sizes.sum(axis=1)[:, None, None]
    np.testing.assert_allclose(drawn.mean(axis=0), expected, atol=0.1)


def test_band_of_noise_holds_the_floor() -> None:
    _, labels, alpha, intrinsic = sky(3, 3000, 0)
    result = cv18_bias(labels, alpha, intrinsic)
    assert result.noise_band[0] < result.noise_floor < result.noise_band[1]
    assert result.noise_band[0] < result.value < result.noise_band[1]
    assert result.interval[0] == 0 and result.corrected_interval[0] == 0


def test_strong_bias_stands_far_above_the_noise() -> None:
    _, labels, alpha, intrinsic = sky(4, 6000, 9.18)
    result = cv18_bias(labels, alpha, intrinsic)
    assert result.interval[0] > result.noise_band[1]
    assert result.interval[0] < population(8, 9.18) < result.interval[1]
    assert result.corrected_interval[0] < result.corrected < result.corrected_interval[1]


def test_observables_that_go_together_are_not_counted_twice() -> None:
    _, labels, alpha, intrinsic = sky(12, 6000, 9.18)
    alone = cv18_bias(labels, alpha, intrinsic)
    twice = cv18_bias(labels, np.column_stack([alpha, -alpha]), intrinsic, reference=["last", "first"])
    assert (twice.value, twice.corrected) == pytest.approx((alone.value, alone.corrected), abs=1e-12)
    # Other cells, so other random numbers: between seeds the ends of either move by up to 0.002.
    assert twice.interval == pytest.approx(alone.interval, abs=4e-3)
    assert twice.corrected_interval == pytest.approx(alone.corrected_interval, abs=4e-3)


def test_replicates_follow_their_seed() -> None:
    _, labels, alpha, _ = sky(5, 1000, 9.18)
    first, again, other = (cv14_bias(labels, alpha, seed=seed) for seed in (1, 1, 2))
    assert first.interval == again.interval != other.interval
    assert first.value == other.value


def test_large_trees_are_drawn_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    _, labels, alpha, intrinsic = sky(6, 2000, 9.18)
    whole = cv18_bias(labels, alpha, intrinsic, replicates=400)
    monkeypatch.setattr("truemorph.components.measures.redraw.DRAWS", 1000)
    pieces = cv18_bias(labels, alpha, intrinsic, replicates=400)
    assert pieces.interval == pytest.approx(whole.interval, abs=0.01)


def test_corrected_value_is_the_bias_of_the_population_on_average() -> None:
    true = population(10, 9.18)
    results = [cv14_bias(*sky(seed, 1000, 9.18)[1:3]) for seed in range(400)]
    squares = [result.corrected**2 for result in results]
    assert np.mean(squares) == pytest.approx(true**2, abs=4 * np.std(squares) / 20)
    assert np.mean([result.value**2 for result in results]) > np.mean(squares)


def test_paired_difference_is_the_difference_with_a_narrower_interval() -> None:
    true, seen, alpha, intrinsic = sky(7, 6000, 9.18)
    noisy = np.where(np.random.default_rng(0).random(6000) < 0.02, 1 - seen, seen)
    result = paired_difference(seen, noisy, alpha, intrinsic)
    a, b = cv18_bias(seen, alpha, intrinsic), cv18_bias(noisy, alpha, intrinsic)
    assert result.value == pytest.approx(a.value - b.value, abs=1e-14)
    assert (result.a.value, result.b.value, result.status, result.n) == (a.value, b.value, "ok", 6000)
    assert result.corrected == pytest.approx(a.corrected - b.corrected, abs=1e-12)
    assert result.interval[0] <= result.value <= result.interval[1]
    alone = np.hypot(*(np.diff(side.interval)[0] for side in (a, b)))
    assert result.interval[1] - result.interval[0] < 0.5 * alone
    better = paired_difference(seen, true, alpha)
    assert better.a.measure == "CV14" and better.interval[0] > 0.1


def test_paired_difference_of_equal_labels_is_nothing() -> None:
    _, seen, alpha, _ = sky(8, 2000, 9.18)
    result = paired_difference(seen, seen, alpha)
    assert (result.value, result.interval) == (0.0, (0.0, 0.0))


def test_paired_difference_keeps_objects_with_both_labels() -> None:
    _, seen, alpha, _ = sky(9, 2000, 9.18)
    other = seen.copy()
    other[:500] = 7
    result = paired_difference(seen, other, alpha, classes=[0, 1])
    assert (result.n, result.a.outside) == (1500, 500)
    assert result.a.value == cv14_bias(seen[500:], alpha[500:]).value


def test_paired_difference_says_what_it_cannot_know() -> None:
    true, seen, alpha, intrinsic = sky(10, 2000, 9.18)
    constant = paired_difference(seen, np.zeros(2000, dtype=int), alpha)
    assert (constant.status, constant.value, constant.interval) == ("degenerate", None, None)
    few = paired_difference(seen, true, alpha, intrinsic, depth=9)
    assert (few.status, few.value) == ("insufficient_data", None)
    assert paired_difference(seen, true, alpha, replicates=0).why == "no replicates were asked for"
    with pytest.raises(ValueError, match=r"both sets of labels must have shape \(N,\)"):
        paired_difference(seen, true[:-1], alpha)


def test_results_compare_and_print_without_their_cells() -> None:
    _, labels, alpha, _ = sky(11, 500, 9.18)
    result = cv14_bias(labels, alpha)
    assert isinstance(result, BiasResult) and result == cv14_bias(labels, alpha)
    assert repr(result).startswith("CV14 bias 0.") and "unbiased labels show" in repr(result)
