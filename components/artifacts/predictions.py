"""predictions.parquet: the catalogue, one row an example."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import compute

from truemorph.components.classes import CLASS_NAMES, called, columns_of, in_words
from truemorph.components.errors import InputError
from truemorph.components.methods import CORRECTED, CV14, DDB, NETWORKS, RAW
from truemorph.components.tables.parquet import frame

LABEL, POSTERIOR, IN_TRAINING = "label", "p_disk_posterior", "in_training"
SURENESS = ("p_disk_lo", "p_disk_hi", "entropy_image", "entropy_network", "training_distance")
"""How sure p_disk is: its 68 % interval, what the image leaves open and the network does not know, how unlike it is."""
VOTES = ("p_votes_disk", "p_votes_disk_best")
"""Shares of votes that are expected; null where no galaxy has counts of votes."""
VOTES_DEBIASED = "label_votes_debiased"
"""The Examples' label of the corrected votes: it is no answer of a network that learnt through the law."""
COLUMNS = (
    "objid",
    LABEL,
    DDB.column,
    *SURENESS,
    POSTERIOR,
    *VOTES,
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


def numbers_of(classes: Sequence[str] = CLASS_NAMES) -> tuple[str, ...]:
    """p_disk and SURENESS, or these of classes of your own.

    Example:
        >>> numbers_of(("plain", "ring"))[:4]
        ('p_plain', 'p_ring', 'p_plain_lo', 'p_ring_lo')
    """
    return _spelt((DDB.column, *SURENESS), classes)


def _spelt(columns: Sequence[str], classes: Sequence[str]) -> tuple[str, ...]:
    """Columns, those of disks as classes of your own have them, each once."""
    return tuple(dict.fromkeys(each for column in columns for each in columns_of(column, classes)))


def catalogue(table: pd.DataFrame, kept: Any = None, classes: Sequence[str] = CLASS_NAMES) -> Any:
    """The catalogue as an Arrow table.

    Args:
        table: features of the Examples, probabilities and in_training; those of INTRINSIC that it has follow.
        kept: Arrow table of objid and columns of the sources, one row an id; they come last, as they are.
        classes: names of the classes; those of your own have one probability each in the place of that of disks.
    """
    numbers = called(table[list(columns_of(DDB.column, classes))].to_numpy(np.float64, na_value=np.nan))
    answer = pd.Series(in_words(numbers, classes), table.index, dtype="string")
    table = table.rename(columns={CORRECTED: VOTES_DEBIASED})
    table[LABEL] = answer
    known = [name for name in INTRINSIC if name in table and table[name].notna().any()]
    ours = [each for each in _spelt(COLUMNS, classes) if each in table]
    made = pa.Table.from_pandas(table[[*ours, *known]], preserve_index=False).replace_schema_metadata()
    if kept is not None:
        rows = compute.index_in(made["objid"].cast(pa.string()), value_set=kept["objid"])
        for name in kept.column_names[1:]:
            made = made.append_column(name, kept[name].take(rows))
    return made


def read_predictions(path: Path) -> pd.DataFrame:
    """The table, with objid as text, and its columns named as the Examples' are where these have them.

    Raises:
        InputError: if it cannot be read, or has no objid.
    """
    try:
        table = frame(path)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; run the step that writes it first") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not a readable Parquet file ({error}); write the predictions again") from error
    if "objid" not in table.columns:
        raise InputError(f"{path}: no column 'objid' among {', '.join(table.columns)}; write the predictions again")
    return table.rename(columns={VOTES_DEBIASED: CORRECTED}).assign(objid=table["objid"].astype(str))
