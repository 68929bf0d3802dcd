"""The ingest as Beam transforms, for pipelines of your own: read the tables, join them, write the shards."""

from typing import Any

import apache_beam as beam

from truemorph.components.example_gen.balance import last_turns, turns
from truemorph.components.example_gen.ingest import Ingest


class ReadSources(beam.PTransform):
    """The tables of an ingest, in batches cut by the hash of the id.

    It begins a pipeline: `pipeline | ReadSources(ingest)`.

    Args:
        ingest: the sources and the shards.

    Returns:
        (bucket, part): the number of a bucket, and some rows of a table that belong there, as `parts.gather` takes
        them.
    """

    def __init__(self, ingest: Ingest) -> None:
        super().__init__()
        self._ingest = ingest

    def expand(self, begin: Any) -> Any:
        tables = begin | "Sources" >> beam.Create(list(self._ingest.sources.tables))
        return tables | "Partition" >> beam.FlatMap(self._ingest.partition)


class JoinToExamples(beam.PTransform):
    """The tables of each bucket joined on the id: one row a galaxy, with alpha, label, and why it is rejected.

    Args:
        ingest: as for ReadSources, whose elements it takes.
        balance: whether about as many galaxies of each class are kept, see `balance.sample`.

    Returns:
        (bucket, galaxies): the number of the bucket and its table, see `join.join`.
    """

    def __init__(self, ingest: Ingest, balance: bool = False) -> None:
        super().__init__()
        self._ingest, self._balance = ingest, balance

    def expand(self, found: Any) -> Any:
        ingest, grouped = self._ingest, found | "GroupByBucket" >> beam.GroupByKey()
        if not self._balance:
            return grouped | "Join" >> beam.FlatMap(ingest.galaxies)
        # To join twice is cheaper than to keep what was joined.
        seen = grouped | "Turns" >> beam.Map(lambda bucket: turns(ingest.join(bucket), ingest.plan))
        last = seen | "Gather" >> beam.combiners.ToList() | "LastTurns" >> beam.Map(last_turns)
        return grouped | "Join" >> beam.FlatMap(ingest.galaxies, beam.pvalue.AsSingleton(last))


class WriteExamples(beam.PTransform):
    """The galaxies of each bucket, with their images, as shards of TFRecords, each in place when it is whole.

    Args:
        ingest: as for JoinToExamples, whose elements it takes.

    Returns:
        the numbers of the shards that are now in place.
    """

    def __init__(self, ingest: Ingest) -> None:
        super().__init__()
        self._ingest = ingest

    def expand(self, galaxies: Any) -> Any:
        return galaxies | "Write" >> beam.FlatMap(self._ingest.write)
