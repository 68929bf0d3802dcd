"""Which row of another table belongs to each galaxy."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from pyarrow import compute

Mask = npt.NDArray[np.bool_]
# Which rows are rejected, by the reason; of a row's reasons the first counts.
Masks = dict[str, Any]


def matched_rows(votes: pd.DataFrame, other: pd.DataFrame, keys: Sequence[str]) -> tuple[pd.DataFrame, Mask, Mask]:
    """The other table's row for each row of the votes; which are found; which have rivals that differ."""
    other = other.reset_index(drop=True)
    wanted, there = _keys(votes, keys), _keys(other, keys)
    rows = compute.index_in(wanted, value_set=there, skip_nulls=True).fill_null(-1).to_numpy()
    # One place more, for -1.
    rivals = np.zeros(len(other) + 1, dtype=bool)
    if len(there.unique()) < len(there):
        different = other[other.duplicated(list(keys), keep=False)].drop_duplicates()
        rivals[different.index[different.duplicated(list(keys), keep=False)]] = True
    return other.reindex(rows), rows >= 0, rivals[rows]


def _keys(table: pd.DataFrame, keys: Sequence[str]) -> Any:
    """The key of each row as one text, null where a part is unknown; the first of two is told by its length."""
    texts = [pa.array(table[key], pa.large_string(), from_pandas=True) for key in keys]
    lengths = [compute.binary_length(text).cast(pa.large_string()) for text in texts[:-1]]
    return compute.binary_join_element_wise(*lengths, *texts, pa.scalar(":", pa.large_string()))


def column(table: pd.DataFrame, name: str) -> npt.NDArray[np.float64]:
    """One of our columns as (N,) float64, NaN where the table has not got it."""
    return table[name].to_numpy(np.float64) if name in table else np.full(len(table), np.nan)
