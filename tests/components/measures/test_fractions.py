"""Shares of disks: against plain sums, SciPy's Wilson, and how often their intervals hold on simulated skies."""

import numpy as np
import pytest
from confused import LAW, NAMES, confused
from scipy import stats

from truemorph.components.bias_estimator.confused import fit_confusion
from truemorph.components.bias_estimator.confusion_errors import errors_of
from truemorph.components.measures.fractions import class_shares, label_share, network_share


@pytest.mark.parametrize(("disks", "n"), [(0, 12), (5, 12), (12, 12), (130, 400)])
def test_labels_that_nothing_flips_have_wilsons_interval(disks: int, n: int) -> None:
    share = label_share(np.arange(n) < disks)
    expected = stats.binomtest(disks, n).proportion_ci(0.95, method="wilson")
    assert share.value == pytest.approx(disks / n)
    assert share.statistical == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert share.combined == share.statistical and share.systematic is None and share.n == n


def test_each_disk_seen_stands_for_those_that_were_not() -> None:
    share = label_share([1, 0, 1, 0], [0.5, 0.5, 0.0, 0.0], [[0.2, 0.2, 0.0, 0.0], [0.6, 0.6, 0.0, 0.0]])
    assert share.value == pytest.approx((2 + 1) / 4)
    assert share.systematic == pytest.approx(((1.25 + 1) / 4, (2.5 + 1) / 4))
    assert share.combined[0] <= min(share.statistical[0], share.systematic[0])
    assert share.combined[1] >= max(share.statistical[1], share.systematic[1])


def test_a_share_stays_within_its_bounds() -> None:
    share = label_share([1, 1], [0.9, 0.9])
    assert share.value == 1.0 and 0 <= share.statistical[0] < share.statistical[1] == 1.0


def test_a_network_is_the_mean_of_its_probabilities() -> None:
    p = np.linspace(0.1, 0.9, 50)
    share = network_share(p, [p - 0.1, p + 0.05])
    assert share.value == pytest.approx(0.5) and share.systematic == pytest.approx((0.4, 0.55))


def test_what_has_no_share_is_refused() -> None:
    with pytest.raises(ValueError, match="Received: 0 galaxies"):
        label_share([])
    with pytest.raises(ValueError, match="p_flip below 1"):
        label_share([1, 0], [0.5, 1.0])
    with pytest.raises(ValueError, match="Received: 0 galaxies"):
        network_share([])


@pytest.mark.parametrize("error", [0.0, 0.4])
@pytest.mark.parametrize("base", [0.2, 0.5, 0.8])
@pytest.mark.parametrize("n", [60, 200, pytest.param(1000, marks=pytest.mark.slow)])
def test_intervals_hold_the_share_as_often_as_they_say(base: float, n: int, error: float) -> None:
    """theta is known to 0.4; in every other sky the share of disks rises with the resolution."""
    rng, held, theta = np.random.default_rng(7), [], 9.18
    for sky in range(1500):
        alpha = rng.lognormal(np.log(11), 0.4, n)
        true = np.clip(base + 0.25 * (sky % 2) * np.log(alpha / 11), 0.02, 0.98)
        seen = (rng.random(n) < true) & (rng.random(n) > np.exp(-(alpha**2) / (2 * theta**2)))
        guess = theta + error * rng.normal()
        scales = [guess, guess - 1.96 * error, guess + 1.96 * error]
        flip, *others = (np.exp(-(alpha**2) / (2 * scale**2)) for scale in scales)
        low, high = label_share(seen, flip, others).combined
        held.append(low <= true.mean() <= high)
    assert 0.93 <= np.mean(held) <= 0.98


