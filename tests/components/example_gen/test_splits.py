"""Split and shard depend on the id and the seed, on nothing else."""

import numpy as np
import pytest

from truemorph.components.example_gen import splits
from truemorph.components.example_gen.splits import Plan, make_plan
from truemorph.components.examples.draws import hash_words

IDS = [str(587722981736120347 + 3 * i) for i in range(20_000)]


def split_of(plan: Plan, ids: list[str]) -> list[str]:
    return [plan.shards()[number][0] for number in plan.assign(ids)]


def test_words_are_these_on_every_machine() -> None:
    assert hash_words(["587739505552785605"], 0).tolist() == hash_words(["587739505552785605"], 0).tolist()
    # blake2b of "0:587739505552785605", 24 bytes, read as three little-endian words.
    assert hash_words(["587739505552785605"], 0)[0].tolist() == [
        11242376687222328333,
        4396928484291612675,
        18224079115635925516,
    ]


def test_shares_are_80_10_10() -> None:
    found = split_of(Plan(0, (1, 1, 1)), IDS)
    for split, share in (("train", 0.8), ("eval", 0.1), ("test", 0.1)):
        assert found.count(split) / len(IDS) == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / len(IDS)))


def test_a_split_stays_when_the_data_grow() -> None:
    small, large = make_plan(20_000, 3), make_plan(2_000_000, 3)
    assert small.counts != large.counts
    assert split_of(small, IDS) == split_of(large, IDS)


def test_another_seed_is_another_split() -> None:
    assert split_of(Plan(0, (1, 1, 1)), IDS[:500]) != split_of(Plan(1, (1, 1, 1)), IDS[:500])


def test_shards_are_about_equal_and_all_used() -> None:
    plan = Plan(0, (8, 2, 3))
    sizes = np.bincount(plan.assign(IDS), minlength=13)
    assert len(plan.shards()) == 13 and plan.shards()[8] == ("eval", 0)
    np.testing.assert_allclose(sizes[:8], 2000, atol=4 * np.sqrt(2000))
    np.testing.assert_allclose(sizes[8:10], 1000, atol=4 * np.sqrt(1000))
    np.testing.assert_allclose(sizes[10:], 667, atol=4 * np.sqrt(667))


@pytest.mark.parametrize(
    ("rows", "counts"), [(0, (1, 1, 1)), (4000, (1, 1, 1)), (6251, (2, 1, 1)), (243_434, (39, 5, 5))]
)
def test_number_of_shards(rows: int, counts: tuple[int, int, int]) -> None:
    assert splits.ROWS_PER_SHARD == 5000
    assert make_plan(rows, 0).counts == counts


def test_any_text_is_an_id() -> None:
    assert hash_words(["", "银河", "\udcff", "a/b"], 0).shape == (4, 3)


def test_no_ids() -> None:
    assert Plan(0, (1, 1, 1)).assign([]).shape == (0,)
    assert hash_words([], 0).shape == (0, 3)
