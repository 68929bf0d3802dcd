"""The join of one shard's tables: every row of the votes becomes a galaxy with features, or one with a reason."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from truemorph.components.example_gen.intrinsic import absPetroMag_r, petroRad_r_kpc
from truemorph.components.example_gen.majority import majority
from truemorph.components.examples.features import FEATURES
from truemorph.components.laws import CLASS_NAMES
from truemorph.components.resolution import resolution

_ANSWERS = ("smooth", "disk", "artifact")
_LABELS = {name: label for label, name in enumerate(CLASS_NAMES)}
# Names of image files come from tables: none may lead out of the folder.
_UNSAFE = r"[/\\\x00-\x1f\x7f]|\.\."
# The files of one's own survey may lie in folders below it.
_UNSAFE_FILE = r"[\\\x00-\x1f\x7f]|(^|/)\.\.(/|$)"
_MAX_NAME = 200
# Beyond these no size, width or index is a measurement; within them nothing over- or underflows in float32.
_TINY, _HUGE = 1e-6, 1e6
# No galaxy of an image survey is farther; catalogues write 99 or 9999 for a redshift that they have not got.
_MAX_REDSHIFT = 20.0
Mask = npt.NDArray[np.bool_]
# Which rows are rejected, by the reason; of a row's reasons the first counts.
Masks = dict[str, Any]


def join(tables: Mapping[str, pd.DataFrame], votes_column: str) -> pd.DataFrame:
    """Join the tables on the id.

    A 'label_raw' in the votes stands for a majority of votes, an 'alpha' in the photometry for petroRad_r and
    psfWidth_r, and a 'file' in the mapping for an asset_id.

    Args:
        tables: 'votes', 'photometry' and where given 'structure' and 'mapping', with the columns that
            `Source.batches` gives; all rows of an id are in the same call.
        votes_column: 'fraction', 'weighted_fraction' or 'count'.

    Returns:
        one row for each row of the votes, sorted by objid: every feature of FEATURES (NA or NaN where unknown),
        `image_name` (its file, the ending may be missing) and `reason` (None where the galaxy can be kept).
    """
    votes = tables["votes"].sort_values("objid", kind="stable", na_position="first", ignore_index=True)
    objid = votes["objid"]
    rejected: Masks = {"no_id": objid.isna(), "duplicate_id": objid.duplicated(keep=False)}
    columns = {"objid": objid, **_votes(votes, votes_column, rejected)}
    columns |= _photometry(votes, tables["photometry"], rejected)
    columns |= _structure(votes, tables.get("structure"), rejected)
    columns["image_name"] = _image_names(votes, tables["mapping"], rejected) if "mapping" in tables else objid
    files = "mapping" in tables and "file" in tables["mapping"]
    rejected["unsafe_image_name"] = ~_safe(columns["image_name"], _UNSAFE_FILE if files else _UNSAFE)
    columns["reason"] = _first_reasons(rejected, len(votes))
    return pd.DataFrame({name: columns[name] for name in [*FEATURES, "image_name", "reason"]})


def _first_reasons(rejected: Masks, rows: int) -> npt.NDArray[Any]:
    """The first reason of each row, None where there is none."""
    reasons = np.full(rows, None, dtype=object)
    for reason, mask in reversed(rejected.items()):
        reasons[mask] = reason
    return reasons


def _votes(votes: pd.DataFrame, votes_column: str, rejected: Masks) -> dict[str, Any]:
    used = np.column_stack([_column(votes, f"{answer}_{votes_column}") for answer in _ANSWERS])
    if f"artifact_{votes_column}" not in votes:
        used[:, 2] = 0.0
    outcome = _given(votes["label_raw"].to_numpy()) if "label_raw" in votes else majority(used)
    if "label_raw" in votes and f"smooth_{votes_column}" not in votes:
        used[:] = np.nan
    elif votes_column == "count":
        total = used.sum(axis=1, keepdims=True)
        used = np.divide(used, total, out=np.full_like(used, np.nan), where=total > 0)
    else:
        outcome = np.where((used > 1).any(axis=1), "bad_votes", outcome)
    for reason in ("no_label", "bad_label", "no_votes", "bad_votes", "star_or_artifact", "tie"):
        rejected[reason] = outcome == reason
    columns: dict[str, Any] = {"label_raw": _labels(outcome)}
    debiased = np.column_stack([_column(votes, f"{answer}_debiased") for answer in _ANSWERS])
    debiased = np.where((debiased >= 0) & (debiased <= _HUGE), debiased, np.nan)
    for place, answer in enumerate(_ANSWERS):
        count = _column(votes, f"{answer}_count")
        whole = np.isfinite(count) & (count >= 0) & (count < 2.0**53) & (np.floor(count) == count)
        columns[f"{answer}_count"] = _whole(np.where(whole, count, np.nan))
        columns[f"{answer}_debiased"] = debiased[:, place].copy()
        columns[f"{answer}_fraction"] = used[:, place]
    debiased[:, 2] = np.nan_to_num(debiased[:, 2])
    return columns | {"label_debiased": _labels(majority(debiased))}


def _given(labels: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
    """Outcomes where the label itself is given: 0, 1, NaN, or anything else, which is none."""
    outcome = np.full(len(labels), "bad_label", dtype=object)
    for name, label in _LABELS.items():
        outcome[labels == label] = name
    outcome[np.isnan(labels)] = "no_label"
    return outcome


def _labels(outcome: npt.NDArray[Any]) -> Any:
    labels = np.full(len(outcome), np.nan)
    for name, label in _LABELS.items():
        labels[outcome == name] = label
    return _whole(labels)


def _whole(values: npt.NDArray[np.float64]) -> Any:
    """Whole numbers as nullable integers, NA where NaN."""
    return pd.arrays.IntegerArray(np.nan_to_num(values).astype(np.int64), np.isnan(values))


def _column(table: pd.DataFrame, name: str) -> npt.NDArray[np.float64]:
    return table[name].to_numpy(np.float64) if name in table else np.full(len(table), np.nan)


def _matched(votes: pd.DataFrame, other: pd.DataFrame, keys: Sequence[str]) -> tuple[pd.DataFrame, Mask, Mask]:
    """The other table's row for each row of the votes; which are found; which have rivals that differ."""
    from pyarrow import compute

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
    import pyarrow as pa
    from pyarrow import compute

    texts = [pa.array(table[key], pa.large_string(), from_pandas=True) for key in keys]
    lengths = [compute.binary_length(text).cast(pa.large_string()) for text in texts[:-1]]
    return compute.binary_join_element_wise(*lengths, *texts, pa.scalar(":", pa.large_string()))


