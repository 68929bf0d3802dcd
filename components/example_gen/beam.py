"""The ingest as a Beam pipeline: tables move in batches, hash-partitioned by id into shards; images never do."""

import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from truemorph.components.errors import InputError, told_by
from truemorph.components.example_gen.balance import last_turns, sample, turns
from truemorph.components.example_gen.ingest_sources import Sources
from truemorph.components.example_gen.join import join
from truemorph.components.example_gen.parts import Part, gather, pack, parts, spill
from truemorph.components.example_gen.runners import make_runner
from truemorph.components.example_gen.shard import WORK, make_shard
from truemorph.components.example_gen.splits import Plan
from truemorph.components.images.stores import Store, open_store
from truemorph.components.progress import followed, hushed_logs
from truemorph.components.tables.upstream_table import UpstreamTable

_REFUSAL = "refused.txt"


@dataclass(frozen=True)
class Ingest(ABC):
    """What every worker knows, wherever it works.

    Args:
        sources: the upstream input.
        plan: the shards.
    """

    sources: Sources
    plan: Plan

    @abstractmethod
    def partition(self, source: UpstreamTable) -> Iterator[tuple[int, Part]]:
        """The batches of a table, each cut into one part for each bucket."""

    def join(self, bucket: tuple[int, Iterable[Part]]) -> pd.DataFrame:
        """Join the tables of one bucket."""
        _, found = bucket
        return join(gather(found), self.sources.votes_column)

    @abstractmethod
    def write(self, bucket: tuple[int, Iterable[Part]], last: Mapping[int, int] | None = None) -> None:
        """Join the tables of one bucket, sample, where a last turn is given, and write its shards."""

    def _shards(
        self, bucket: tuple[int, Iterable[Part]], last: Mapping[int, int] | None
    ) -> Iterator[tuple[int, pd.DataFrame]]:
        """Number and galaxies of each shard of a bucket."""
        galaxies = self.join(bucket)
        if last is not None:
            galaxies = sample(galaxies, self.plan, last)
        shards = self.plan.buckets()[bucket[0]]
        numbers = self.plan.assign(galaxies["objid"].fillna("").to_list()) if len(shards) > 1 else None
        for shard in shards:
            yield shard, galaxies if numbers is None else galaxies[numbers == shard]

    def _images(self) -> Store:
        if self.sources.images is None:
            raise ValueError("an ingest needs images. Received: None")
        return open_store(self.sources.images)


@dataclass(frozen=True)
class LocalIngest(Ingest):
    """What every worker on this machine knows.

    Args:
        examples: the dataset's folder.
        owner: process that the workers work for; when it is gone, they stop.
    """

    examples: Path
    owner: int

    def partition(self, source: UpstreamTable) -> Iterator[tuple[int, Part]]:
        """See Ingest."""
        packed = ((bucket, pack(part)) for batch in self._batches(source) for bucket, part in parts(batch, self.plan))
        try:
            yield from spill(source.kind, packed, self.examples / WORK / f"{source.kind}.{os.getpid()}.parts")
        except (InputError, OSError) as error:
            self._refuse(error)

    def write(self, bucket: tuple[int, Iterable[Part]], last: Mapping[int, int] | None = None) -> None:
        """See Ingest; nothing is written once a source has turned out to be damaged: the tables are not whole then."""
        if self._refusal.exists():
            return
        try:
            images = self._images()
            for shard, galaxies in self._shards(bucket, last):
                self._serve()
                make_shard(self.examples, self.plan, shard, galaxies, images)
        except (InputError, OSError) as error:
            self._refuse(error)

    def _refuse(self, error: Exception) -> None:
        """Leave what stops the ingest in a file: Beam reports a worker's exception as a traceback on the screen."""
        try:
            self._refusal.write_text(told_by(error) or str(error), "utf-8")
        except OSError:
            raise error from None

    @property
    def _refusal(self) -> Path:
        return self.examples / WORK / _REFUSAL

    def _batches(self, source: UpstreamTable) -> Iterator[pd.DataFrame]:
        for batch in source.batches():
            self._serve()
            yield batch

    def _serve(self) -> None:
        """Stop a worker that a killed run left behind: the next run is at work in the same folder."""
        try:
            os.kill(self.owner, 0)
        except ProcessLookupError:
            raise RuntimeError(f"process {self.owner}, which this worker worked for, is gone") from None


def run(ingest: LocalIngest, workers: int, balance: bool) -> None:
    """Run the pipeline on this machine: read, partition, group by shard, join inside the shard, write.

    Raises:
        InputError: if a source is damaged, or a file cannot be read or written.
    """
    work = ingest.examples / WORK
    refusal = work / _REFUSAL
    refusal.unlink(missing_ok=True)

    def finished() -> int:
        return len(list(work.glob("shard-*.json")))

    runner, options = make_runner("FnApiRunner", workers)
    with hushed_logs(), followed(finished, total=len(ingest.plan.shards()), desc="ingest", unit=" shards"):
        try:
            build(ingest, runner, options, balance).run().wait_until_finish()
        except Exception as error:
            line = told_by(error)
            if line is None:
                raise
            raise InputError(line) from error
    if refusal.exists():
        raise InputError(refusal.read_text("utf-8"))


def build(ingest: Ingest, runner: Any, options: Any, balance: bool) -> Any:
    """The Beam pipeline, not yet running; runner and options as `make_runner` gives them."""
    import apache_beam as beam

    pipeline = beam.Pipeline(runner=runner, options=options)
    grouped = (
        pipeline
        | "Sources" >> beam.Create(list(ingest.sources.tables))
        | "Partition" >> beam.FlatMap(ingest.partition)
        | "GroupByBucket" >> beam.GroupByKey()
    )
    if balance:
        # To join twice is cheaper than to keep what was joined.
        found = grouped | "Turns" >> beam.Map(lambda bucket: turns(ingest.join(bucket), ingest.plan))
        last = found | "Gather" >> beam.combiners.ToList() | "LastTurns" >> beam.Map(last_turns)
        _ = grouped | "Write" >> beam.Map(ingest.write, beam.pvalue.AsSingleton(last))
    else:
        _ = grouped | "Write" >> beam.Map(ingest.write)
    return pipeline
