"""Batches are cut into shards without losing a row, and only by the id."""

import logging

import pandas as pd
import pyarrow as pa
import pytest
from upstream import Sky

from truemorph.components.example_gen import beam, splits
from truemorph.components.example_gen.ingest_sources import open_sources
from truemorph.components.example_gen.parts import gather, pack, parts
from truemorph.components.example_gen.splits import Plan, make_plan

PLAN = Plan(0, (5, 1, 2))


def test_parts_hold_every_row_once_in_its_shard(sky: Sky) -> None:
    batch = next(open_sources(**sky.inputs()).votes.batches())
    found = dict(parts(batch, PLAN))
    assert sorted(found) == list(range(8))
    for number, part in found.items():
        ids = part["objid"].to_pylist()
        assert PLAN.assign(ids).tolist() == [number] * len(part)
        assert ids == [objid for objid in batch["objid"] if objid in set(ids)]
    whole = gather(("votes", pack(part)) for part in found.values())["votes"]
    pd.testing.assert_frame_equal(
        whole.sort_values("objid", ignore_index=True), batch.sort_values("objid", ignore_index=True)
    )


def test_buckets_hold_every_shard_once_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splits, "_MIN_BUCKETS", 3)
    assert PLAN.buckets() == [range(0, 2), range(2, 5), range(5, 8)]
    for rows in (1, 243_434, 10_000_000, 1_000_000_000):
        plan = make_plan(rows, 0)
        numbers = [number for bucket in plan.buckets() for number in bucket]
        assert numbers == list(range(len(plan.shards())))
        assert max(map(len, plan.buckets())) <= 201


def test_only_the_first_batch_has_empty_parts(sky: Sky) -> None:
    batch = next(open_sources(**sky.inputs()).votes.batches())
    assert [len(part) for _, part in parts(batch.iloc[:1], PLAN)].count(0) == 7
    assert [len(part) for _, part in parts(batch.iloc[1:2], PLAN)] == [1]


def test_rows_without_an_id_go_to_one_shard(sky: Sky) -> None:
    sky.votes.loc[[3, 4], "dr7objid"] = None
    batch = next(open_sources(**sky.inputs()).votes.batches())
    homes = [number for number, part in parts(batch, PLAN) if part["objid"].null_count]
    assert homes == [PLAN.assign([""])[0]]


def test_gathered_parts_are_the_table_even_where_all_are_empty() -> None:
    part = pa.table({"objid": pa.array(["1"]), "alpha": [1.5]})
    parts = [("votes", part), ("mapping", part[:0]), ("votes", part[:0]), ("votes", part)]
    found = gather((kind, pack(table)) for kind, table in parts)
    assert found["votes"]["objid"].to_list() == ["1", "1"] and found["votes"]["alpha"].dtype == float
    assert found["mapping"].empty and list(found["mapping"].columns) == ["objid", "alpha"]


def test_logging_is_as_before_after_an_ingest(sky: Sky) -> None:
    before = logging.root.manager.disable
    sky.ingest()
    assert logging.root.manager.disable == before


@pytest.mark.parametrize("full", [False, True])
def test_what_the_system_refuses_is_one_line(sky: Sky, monkeypatch: pytest.MonkeyPatch, full: bool) -> None:
    def refused(*_: object) -> None:
        raise OSError(28, "No space left on device", "data_tfrecord")

    monkeypatch.setattr(beam, "make_shard", refused)
    if full:
        # There is no room for the note either.
        monkeypatch.setattr(beam, "_REFUSAL", "no such folder/refused.txt")
    with pytest.raises(OSError, match=r"No space left on device: 'data_tfrecord'$"):
        sky.ingest()
