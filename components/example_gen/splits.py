"""Where a galaxy goes: split and shard from a hash of its id, so that no order of rows or machine matters."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from truemorph.components.examples.draws import hash_words
from truemorph.components.examples.features import SPLITS
from truemorph.components.examples.tfrecord import shard_path

SHARES = (0.8, 0.1, 0.1)
ROWS_PER_SHARD = 5000
# Shards that are joined together: few make fat parts, many keep more workers busy and less in memory.
_MIN_BUCKETS, _ROWS_PER_BUCKET = 64, 1_000_000


@dataclass(frozen=True)
class Plan:
    """The shards of a dataset.

    Args:
        seed: seed of the split.
        counts: number of shards of each split, each >= 1.
    """

    seed: int
    counts: tuple[int, int, int]

    def shards(self) -> list[tuple[str, int]]:
        """Split and index of every shard, in order; their place in this list is the shard's number."""
        return [(split, index) for split, count in zip(SPLITS, self.counts, strict=True) for index in range(count)]

    def path(self, examples: Path, number: int) -> Path:
        """Path of a shard's file in the dataset's folder."""
        split, index = self.shards()[number]
        return shard_path(examples, split, index, self.counts[SPLITS.index(split)])

    def buckets(self) -> list[range]:
        """Numbers of the shards of each bucket; a bucket is what one worker joins at a time."""
        shards = sum(self.counts)
        count = min(shards, max(_MIN_BUCKETS, math.ceil(shards * ROWS_PER_SHARD / _ROWS_PER_BUCKET)))
        return [range(bucket * shards // count, (bucket + 1) * shards // count) for bucket in range(count)]

    def assign(self, objids: Sequence[str]) -> npt.NDArray[np.int64]:
        """Number of the shard of each id, shape (N,)."""
        words = hash_words(objids, self.seed)
        split = np.searchsorted(np.cumsum(SHARES)[:-1], words[:, 0] / 2.0**64, side="right")
        counts = np.array(self.counts)
        first = np.concatenate([[0], np.cumsum(counts)[:-1]])
        return first[split] + (words[:, 1] % counts[split].astype(np.uint64)).astype(np.int64)


def make_plan(rows: int, seed: int) -> Plan:
    """The plan for a number of rows: shards of about ROWS_PER_SHARD rows, at least one for each split."""
    train, evaluation, test = (max(1, math.ceil(rows * share / ROWS_PER_SHARD)) for share in SHARES)
    return Plan(seed, (train, evaluation, test))
