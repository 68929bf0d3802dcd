"""The galaxies that a report measures: Examples with their predictions, and what is known of them."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from truemorph.components.classes import called, columns_of
from truemorph.components.errors import InputError
from truemorph.components.examples.table import floats
from truemorph.components.laws import CLASS_NAMES
from truemorph.components.methods import METHODS

SPLIT = "test"
INTRINSIC = ("petroRad_r_kpc", "absPetroMag_r", "redshift")
MIN_KNOWN = 0.9
Floats = npt.NDArray[np.float64]


def join(examples: pd.DataFrame, predictions: pd.DataFrame) -> pd.DataFrame:
    """Examples with their predictions, joined on objid; columns that both have are taken from the examples.

    Args:
        examples: from `read_table`; objid is unique.
        predictions: from predictions.parquet; objid is unique.

    Returns:
        the examples in their order, with the columns that only the predictions have.

    Raises:
        InputError: if an id is repeated, or the two tables do not hold the same objects.
    """
    for name, table in (("examples", examples), ("predictions", predictions)):
        twice = table["objid"][table["objid"].duplicated()]
        if len(twice):
            raise InputError(f"{name}: column 'objid' holds {twice.iloc[0]!r} more than once; give each object one row")
    strangers = set(examples["objid"]) ^ set(predictions["objid"])
    if strangers:
        raise InputError(
            f"predictions: objid {min(strangers)!r} and {len(strangers) - 1} more are in only one of examples and "
            "predictions; predict for these examples again"
        )
    own = ["objid", *(column for column in predictions.columns if column not in examples.columns)]
    return examples.merge(predictions[own], on="objid", how="left", validate="one_to_one")


def row_labels(test: pd.DataFrame, classes: Sequence[str] = CLASS_NAMES) -> dict[str, Floats]:
    """Each row's classes on the test split: (N,) with 0 smooth, 1 disk (p > 0.5), NaN where not known.

    Args:
        test: the test split.
        classes: names of the classes; of those of your own the most probable one counts, by its number.
    """
    found = {}
    for row in METHODS:
        p = np.stack([floats(test, column) for column in columns_of(row.column, classes)], axis=1)
        found[row.key] = p[:, 0] if row.learns is None else called(p)
    return found


def complete(needed: Mapping[str, Floats]) -> tuple[npt.NDArray[np.bool_], dict[str, int]]:
    """Objects for which all is known, and how many were left out for the first thing missing."""
    keep = np.ones(len(next(iter(needed.values()))), dtype=bool)
    left_out = {}
    for name, values in needed.items():
        missing = keep & np.isnan(values)
        if missing.any():
            left_out[f"no {name}"] = int(missing.sum())
        keep &= ~missing
    return keep, left_out


def intrinsic_columns(test: pd.DataFrame, asked: Sequence[str] | None) -> tuple[list[str], list[str]]:
    """The intrinsic columns that CV18 splits by, and a sentence on each that it can not use.

    Args:
        test: the test split.
        asked: columns wanted, in order; None for radius in kpc, absolute magnitude and redshift where present.

    Returns:
        columns known for at least 90 % of the objects, and one sentence for each of the others.

    Raises:
        InputError: if a column that was asked for by name is not in the examples.
    """
    for column in asked or ():
        if column not in test.columns:
            raise InputError(
                f"evaluator.intrinsic: the examples have no column {column!r}; choose from "
                f"{', '.join(c for c in test.columns if pd.api.types.is_float_dtype(test[c]))}"
            )
    used, notes = [], []
    for column in INTRINSIC if asked is None else asked:
        share = float(np.isfinite(floats(test, column)).mean()) if len(test) else 0.0
        if share >= MIN_KNOWN:
            used.append(column)
        else:
            notes.append(
                f"CV18 does not use {column}: known for {100 * share:.0f} % of the test objects, "
                f"and {100 * MIN_KNOWN:.0f} % are needed."
            )
    return used, notes
