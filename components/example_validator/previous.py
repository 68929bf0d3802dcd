"""Drift from a previous dataset: its statistics, held against the examples."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from truemorph.components.errors import InputError
from truemorph.components.example_validator.anomalies import TRIFLE, Anomaly, chance, finite
from truemorph.components.example_validator.statistics import Split, read_splits, summarize
from truemorph.components.examples.features import SPLITS

KEY = "example_validator.previous_statistics"
_STATISTICS = ("statistics.json", "validation/statistics.json")
_EXAMPLES = (".", "examples")


def find_previous(given: Path) -> Path:
    """The statistics, or else the examples, of a previous dataset.

    Args:
        given: a statistics.json, or a folder: that of a run, of its validation, of an ingest, or of its examples.

    Raises:
        InputError: if there is neither.
    """
    if given.is_file():
        return given
    for name in _STATISTICS:
        if (given / name).is_file():
            return given / name
    for name in _EXAMPLES:
        if (given / name / "manifest.json").is_file():
            return given / name
    found = "holds neither statistics.json nor examples" if given.is_dir() else "does not exist"
    raise InputError(f"{KEY}: {given} {found}; give the --out of an earlier run or ingest, or its statistics.json")


def read_previous(path: Path) -> dict[str, Any]:
    """The statistics of a previous dataset, as `summarize` makes them.

    Args:
        path: as `find_previous` gives it; of examples the statistics are made now.

    Raises:
        InputError: if the file is damaged, or of a version that did not write all that is compared.
    """
    if path.is_dir():
        return summarize(read_splits(path))
    try:
        statistics: dict[str, Any] = json.loads(path.read_text("utf-8"))
        for split in SPLITS:
            for summary in statistics[split]["features"].values():
                _check(summary, statistics[split]["count"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{KEY}: {path} is damaged, or written by another version ({type(error).__name__}: {error}); "
            "give the folder of the examples instead"
        ) from None
    return statistics


def _check(summary: Mapping[str, Any], count: int) -> None:
    if summary["count"] + summary["missing"] != count:
        raise ValueError(f"{summary['count']} and {summary['missing']} are not {count}")
    shares = [share for _, share in summary["cumulative"]]
    if shares != sorted(shares) or (shares and shares[-1] != 1) or summary["not_finite"] < 0:
        raise ValueError("shares do not rise to 1")
    if not np.isfinite([value for value, _ in summary["cumulative"]]).all():
        raise ValueError("values are not finite")


def drifts_from_previous(splits: Mapping[str, Split], schema: Any, previous: Mapping[str, Any]) -> Iterator[Anomaly]:
    """Features whose values, or whose share of examples without one, are not as in the previous dataset.

    The Kolmogorov-Smirnov distance is taken at the values that the previous statistics name, which are percentiles at
    least: it is right to 0.01. A drift is more than chance by 0.05.

    Args:
        splits: as `statistics.read_splits` gives them.
        schema: a tensorflow_metadata Schema; features that are bytes are not compared.
        previous: statistics, as `read_previous` gives them.
    """
    from tensorflow_metadata.proto.v0 import schema_pb2

    now = summarize(splits)
    for feature in schema.feature:
        if feature.type == schema_pb2.BYTES:
            continue
        for split, held in splits.items():
            then = previous[split]["features"].get(feature.name)
            summary = now[split]["features"].get(feature.name)
            if not held.count or not previous[split]["count"]:
                continue
            if then is None:
                if summary is not None:
                    why = "is in no example of the previous dataset, and so not compared"
                    yield Anomaly(feature.name, split, "not_in_previous", "warning", summary["count"], why)
                continue
            drift = _missing(then, summary, held.count, previous[split]["count"])
            drift = drift or _distance(then, finite(held, feature.name))
            if drift:
                yield Anomaly(feature.name, split, "drift_from_previous", "error", held.count, drift)


def _missing(then: Mapping[str, Any], summary: Mapping[str, Any] | None, count: int, earlier: int) -> str | None:
    shares = (summary["missing"] / count if summary else 1.0), then["missing"] / earlier
    if abs(shares[0] - shares[1]) <= chance(count, earlier) + TRIFLE:
        return None
    return f"is missing in {100 * shares[0]:.0f} % of its examples, of the previous dataset in {100 * shares[1]:.0f} %"


def _distance(then: Mapping[str, Any], numbers: Any) -> str | None:
    earlier = then["count"] - then["not_finite"]
    if not len(numbers) or earlier <= 0 or not then["cumulative"]:
        return None
    distance, noise = kolmogorov_smirnov(then["cumulative"], numbers), chance(len(numbers), earlier)
    if distance <= noise + TRIFLE:
        return None
    return (
        f"drifts from the previous dataset: Kolmogorov-Smirnov distance {distance:.2f}, where chance gives {noise:.2f}"
    )


def kolmogorov_smirnov(pairs: list[list[float]], numbers: Any) -> float:
    """The largest distance of two cumulative distributions, at some values and just below them.

    Args:
        pairs: values and shares of the one, as `statistics.cumulative` gives them, at least one.
        numbers: (N,) finite, of the other, N > 0.
    """
    values, shares = np.asarray(pairs, dtype=np.float64).T
    ordered = np.sort(numbers)
    at, below = (np.searchsorted(ordered, values, side=side) / len(ordered) for side in ("right", "left"))
    return float(max(np.abs(at - shares).max(), np.abs(below - np.append(0.0, shares[:-1])).max()))
