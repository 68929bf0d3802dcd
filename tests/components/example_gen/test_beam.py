"""Batches are cut into shards without losing a row, and only by the id."""

import logging
from typing import Any

import pandas as pd
import pytest

from truemorph.components.errors import InputError
from truemorph.components.example_gen.beam import check_runner, gather, make_runner, parts
from truemorph.components.example_gen.sources import open_sources
from truemorph.components.example_gen.splits import Plan

PLAN = Plan(0, (5, 1, 2))


def test_parts_hold_every_row_once_in_its_shard(sky: Any) -> None:
    batch = next(open_sources(**sky.inputs()).votes.batches())
    found = dict(parts(batch, PLAN))
    assert sorted(found) == list(range(8))
    for number, part in found.items():
        assert PLAN.assign(part["objid"].to_list()).tolist() == [number] * len(part)
        assert part["objid"].to_list() == [objid for objid in batch["objid"] if objid in set(part["objid"])]
    pd.testing.assert_frame_equal(pd.concat(found.values()).sort_index(), batch)


def test_only_the_first_batch_has_empty_parts(sky: Any) -> None:
    batch = next(open_sources(**sky.inputs()).votes.batches())
    assert [len(part) for _, part in parts(batch.iloc[:1], PLAN)].count(0) == 7
    assert [len(part) for _, part in parts(batch.iloc[1:2], PLAN)] == [1]


def test_rows_without_an_id_go_to_one_shard(sky: Any) -> None:
    sky.votes.loc[[3, 4], "dr7objid"] = None
    batch = next(open_sources(**sky.inputs()).votes.batches())
    homes = [number for number, part in parts(batch, PLAN) if part["objid"].isna().any()]
    assert homes == [PLAN.assign([""])[0]]


def test_gathered_parts_are_the_table_even_where_all_are_empty() -> None:
    part = pd.DataFrame({"objid": pd.Series(["1"], dtype=object), "alpha": [1.5]})
    found = gather([("votes", part), ("mapping", part.iloc[:0]), ("votes", part.iloc[:0]), ("votes", part)])
    assert found["votes"]["objid"].to_list() == ["1", "1"] and found["votes"]["alpha"].dtype == float
    assert found["mapping"].empty and list(found["mapping"].columns) == ["objid", "alpha"]


def test_the_runner_is_the_one_named() -> None:
    assert type(make_runner("FnApiRunner")).__name__ == "FnApiRunner"
    for name in ("DirectRunner", "PrismRunner", "multi_threading", ""):
        with pytest.raises(InputError, match=f"beam.runner: '{name}' is not offered"):
            check_runner(name)


def test_logging_is_as_before_after_an_ingest(sky: Any) -> None:
    before = logging.root.manager.disable
    sky.ingest()
    assert logging.root.manager.disable == before
