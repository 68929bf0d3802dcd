"""predictions.parquet: the catalogue, one row an example."""

from pathlib import Path

import numpy as np
import pandas as pd

from truemorph.components.errors import InputError
from truemorph.components.files import replacing
from truemorph.components.laws import CLASS_NAMES
from truemorph.components.methods import CORRECTED, CV14, DDB, NETWORKS, RAW

LABEL, POSTERIOR, IN_TRAINING = "label", "p_disk_posterior", "in_training"
VOTES_DEBIASED = "label_votes_debiased"
"""The Examples' label of the corrected votes: it is no answer of a network that learnt through the law."""
COLUMNS = (
    "objid",
    LABEL,
    DDB.column,
    POSTERIOR,
    IN_TRAINING,
    "split",
    "alpha",
    RAW,
    VOTES_DEBIASED,
    *(network.column for network in NETWORKS if network != DDB),
    CV14.column,
)
"""A probability or a label that is not known is null."""
INTRINSIC = ("petroRad_r_kpc", "absPetroMag_r", "redshift", "ng", "e", "Rhlr")
"""Columns that follow where a run has them, so that CV18 of the predictions can be measured."""


def write_predictions(path: Path, table: pd.DataFrame) -> None:
    """Write the catalogue, whole or not at all.

    Args:
        path: the file.
        table: features of the Examples and the probabilities of COLUMNS; those of INTRINSIC that it has follow.
    """
    p_disk = table[DDB.column].to_numpy(np.float64, na_value=np.nan)
    answer = np.where(np.isnan(p_disk), None, np.where(p_disk > 0.5, CLASS_NAMES[1], CLASS_NAMES[0]))
    table = table.rename(columns={CORRECTED: VOTES_DEBIASED}).assign(
        **{LABEL: pd.array(answer, "string"), IN_TRAINING: table["split"] == "train"}
    )
    known = [name for name in INTRINSIC if name in table and table[name].notna().any()]
    with replacing(path) as staged:
        table[[*COLUMNS, *known]].to_parquet(staged, index=False)


def read_predictions(path: Path) -> pd.DataFrame:
    """The table, with objid as text, and its columns named as the Examples' are where these have them.

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
    return table.rename(columns={VOTES_DEBIASED: CORRECTED}).assign(objid=table["objid"].astype(str))
