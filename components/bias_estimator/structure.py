"""The rows of a table of examples that tell something about the law."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from truemorph.components.laws.base import Floats

FEATURES = ("ng", "e", "Rhlr")
"""Pure-Sersic index, ellipticity and half-light radius (kpc) of Simard et al. 2011: the features of CV14."""


def usable(table: pd.DataFrame, columns: Sequence[str] = ()) -> npt.NDArray[np.bool_]:
    """Rows where label, alpha and these columns are known."""
    return table[["alpha", "label_raw", *columns]].notna().all(axis=1).to_numpy()


def features_of(table: pd.DataFrame) -> tuple[str, ...]:
    """The features of CV14, or none where the structure of no galaxy is known."""
    return FEATURES if set(FEATURES) <= set(table.columns) and usable(table, FEATURES).any() else ()


def rows_of(table: pd.DataFrame, columns: Sequence[str]) -> tuple[Floats, npt.NDArray[np.int64], Floats]:
    """These columns (N, D), labels and alpha of the rows where all are known."""
    rows = table[usable(table, columns)]
    return (
        rows[list(columns)].to_numpy(np.float64),
        rows["label_raw"].to_numpy(np.int64),
        rows["alpha"].to_numpy(np.float64),
    )
