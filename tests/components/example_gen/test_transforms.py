"""The transforms of the ingest, each in a pipeline of your own, and what they count."""

import os
import tempfile
from pathlib import Path
from typing import Any

import apache_beam as beam
import pandas as pd
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from truemorph.components.engines.jobs import counts
from truemorph.components.example_gen import splits
from truemorph.components.example_gen.beam import LocalIngest
from truemorph.components.example_gen.ingest_sources import open_sources
from truemorph.components.example_gen.parts import gather
from truemorph.components.example_gen.shard import WORK
from truemorph.components.example_gen.splits import make_plan
from truemorph.components.example_gen.transforms import JoinToExamples, ReadSources, WriteExamples


@pytest.fixture
def ingest(sky: Any, monkeypatch: pytest.MonkeyPatch) -> LocalIngest:
    """Forty galaxies in six shards, one without a PSF and one whose image is empty."""
    monkeypatch.setattr(splits, "ROWS_PER_SHARD", 8)
    sky.photometry.loc[3, "psfWidth_r"] = None
    sky.image(sky.ids[0]).write_bytes(b"")
    sources = open_sources(**sky.inputs())
    examples = sky.folder / "dataset"
    (examples / WORK).mkdir(parents=True)
    return LocalIngest(sources, make_plan(sources.votes.rows(), 0), examples, os.getpid())


def run(folder: Path, *transforms: Any) -> tuple[list[Any], dict[str, int]]:
    """The elements that come out, which go through files, and what was counted."""
    pipeline = beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions(flags=[]))
    found: Any = pipeline
    for transform in transforms:
        found = found | transform
    folder.mkdir()
    _ = found | beam.Map(lambda element: pd.to_pickle(element, tempfile.mkstemp(dir=folder)[1]))
    result = pipeline.run()
    result.wait_until_finish()
    return [pd.read_pickle(path) for path in folder.iterdir()], counts(result)


def test_sources_are_read_as_parts_of_buckets(ingest: LocalIngest, tmp_path: Path) -> None:
    parts, counted = run(tmp_path / "parts", ReadSources(ingest))
    tables = gather(part for _, part in parts)
    kinds = ("photometry", "structure", "votes")
    assert {kind: len(table) for kind, table in tables.items()} == dict.fromkeys(kinds, 40)
    assert counted == {f"rows of {kind}": 40 for kind in kinds}


@pytest.mark.parametrize("balance", [False, True])
def test_parts_are_joined_to_galaxies(ingest: LocalIngest, tmp_path: Path, balance: bool) -> None:
    buckets, _ = run(tmp_path / "galaxies", ReadSources(ingest), JoinToExamples(ingest, balance))
    galaxies = pd.concat([table for _, table in buckets])
    assert len(galaxies) == 40 and galaxies["objid"].is_unique
    kept = galaxies[galaxies["reason"].isna()]
    assert kept["alpha"].gt(0).all() and (len(kept) == 39 or balance)


def test_galaxies_are_written_and_every_drop_is_counted(ingest: LocalIngest, tmp_path: Path) -> None:
    shards, counted = run(tmp_path / "shards", ReadSources(ingest), JoinToExamples(ingest), WriteExamples(ingest))
    assert sorted(shards) == list(range(len(ingest.plan.shards())))
    assert all(ingest.plan.path(ingest.examples, shard).exists() for shard in shards)
    rejected = {name: number for name, number in counted.items() if name.startswith("rejected")}
    assert rejected == {"rejected: image_empty": 1, "rejected: no_psfWidth_r": 1}
    assert (counted["examples"], counted["shards"], counted["rows of votes"]) == (38, 6, 40)
