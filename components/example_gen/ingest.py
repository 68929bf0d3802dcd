"""What the workers of an ingest know and do, wherever they work."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from truemorph.components.example_gen.balance import sample
from truemorph.components.example_gen.ingest_sources import Sources
from truemorph.components.example_gen.join import join
from truemorph.components.example_gen.parts import Part, gather
from truemorph.components.example_gen.splits import Plan
from truemorph.components.images.stores import Store, open_store
from truemorph.components.tables.upstream_table import UpstreamTable


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
        return join(gather(found), self.sources.votes_column, self.sources.classes)

    def galaxies(
        self, bucket: tuple[int, Iterable[Part]], last: Mapping[int, int] | None = None
    ) -> Iterator[tuple[int, pd.DataFrame]]:
        """Number and galaxies of one bucket, joined, and sampled where a last turn is given."""
        found = self.join(bucket)
        yield bucket[0], found if last is None else sample(found, self.plan, last)

    @abstractmethod
    def write(self, galaxies: tuple[int, pd.DataFrame]) -> Iterator[int]:
        """Write the shards of one bucket; gives their numbers."""

    def _shards(self, galaxies: tuple[int, pd.DataFrame]) -> Iterator[tuple[int, pd.DataFrame]]:
        """Number and galaxies of each shard of a bucket."""
        bucket, found = galaxies
        shards = self.plan.buckets()[bucket]
        numbers = self.plan.assign(found["objid"].fillna("").to_list()) if len(shards) > 1 else None
        for shard in shards:
            yield shard, found if numbers is None else found[numbers == shard]

    def _images(self) -> Store:
        if self.sources.images is None:
            raise ValueError("an ingest needs images. Received: None")
        return open_store(self.sources.images)
