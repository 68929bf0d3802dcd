"""Votes: the label seen wins, and Hart's correction mends a part of the mislabelling."""

import numpy as np
import pandas as pd
import pytest

from truemorph.components.simulator import catalogue, hart, volunteers

KINDS = ("count", "weight", "fraction", "weighted_fraction")


@pytest.fixture(scope="module")
def sky() -> pd.DataFrame:
    return catalogue.draw(8000, 21, 9.18)


@pytest.fixture(scope="module")
def table(sky: pd.DataFrame) -> pd.DataFrame:
    return volunteers.vote(sky, 21)


def shares(table: pd.DataFrame, kind: str) -> np.ndarray:
    return table[[f"{answer}_{kind}" for answer in volunteers.ANSWERS]].to_numpy(float)


@pytest.mark.parametrize("kind", KINDS)
def test_the_label_seen_has_the_majority_by_every_measure(sky, table, kind: str) -> None:
    values = shares(table, kind)
    assert (values.argmax(axis=1) == sky["label_seen"]).all()
    assert (np.sort(values, axis=1)[:, 2] > values.sum(axis=1) / 2).all()


def test_the_numbers_add_up(table) -> None:
    counts, total = shares(table, "count"), table["total_classifications"].to_numpy()
    assert (counts.sum(axis=1) == total).all() and (counts >= 0).all()
    assert total.min() >= 30 and total.max() <= 60
    assert (table["total_votes"] >= total).all()
    assert np.abs(shares(table, "fraction") - counts / total[:, None]).max() <= 0.0005 + 1e-12
    assert np.abs(shares(table, "weighted_fraction").sum(axis=1) - 1).max() <= 0.0011
    assert (shares(table, "weight") <= counts).all()


def test_disks_called_smooth_win_less_clearly_than_smooth_ones(sky, table) -> None:
    smooth = shares(table, "fraction")[:, 0]
    flipped = ((sky["label"] == 1) & (sky["label_seen"] == 0)).to_numpy()
    true = (sky["label"] == 0).to_numpy()
    assert smooth[flipped].mean() < smooth[true].mean() - 0.07
    assert np.mean(smooth[flipped] > np.median(smooth[true])) > 0.05  # they overlap


def accuracy(values: np.ndarray, sky: pd.DataFrame) -> float:
    known = ~np.isnan(values).any(axis=1) & (sky["label"] < 2).to_numpy()
    return float(np.mean((values[known, 1] > values[known, 0]) == (sky["label"].to_numpy()[known] == 1)))


def test_the_correction_mends_a_part_of_the_flips_only(sky, table) -> None:
    raw, corrected = accuracy(shares(table, "fraction"), sky), accuracy(shares(table, "debiased"), sky)
    assert 0.70 < raw < 0.78
    assert raw + 0.04 < corrected < 0.88


def test_corrected_fractions_need_not_sum_to_one_and_a_few_are_empty(table) -> None:
    total = shares(table, "debiased").sum(axis=1)
    known = total[~np.isnan(total)]
    assert known.min() < 0.85 and known.max() > 1.15 and known.mean() == pytest.approx(1.0, abs=0.05)
    assert 0 < np.isnan(total).mean() < 0.02
    for answer in volunteers.ANSWERS:
        column = table[f"{answer}_debiased"].dropna()
        assert column.between(0, 1).all()


def test_matching_maps_ranks_and_keeps_order_and_extremes() -> None:
    fractions = np.array([0.0, 0.1, 0.2, 0.3, 1.0])
    reference = np.array([0.2, 0.4, 0.6, 0.8, 0.9])
    assert hart._matched(fractions, reference).tolist() == [0.0, 0.4, 0.6, 0.8, 1.0]
    ties = hart._matched(np.array([0.3, 0.3, 0.3]), np.array([0.1, 0.5, 0.9]))
    assert ties.tolist() == [0.5, 0.5, 0.5]


def test_the_lowest_redshifts_keep_their_fractions_and_the_others_take_their_distribution() -> None:
    rng = np.random.default_rng(2)
    z = np.repeat([0.02, 0.1], 1000) + 1e-5 * np.arange(2000)
    size, light = rng.random(2000), rng.random(2000)
    raw = np.clip(rng.normal(np.where(z < 0.05, 0.6, 0.3), 0.1), 0.01, 0.99)
    out = hart.debias(raw, size, light, z)
    assert out[1000:].mean() == pytest.approx(raw[:1000].mean(), abs=0.03)
    lowest = np.argsort(z)[:100]
    assert np.mean(out[lowest] == raw[lowest]) > 0.9


def test_without_trend_there_is_little_to_correct() -> None:
    rng = np.random.default_rng(3)
    raw, size, light, z = rng.random((4, 4000))
    out = hart.debias(raw, size, light, z)
    assert np.mean((out > 0.5) == (raw > 0.5)) > 0.9
    assert out.mean() == pytest.approx(raw.mean(), abs=0.05)


@pytest.mark.parametrize("n", [1, 2, 60])
def test_too_few_galaxies_are_left_as_they_are(n: int) -> None:
    values = np.linspace(0.1, 0.9, n)
    assert (hart.debias(values, values, -values, values) == values).all()


def test_class_strings_belong_to_the_label_seen(sky, table) -> None:
    first = table["gz2_class"].str[0].map({"E": 0, "S": 1, "A": 2})
    assert (first == sky["label_seen"]).all()
    assert table["gz2_class"].nunique() >= 10


def test_votes_are_the_sky_s_own(sky, table) -> None:
    assert table.equals(volunteers.vote(sky, 21))
    assert not table.equals(volunteers.vote(sky, 22))
    assert (table["dr7objid"] == sky["objid"]).all()
    few = volunteers.vote(sky.iloc[:10], 21)
    assert (few[f"{volunteers.ANSWERS[0]}_count"] == table[f"{volunteers.ANSWERS[0]}_count"][:10]).all()