def _photometry(votes: pd.DataFrame, photometry: pd.DataFrame, rejected: Masks) -> dict[str, Any]:
    matched, found, rivals = _matched(votes, photometry, ["objid"])
    rejected |= {"no_photometry": ~found, "ambiguous_photometry": rivals}
    needed = ("alpha",) if "alpha" in matched else ("petroRad_r", "psfWidth_r")
    columns = {}
    for name in ("alpha", "petroRad_r", "psfWidth_r"):
        values = _column(matched, name)
        usable = (values >= _TINY) & (values <= _HUGE)
        if name in needed:
            rejected |= {f"no_{name}": np.isnan(values), f"bad_{name}": ~usable}
        columns[name] = np.where(usable, values, np.nan)
    radius, width = columns["petroRad_r"], columns["psfWidth_r"]
    if needed != ("alpha",):
        good = ~(np.isnan(radius) | np.isnan(width))
        columns["alpha"][good] = resolution(radius[good], width[good])
    redshift = _redshift(_column(votes, "redshift"))
    redshift = np.where(np.isnan(redshift), _redshift(_column(matched, "redshift")), redshift)
    magnitude = _column(matched, "petroMag_r")
    magnitude = np.where((magnitude > 0) & (magnitude < 40), magnitude, np.nan)
    intrinsic = {
        "petroRad_r_kpc": petroRad_r_kpc(radius, redshift),
        "absPetroMag_r": absPetroMag_r(magnitude, redshift),
    }
    return columns | intrinsic | {"redshift": redshift}


def _redshift(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Redshifts, NaN where unknown: a catalogue writes 0, -1 or -9999 where it has measured none."""
    return np.where((values >= _TINY) & (values <= _MAX_REDSHIFT), values, np.nan)


def _structure(votes: pd.DataFrame, structure: pd.DataFrame | None, rejected: Masks) -> dict[str, Any]:
    if structure is None:
        return dict.fromkeys(("ng", "e", "Rhlr"), np.nan)
    matched, _, rejected["ambiguous_structure"] = _matched(votes, structure, ["objid"])
    columns = {}
    # A round galaxy has ellipticity 0 exactly; -99.99 is Simard's null.
    for name, low, high in (("ng", _TINY, _HUGE), ("e", 0.0, 1.0), ("Rhlr", _TINY, _HUGE)):
        values = _column(matched, name)
        columns[name] = np.where((values >= low) & (values <= high), values, np.nan)
    return columns


def _image_names(votes: pd.DataFrame, mapping: pd.DataFrame, rejected: Masks) -> "pd.Series[Any]":
    if "file" in mapping:
        matched, _, _ = _matched(votes, mapping, ["objid"])
        rejected["no_image"] = matched["file"].isna()
        return matched["file"].reset_index(drop=True)
    # A galaxy stands in the mapping once for each sample that it belongs to, each time with another image.
    keys = ["objid", "sample"] if "sample" in votes and "sample" in mapping else ["objid"]
    matched, found, rivals = _matched(votes, mapping[[*keys, "asset_id"]], keys)
    rejected |= {"not_in_mapping": ~found | matched["asset_id"].isna().to_numpy(), "ambiguous_mapping": rivals}
    return matched["asset_id"].reset_index(drop=True)


def _safe(names: "pd.Series[Any]", unsafe: str) -> Mask:
    """Which names cannot lead out of the folder of the images."""
    import pyarrow as pa
    from pyarrow import compute

    text = pa.array(names, pa.string(), from_pandas=True).fill_null("")
    bad = compute.or_(
        compute.match_substring_regex(text, unsafe), compute.greater(compute.binary_length(text), _MAX_NAME)
    )
    return ~compute.or_(bad, compute.is_in(text, pa.array(["", "."]))).to_numpy(zero_copy_only=False)
