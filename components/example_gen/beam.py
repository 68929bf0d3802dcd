"""The ingest as a Beam pipeline: tables move in batches, hash-partitioned by id into shards; images never do."""

import logging
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from truemorph.components.errors import InputError
from truemorph.components.example_gen.balance import last_turns, sample, turns
from truemorph.components.example_gen.join import join
from truemorph.components.example_gen.shard import WORK, make_shard
from truemorph.components.example_gen.sources import Source, Sources
from truemorph.components.example_gen.splits import Plan

RUNNERS = ("FnApiRunner",)
_REFUSAL = "refused.txt"
Part = tuple[str, pd.DataFrame]


def check_runner(name: str) -> None:
    """Refuse a Beam runner that is not offered.

    Beam's own default, DirectRunner, is not: it first tries to download a binary, and its mode multi_threading loses
    records without a word.

    Raises:
        InputError: if the name is not one of RUNNERS.
    """
    if name not in RUNNERS:
        why = " (multi_threading loses records)" if "multi_threading" in name else ""
        raise InputError(f"beam.runner: {name!r} is not offered{why}; choose {' or '.join(RUNNERS)}")


def make_runner(name: str) -> Any:
    """The Beam runner of this name, one of RUNNERS."""
    check_runner(name)
    from apache_beam.runners.portability.fn_api_runner import FnApiRunner

    return FnApiRunner()


@dataclass(frozen=True)
class Ingest:
    """What every worker knows.

    Args:
        sources: the upstream input.
        plan: the shards.
        examples: the dataset's folder.
    """

    sources: Sources
    plan: Plan
    examples: Path

    def partition(self, source: Source) -> Iterator[tuple[int, Part]]:
        """The batches of a table, each cut into one part for each shard."""
        try:
            for batch in source.batches():
                yield from ((number, (source.kind, part)) for number, part in parts(batch, self.plan))
        except InputError as error:
            # Beam reports a worker's exception as the text of its traceback; the user's line goes by a file.
            (self.examples / WORK / _REFUSAL).write_text(str(error), "utf-8")
            raise

    def join(self, shard: tuple[int, Iterable[Part]]) -> tuple[int, pd.DataFrame]:
        """Join the tables of one shard."""
        number, found = shard
        return number, join(gather(found), self.sources.votes_column)

    def write(self, shard: tuple[int, pd.DataFrame], last: Mapping[int, int] | None = None) -> None:
        """Sample, where a last turn is given, and write one shard."""
        number, galaxies = shard
        if last is not None:
            galaxies = sample(galaxies, self.plan, last)
        if self.sources.images is None:
            raise ValueError("an ingest needs images. Received: None")
        make_shard(self.examples, self.plan, number, galaxies, self.sources.images)


def parts(batch: pd.DataFrame, plan: Plan) -> Iterator[tuple[int, pd.DataFrame]]:
    """A batch cut by the hash of objid into its shards.

    Args:
        batch: with the rows of a file numbered in its index, as `Source.batches` gives it.
        plan: the shards.

    Returns:
        number of the shard and its rows; of a file's first batch a part for every shard, if need be an empty one, so
        that every shard comes to be.
    """
    numbers = plan.assign(batch["objid"].fillna("").to_list())
    order = np.argsort(numbers, kind="stable")
    bounds = np.searchsorted(numbers[order], np.arange(len(plan.shards()) + 1))
    for shard, (start, stop) in enumerate(pairwise(bounds)):
        if stop > start or batch.index[0] == 0:
            yield shard, batch.iloc[order[start:stop]]


def gather(found: Iterable[Part]) -> dict[str, pd.DataFrame]:
    """The parts of each table, put together again."""
    tables: dict[str, list[pd.DataFrame]] = {}
    for kind, part in found:
        tables.setdefault(kind, []).append(part)
    return {
        kind: pd.concat([part for part in of_kind if len(part)] or of_kind[:1], ignore_index=True)
        for kind, of_kind in tables.items()
    }


def run(ingest: Ingest, runner: str, balance: bool) -> None:
    """Run the pipeline: read, partition, group by shard, join inside the shard, write.

    Raises:
        InputError: if a source is damaged, or the runner is not offered.
    """
    refusal = ingest.examples / WORK / _REFUSAL
    refusal.unlink(missing_ok=True)
    with _quiet(), _progress(ingest.examples / WORK, len(ingest.plan.shards())):
        try:
            _build(ingest, runner, balance).run().wait_until_finish()
        except Exception as error:
            if refusal.exists():
                raise InputError(refusal.read_text("utf-8")) from error
            raise


def _build(ingest: Ingest, runner: str, balance: bool) -> Any:
    import apache_beam as beam
    from apache_beam.options.pipeline_options import PipelineOptions

    # Without flags=[] Beam would read the command line of whatever process this is.
    pipeline = beam.Pipeline(runner=make_runner(runner), options=PipelineOptions(flags=[]))
    joined = (
        pipeline
        | "Sources" >> beam.Create(list(ingest.sources.tables), reshuffle=False)
        | "Partition" >> beam.FlatMap(ingest.partition)
        | "GroupByShard" >> beam.GroupByKey()
        | "Join" >> beam.Map(ingest.join)
    )
    if balance:
        found = joined | "Turns" >> beam.MapTuple(lambda _, galaxies: turns(galaxies, ingest.plan))
        last = found | "Gather" >> beam.combiners.ToList() | "LastTurns" >> beam.Map(last_turns)
        _ = joined | "Write" >> beam.Map(ingest.write, beam.pvalue.AsSingleton(last))
    else:
        _ = joined | "Write" >> beam.Map(ingest.write)
    return pipeline


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Beam from printing a worker's traceback, and warnings of its own imports: what it means is raised."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


@contextmanager
def _progress(work: Path, shards: int) -> Iterator[None]:
    """A bar over the finished shards, told by their notes on disk: so it works with any runner."""
    from tqdm import tqdm

    stop = threading.Event()
    with tqdm(total=shards, desc="ingest", unit="shard", file=sys.stderr) as bar:

        def show() -> None:
            new = len(list(work.glob("shard-*.json"))) - bar.n
            if new:
                bar.update(new)

        def follow() -> None:
            while not stop.wait(0.5):
                show()

        thread = threading.Thread(target=follow, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            show()
