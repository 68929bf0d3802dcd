"""Anomalies: where the examples are not as the schema says."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from truemorph.components.example_validator.statistics import Split, Values

TRIFLE = 0.05
"""What a distribution may differ by, beside chance."""


@dataclass(frozen=True)
class Anomaly:
    """One way in which a feature of a split is not as the schema says.

    Args:
        feature: its name.
        split: the split.
        kind: 'missing', 'wrong_type', 'wrong_length', 'not_finite', 'out_of_domain', 'drift', 'unknown_feature',
            'drift_from_previous' or 'not_in_previous'.
        severity: 'error' for a required feature or a drift, else 'warning'.
        count: examples, or values, that it concerns.
        why: one sentence.
    """

    feature: str
    split: str
    kind: str
    severity: str
    count: int
    why: str


def find_anomalies(splits: Mapping[str, Split], schema: Any) -> list[Anomaly]:
    """All anomalies, in the order of the schema and of the splits, unknown features last.

    Args:
        splits: as `statistics.read_splits` gives them.
        schema: a tensorflow_metadata Schema.
    """
    found = []
    for feature in schema.feature:
        severity = "error" if feature.presence.min_fraction == 1.0 else "warning"
        for split, held in splits.items():
            for kind, count, why in _compare(feature, held):
                found.append(Anomaly(feature.name, split, kind, severity, count, why))
    found += _drifts(splits, schema)
    known = {feature.name for feature in schema.feature}
    for split, held in splits.items():
        for (name, _), values in sorted(held.features.items()):
            if name not in known:
                count = sum(values.lengths.values())
                found.append(Anomaly(name, split, "unknown_feature", "warning", count, "is not in the schema"))
    return found


def _drifts(splits: Mapping[str, Split], schema: Any) -> Iterator[Anomaly]:
    """Features of whose values a split has others than the training split: a hash deals them out alike."""
    from scipy.stats import ks_2samp

    for feature in schema.feature:
        numbers = {split: finite(held, feature.name) for split, held in splits.items()}
        train = numbers.get("train", np.empty(0))
        for split, values in numbers.items():
            if split == "train" or not len(train) or not len(values):
                continue
            distance = float(ks_2samp(train, values, method="asymp").statistic)
            noise = chance(len(train), len(values))
            if distance > noise + TRIFLE:
                by_chance = f"distance {distance:.2f}, where chance gives {noise:.2f}"
                why = f"drifts from split train: Kolmogorov-Smirnov {by_chance}"
                yield Anomaly(feature.name, split, "drift", "error", len(values), why)


def chance(first: int, second: int) -> float:
    """The Kolmogorov-Smirnov distance that two samples of one distribution exceed one time in ten million.

    Formula: c √(1/n₁ + 1/n₂) with 2 exp(-2c²) = 1e-7.

    Args:
        first, second: numbers of values, > 0.
    """
    return 2.9 * math.sqrt(1 / first + 1 / second)


def finite(held: Split, name: str) -> Any:
    """All finite numbers of a feature; none of bytes."""
    found = [values.numbers for (other, kind), values in held.features.items() if other == name and kind != "BYTES"]
    numbers = np.asarray([number for values in found for number in values], dtype=np.float64)
    return numbers[np.isfinite(numbers)]


def as_json(anomalies: list[Anomaly]) -> dict[str, Any]:
    """The content of anomalies.json."""
    return {"anomalies": [asdict(anomaly) for anomaly in anomalies]}


def _compare(feature: Any, held: Split) -> Iterator[tuple[str, int, str]]:
    from tensorflow_metadata.proto.v0 import schema_pb2

    wanted = schema_pb2.FeatureType.Name(feature.type)
    present = 0
    for (name, kind), values in held.features.items():
        if name != feature.name:
            continue
        count = sum(values.lengths.values())
        present += count
        if kind != wanted:
            yield "wrong_type", count, f"is {kind}, the schema says {wanted}"
        else:
            yield from _values(feature, values)
    missing = held.count - present
    if missing and feature.presence.min_fraction * held.count > present:
        yield "missing", missing, f"is missing in {missing} of {held.count} examples"


def _values(feature: Any, values: Values) -> Iterator[tuple[str, int, str]]:
    low, high = feature.value_count.min, feature.value_count.max
    odd = sum(count for length, count in values.lengths.items() if not low <= length <= high)
    if odd:
        lengths = sorted(values.lengths)
        yield "wrong_length", odd, f"has {lengths[-1]} values in an example, the schema says {low} to {high}"
    if values.kind == "BYTES":
        return
    numbers = np.asarray(values.numbers, dtype=np.float64)
    finite = np.isfinite(numbers)
    if not finite.all():
        yield "not_finite", int((~finite).sum()), f"is {numbers[~finite][0]} in {int((~finite).sum())} values"
    lowest, highest = _domain(feature)
    outside = numbers[finite & ((numbers < lowest) | (numbers > highest))]
    if len(outside):
        yield "out_of_domain", len(outside), f"is {outside[0]:g}, the schema says {lowest:g} to {highest:g}"


def _domain(feature: Any) -> tuple[float, float]:
    which = feature.WhichOneof("domain_info")
    if which not in ("float_domain", "int_domain"):
        return -math.inf, math.inf
    domain = getattr(feature, which)
    return (
        domain.min if domain.HasField("min") else -math.inf,
        domain.max if domain.HasField("max") else math.inf,
    )