def test_a_law_fitted_to_a_few_galaxies_widens_the_shares_as_its_fits_scatter() -> None:
    def numbers(n: int, seed: int) -> list[np.ndarray]:
        table = confused(n, seed)
        return [table[name].map(NAMES.index).to_numpy() for name in ("label", "truth")] + [table["alpha"].to_numpy()]

    seen, true, alpha = numbers(3000, 0)
    shown = alpha > 4
    laws = [(fit_confusion(*known, NAMES), known) for known in (numbers(800, seed) for seed in range(1, 61))]
    values = [[s.value for s in class_shares(seen[shown], law.matrix(alpha[shown]))] for law, _ in laws]
    halves, held = [], []
    for law, known in laws:
        shifts = errors_of(law, *known, np.arange(800))
        others = [(law.shifted(s, 1.0).matrix(alpha[shown]), law.shifted(s, -1.0).matrix(alpha[shown])) for s in shifts]
        shares = class_shares(seen[shown], law.matrix(alpha[shown]), others)
        halves.append([(s.systematic[1] - s.systematic[0]) / 2 for s in shares])
        held += [s.combined[0] <= np.mean(true[shown] == k) <= s.combined[1] for k, s in enumerate(shares)]
    ratio = np.median(halves, axis=0) / (1.96 * np.std(values, axis=0))
    assert np.all((ratio > 0.7) & (ratio < 1.4)), ratio
    assert np.mean(held) > 0.9


def test_two_classes_are_those_of_the_flips() -> None:
    rng = np.random.default_rng(3)
    flip, seen = rng.uniform(0, 0.8, 90), rng.integers(2, size=90)
    confusion = np.stack([np.stack([np.ones(90), np.zeros(90)], axis=1), np.stack([flip, 1 - flip], axis=1)], axis=1)
    smooth, disk = class_shares(seen, confusion)
    expected = label_share(seen, flip)
    assert disk.value == pytest.approx(expected.value) and smooth.value == pytest.approx(1 - expected.value)
    assert disk.statistical == pytest.approx(expected.statistical)
    assert disk.combined == disk.statistical and disk.systematic is None


def test_labels_of_three_classes_that_nothing_confuses_have_wilsons_interval() -> None:
    seen = np.repeat([0, 1, 2], (20, 9, 0))
    for share, count in zip(class_shares(seen, np.broadcast_to(np.eye(3), (29, 3, 3))), (20, 9, 0), strict=True):
        expected = stats.binomtest(count, 29).proportion_ci(0.95, method="wilson")
        assert share.statistical == pytest.approx((expected.low, expected.high), abs=1e-12)


@pytest.mark.parametrize("confusion", [np.full((4, 3, 3), 1 / 3), np.empty((0, 3, 3))])
def test_classes_that_cannot_be_told_apart_have_no_share(confusion: np.ndarray) -> None:
    with pytest.raises(ValueError, match="an inverse of each confusion"):
        class_shares(np.zeros(len(confusion), int), confusion)


@pytest.mark.parametrize("shares", [(0.4, 0.4, 0.2), (0.85, 0.1, 0.05), (0.3, 0.7, 0.0)])
@pytest.mark.parametrize("n", [60, 400])
def test_intervals_of_three_classes_hold_the_shares_as_often_as_they_say(shares: tuple[float, ...], n: int) -> None:
    """The classes' shares are those of the population; in every other sky they go with the resolution."""
    rng, held, values = np.random.default_rng(8), [], []
    for sky in range(600):
        alpha = rng.lognormal(np.log(11), 0.4, n)
        moved = 0.1 * (sky % 2) * np.tanh(np.log(alpha / 11))[:, None] * np.array([1.0, -1.0, 0.0])
        true = np.array(shares) + moved
        matrix = LAW.matrix(alpha)
        seen = (rng.random((n, 1)) > np.cumsum(np.einsum("nk,nkj->nj", true, matrix), axis=1)).sum(axis=1)
        found = class_shares(np.minimum(seen, 2), matrix)
        ends = np.array([share.statistical for share in found])
        held.append((ends[:, 0] - 1e-12 <= shares) & (shares <= ends[:, 1]))
        values.append([share.value for share in found])
    assert np.mean(held, axis=0).min() >= 0.93
    assert np.mean(held) <= 0.985
    assert np.mean(values, axis=0) == pytest.approx(shares, abs=0.02 if n == 60 else 0.006)
