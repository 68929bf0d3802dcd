"""The ingest as a Beam pipeline: tables move in batches, hash-partitioned by id into shards; images never do."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from truemorph.components.engines.jobs import count, counts, tell
from truemorph.components.engines.runners import make_runner
from truemorph.components.errors import InputError, raised_by
from truemorph.components.example_gen.ingest import Ingest
from truemorph.components.example_gen.parts import Part, pack, parts, spill
from truemorph.components.example_gen.shard import WORK, count_shard, make_shard
from truemorph.components.progress import followed, hushed_logs
from truemorph.components.tables.upstream_table import UpstreamTable

_REFUSAL = "refused.txt"


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
        packed = ((bucket, pack(part)) for batch in self._batches(source) for bucket, part in parts(batch, self.plan))
        try:
            yield from spill(source.kind, packed, self.examples / WORK / f"{source.kind}.{os.getpid()}.parts")
        except (InputError, OSError) as error:
            self._refuse(error)

    def galaxies(
        self, bucket: tuple[int, Iterable[Part]], last: Mapping[int, int] | None = None
    ) -> Iterator[tuple[int, pd.DataFrame]]:
        """See Ingest; nothing once a source has turned out to be damaged: the tables are not whole then."""
        if self._refusal.exists():
            return
        try:
            yield from super().galaxies(bucket, last)
        except (InputError, OSError) as error:
            self._refuse(error)

    def write(self, galaxies: tuple[int, pd.DataFrame]) -> Iterator[int]:
        try:
            images = self._images()
            for shard, found in self._shards(galaxies):
                self._serve()
                count_shard(make_shard(self.examples, self.plan, shard, found, images))
                yield shard
        except (InputError, OSError) as error:
            self._refuse(error)

    def _refuse(self, error: Exception) -> None:
        """Leave what stops the ingest in a file: Beam reports a worker's exception as a traceback on the screen."""
        try:
            self._refusal.write_text(f"{type(error).__name__}: {error}", "utf-8")
        except OSError:
            raise error from None

    @property
    def _refusal(self) -> Path:
        return self.examples / WORK / _REFUSAL

    def _batches(self, source: UpstreamTable) -> Iterator[pd.DataFrame]:
        for batch in source.batches():
            self._serve()
            count(f"rows of {source.kind}", len(batch))
            yield batch

    def _serve(self) -> None:
        """Stop a worker that a killed run left behind: the next run is at work in the same folder."""
        try:
            os.kill(self.owner, 0)
        except ProcessLookupError:
            raise RuntimeError(f"process {self.owner}, which this worker worked for, is gone") from None


def run(ingest: LocalIngest, workers: int, balance: bool) -> dict[str, int]:
    """Run the pipeline on this machine: read, partition, group by shard, join inside the shard, write.

    Returns:
        rows that were read of each table.

    Raises:
        InputError: if a source is damaged.
        OSError: if a file cannot be read or written.
    """
    work = ingest.examples / WORK
    refusal = work / _REFUSAL
    refusal.unlink(missing_ok=True)

    def finished() -> int:
        return len(list(work.glob("shard-*.json")))

    runner, options = make_runner("FnApiRunner", workers)
    with hushed_logs(), followed(finished, total=len(ingest.plan.shards()), desc="ingest", unit=" shards"):
        try:
            result = build(ingest, runner, options, balance).run()
            result.wait_until_finish()
        except Exception as error:
            raise raised_by(error) or error from error
    if refusal.exists():
        text = refusal.read_text("utf-8")
        raise raised_by(RuntimeError(text)) or RuntimeError(text)
    tell("ingest", result)
    counted = counts(result)
    return {table.kind: counted[f"rows of {table.kind}"] for table in ingest.sources.tables}


def build(ingest: Ingest, runner: Any, options: Any, balance: bool) -> Any:
    """The Beam pipeline, not yet running; runner and options as `make_runner` gives them."""
    import apache_beam as beam

    from truemorph.components.example_gen.transforms import JoinToExamples, ReadSources, WriteExamples

    pipeline = beam.Pipeline(runner=runner, options=options)
    _ = pipeline | ReadSources(ingest) | JoinToExamples(ingest, balance) | WriteExamples(ingest)
    return pipeline
