"""predictions.parquet: the debiased catalogue, one row an example."""

from pathlib import Path

import pandas as pd

from truemorph.components.errors import InputError
from truemorph.components.files import replacing
from truemorph.components.methods import CORRECTED, CV14, NETWORKS, RAW

POSTERIOR = "p_disk_posterior"
COLUMNS = (
    "objid",
    "split",
    "alpha",
    RAW,
    CORRECTED,
    *(network.column for network in NETWORKS),
    CV14.column,
    POSTERIOR,
)
"""A probability or a label that is not known is null."""
INTRINSIC = ("petroRad_r_kpc", "absPetroMag_r", "redshift", "ng", "e", "Rhlr")
"""Columns that follow where a run has them, so that CV18 of the predictions can be measured."""


def write_predictions(path: Path, table: pd.DataFrame) -> None:
    """Write COLUMNS of a table, and those of INTRINSIC that it has, whole or not at all."""
    known = [name for name in INTRINSIC if name in table and table[name].notna().any()]
    with replacing(path) as staged:
        table[[*COLUMNS, *known]].to_parquet(staged, index=False)


def read_predictions(path: Path) -> pd.DataFrame:
    """The table, with objid as text.

    Raises:
        InputError: if it cannot be read, or has no objid.
    """
    try:
        table = pd.read_parquet(path)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; run the step that writes it first") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not a readable Parquet file ({error}); write the predictions again") from error
    if "objid" not in table.columns:
        raise InputError(f"{path}: no column 'objid' among {', '.join(table.columns)}; write the predictions again")
    return table.assign(objid=table["objid"].astype(str))
