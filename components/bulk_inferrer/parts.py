"""Predictions of a part on disk, so that a killed call goes on where it stopped."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from truemorph.components.files import replacing
from truemorph.components.laws import CLASS_NAMES, DISK


def part_path(work: Path, number: int) -> Path:
    """Where a part's predictions lie."""
    return work / f"part-{number:05d}.parquet"


def write_part(work: Path, number: int, table: pd.DataFrame) -> None:
    """Write a part's predictions, whole or not at all."""
    with replacing(part_path(work, number)) as staged:
        table.to_parquet(staged, index=False)


def with_posterior(table: pd.DataFrame, law: Any) -> pd.DataFrame:
    """The table with p_disk_posterior after p_disk, where its objects have labels; NaN where one is not known."""
    if "observed" not in table.columns:
        return table
    posterior = np.full(len(table), np.nan, np.float32)
    alpha = table["alpha"].to_numpy(np.float64, na_value=np.nan)
    rows = (alpha > 0) & table["observed"].notna().to_numpy() & table["p_disk"].notna().to_numpy()
    if law is not None and rows.any():
        seen = (table.loc[rows, "observed"] == CLASS_NAMES[DISK]).to_numpy(np.int64)
        posterior[rows] = law.posterior(table.loc[rows, "p_disk"], alpha[rows], seen)
    table.insert(list(table.columns).index("p_disk") + 1, "p_disk_posterior", posterior)
    return table
