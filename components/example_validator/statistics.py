"""Statistics of the examples: for every split and feature, how many, how many missing, and what values."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from truemorph.components.examples.features import SPLITS
from truemorph.components.examples.tfrecord import records, shards

_KINDS = {"bytes_list": "BYTES", "float_list": "FLOAT", "int64_list": "INT"}
_MAX_COUNTED = 20
_QUANTILES = 101


@dataclass
class Values:
    """All values of one feature in one split.

    Args:
        kind: 'BYTES', 'FLOAT' or 'INT', as the records hold it.
        numbers: values, or lengths in bytes where the kind is BYTES.
        lengths: how many records have how many values of it.
    """

    kind: str
    numbers: list[float] = field(default_factory=list)
    lengths: Counter[int] = field(default_factory=Counter)


@dataclass(frozen=True)
class Split:
    """What a split holds.

    Args:
        count: number of its examples.
        features: values by name of the feature and kind, so that a mixture of kinds is seen.
    """

    count: int
    features: Mapping[tuple[str, str], Values]


def read_splits(examples: Path) -> dict[str, Split]:
    """All values of all features, images as their lengths, for each split."""
    return {split: _read(examples, split) for split in SPLITS}


def _read(examples: Path, split: str) -> Split:
    from tensorflow.core.example import example_pb2

    count = 0
    features: dict[tuple[str, str], Values] = {}
    for path in shards(examples, split):
        for record in records(path):
            count += 1
            for name, feature in example_pb2.Example.FromString(record).features.feature.items():
                which = feature.WhichOneof("kind")
                found = getattr(feature, which).value if which else ()
                if not len(found):
                    continue
                kind = _KINDS[which]
                values = features.setdefault((name, kind), Values(kind))
                values.lengths[len(found)] += 1
                values.numbers.extend(map(len, found) if kind == "BYTES" else found)
    return Split(count, features)


def summarize(splits: Mapping[str, Split]) -> dict[str, Any]:
    """The content of statistics.json.

    Args:
        splits: as `read_splits` gives them.

    Returns:
        for each split {"count": examples, "features": {name: {...}}}; for each feature its type, count and missing;
        mean, std (over N), min and max of numbers, of lengths for bytes, null where none is finite; the cumulative
        distribution of what is finite; for whole numbers of few values, how many of each.
    """
    return {
        split: {
            "count": found.count,
            "features": {name: _summary(values, found.count) for (name, _), values in sorted(found.features.items())},
        }
        for split, found in splits.items()
    }


def _summary(values: Values, count: int) -> dict[str, Any]:
    present = sum(values.lengths.values())
    numbers = np.asarray(values.numbers, dtype=np.float64)
    finite = numbers[np.isfinite(numbers)]
    summary: dict[str, Any] = {
        "type": values.kind,
        "of": "length" if values.kind == "BYTES" else "value",
        "count": present,
        "missing": count - present,
        "not_finite": len(numbers) - len(finite),
    }
    for name, measure in (("mean", np.mean), ("std", np.std), ("min", np.min), ("max", np.max)):
        summary[name] = float(measure(finite)) if len(finite) else None
    summary["cumulative"] = cumulative(finite)
    distinct = Counter(values.numbers) if values.kind == "INT" else Counter()
    if 0 < len(distinct) <= _MAX_COUNTED:
        summary["values"] = {str(value): distinct[value] for value in sorted(distinct)}
    return summary


def cumulative(numbers: Any) -> list[list[float]]:
    """The cumulative distribution of some numbers, at every value where these are few, else at their percentiles.

    Args:
        numbers: (N,) finite.

    Returns:
        up to 101 pairs: a value, and the share of the numbers that are not above it, rising from pair to pair by at
        most a percent and what share the value itself, or the one before, has; none where N is 0.

    Example:
        >>> cumulative(np.array([1.0, 0.0, 0.0, 1.0]))
        [[0.0, 0.5], [1.0, 1.0]]
    """
    if not len(numbers):
        return []
    ordered = np.sort(numbers)
    values = np.unique(ordered)
    if len(values) > _QUANTILES:
        values = np.unique(ordered[np.linspace(0, len(ordered) - 1, _QUANTILES).round().astype(int)])
    shares = np.searchsorted(ordered, values, side="right") / len(ordered)
    return [[float(value), float(share)] for value, share in zip(values, shares, strict=True)]
