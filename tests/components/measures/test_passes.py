"""A bias counted in passes over parts of the rows is the bias of all rows at once, count by count."""

import functools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truemorph.components.errors import InputError
from truemorph.components.measures import ranks
from truemorph.components.measures.design import BiasDesign
from truemorph.components.measures.edge_passes import first_pass
from truemorph.components.measures.passes import Counted, Rows
from truemorph.components.measures.sample import Sample


def in_passes(design: BiasDesign, rows: Rows, parts: list[Any], drawn: Any, n_classes: int) -> Counted:
    """Count parts of the rows on their own, merge in any order, as many times as there are passes."""
    step: Any = first_pass(design, taken(rows, drawn), n_classes)
    while not isinstance(step, Counted):
        tallies = [step.tally(taken(rows, part)) for part in parts]
        left, right = tallies[::2], tallies[1::2]
        whole = type(tallies[0]).merged([type(tallies[0]).merged(half) for half in (right, left) if half])
        step = step.then(whole)
    return step


def taken(rows: Rows, part: Any) -> Rows:
    return Rows([c[part] for c in rows.columns], [a[part] for a in rows.alpha], rows.codes[part])


def at_once(design: BiasDesign, rows: Rows, n_classes: int) -> Any:
    n = rows.codes.size
    return Sample(design, list(rows.alpha), list(rows.columns), n, 0, 0).cells(rows.codes, n_classes)


def same(found: Counted, cells: Any) -> None:
    if isinstance(cells, str):
        assert found.cells == cells
        return
    assert not isinstance(found.cells, str)
    present = cells.counts.reshape(-1, cells.counts.shape[-1]).any(axis=0)
    np.testing.assert_array_equal(found.cells.counts, cells.counts[..., present])
    assert cells.counts.sum() == found.n
    for ours, theirs in zip(found.cells.cuts, cells.cuts, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    n=st.integers(1, 400),
    values=st.sampled_from([2, 5, 40, 10_000]),
    shape=st.tuples(st.integers(0, 3), st.integers(1, 2), st.integers(0, 4), st.integers(2, 6)),
    n_parts=st.integers(1, 6),
    sampled=st.integers(0, 50),
)
def test_any_partition_and_order_gives_the_counts_of_all_rows_at_once(
    seed: int, n: int, values: int, shape: tuple[int, int, int, int], n_parts: int, sampled: int
) -> None:
    d, j, depth, bins = shape
    rng = np.random.default_rng(seed)
    numbers = [rng.integers(0, values, n) / 7.0 for _ in range(d + j)]
    rows = Rows(numbers[:d], numbers[d:], rng.integers(0, 3, n).astype(np.uint8))
    design = BiasDesign(bins, depth if d else 0, replicates=0)
    order = rng.permutation(n)
    parts = [part for part in np.array_split(order, n_parts)]
    found = in_passes(design, rows, parts, rng.permutation(n)[:sampled], 3)
    same(found, at_once(design, rows, 3))


@pytest.mark.parametrize("sampled", ["the least", "every hundredth"])
def test_a_bad_sample_costs_memory_and_nothing_else(sampled: str) -> None:
    rng = np.random.default_rng(3)
    columns = [rng.normal(size=20_000) for _ in range(2)]
    rows = Rows(columns, [rng.lognormal(size=20_000)], (rng.random(20_000) < 0.4).astype(np.uint8))
    drawn = np.argsort(columns[0])[:200] if sampled == "the least" else np.arange(0, 20_000, 100)
    design = BiasDesign(8, 3)
    same(in_passes(design, rows, np.array_split(np.arange(20_000), 7), drawn, 2), at_once(design, rows, 2))


def test_what_does_not_fit_the_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranks, "MOST_VALUES", 100)
    rng = np.random.default_rng(0)
    rows = Rows([rng.random(5000)], [rng.random(5000)], np.zeros(5000, np.uint8))
    with pytest.raises(InputError, match="do not fit into memory; use fewer"):
        in_passes(BiasDesign(8, 2), rows, [slice(None)], np.arange(10), 1)


def test_the_passes_are_as_many_as_the_depth_says() -> None:
    rng = np.random.default_rng(0)
    rows = Rows([rng.random(500)], [rng.random(500)], np.ones(500, np.uint8))
    step: Any = first_pass(BiasDesign(4, 3), rows, 2)
    passes = functools.reduce(lambda seen, _: [*seen, seen[-1].then(seen[-1].tally(rows))], range(9), [step])
    assert [type(each).__name__ for each in passes] == ["BinPass", "EdgePass"] * 4 + ["CellPass", "Counted"]
