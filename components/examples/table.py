"""The table of Examples: every feature but the image, one row an example."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from truemorph.components.errors import InputError
from truemorph.components.examples.features import FEATURES, SPLITS
from truemorph.components.examples.tfrecord import shards

_BATCH = 1024


def read_table(examples: Path, split: str | None = None, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """All features of the examples but the image, one row an example, in record order.

    Args:
        examples: the folder that ExampleGen wrote.
        split: 'train', 'eval' or 'test'; None for all three, in this order.
        columns: names of the features wanted; None for all.

    Returns:
        (N, features + 1) table, last column `split`. objid is str, whole numbers are nullable Int64, the others
        float64, where NaN means 'absent': mask it before any arithmetic.

    Raises:
        InputError: if a split is missing, a file is damaged or a feature is of another kind.
        ValueError: if a name is not a feature or a split.
    """
    wanted = list(FEATURES if columns is None else columns)
    unknown = sorted(set(wanted) - set(FEATURES))
    if unknown or split not in (None, *SPLITS):
        raise ValueError(
            f"columns must be of {sorted(FEATURES)}, split of {SPLITS}. "
            f"Received: {columns=}, {split=} (unknown {unknown})"
        )
    tables = []
    for name in SPLITS if split is None else (split,):
        for path in shards(examples, name):
            tables += [_as_table(values).assign(split=name) for values in _parsed(path, wanted)]
    empty = _as_table({name: np.empty(0, object) for name in wanted}).assign(split="")
    return pd.concat(tables or [empty], ignore_index=True)


def _parsed(path: Path, wanted: list[str]) -> Iterator[dict[str, Any]]:
    """Values by feature, an object array with None for absent, a batch of records at a time."""
    import tensorflow as tf

    kinds = {"bytes": tf.string, "int64": tf.int64, "float": tf.float32}
    # objid is always parsed: a batch without any feature would not say how many records it has.
    spec = {name: tf.io.VarLenFeature(kinds[FEATURES[name]]) for name in {"objid", *wanted}}
    dataset = tf.data.TFRecordDataset(str(path)).batch(_BATCH)
    try:
        for serialized in dataset:
            parsed = tf.io.parse_example(serialized, spec)
            values = {}
            for name in wanted:
                column = np.full(int(serialized.shape[0]), None, dtype=object)
                column[parsed[name].indices.numpy()[:, 0]] = parsed[name].values.numpy()
                values[name] = column
            yield values
    except (tf.errors.DataLossError, tf.errors.InvalidArgumentError) as error:
        raise InputError(
            f"{path}: these examples were written by another version ({error.message}); ingest again"
        ) from error


def _as_table(values: Mapping[str, Any]) -> pd.DataFrame:
    table = {}
    for name, column in values.items():
        if FEATURES[name] == "bytes":
            table[name] = pd.Series([value.decode() for value in column], dtype=object)
        elif FEATURES[name] == "int64":
            table[name] = pd.Series(column, dtype="Int64")
        else:
            table[name] = pd.Series(column, dtype="float64")
    return pd.DataFrame(table)


def floats(table: pd.DataFrame, column: str) -> npt.NDArray[np.float64]:
    """A column as (N,) float64, NaN where not known or not in the table."""
    if column not in table.columns:
        return np.full(len(table), np.nan)
    values = table[column].to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)
