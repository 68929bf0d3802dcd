"""The join of one shard's tables: every row of the votes becomes a galaxy with features, or one with a reason."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from truemorph.components.example_gen.encoding import FEATURES
from truemorph.components.example_gen.intrinsic import absPetroMag_r, petroRad_r_kpc
from truemorph.components.example_gen.votes import majority
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
    table = tables["votes"].sort_values("objid", kind="stable", na_position="first", ignore_index=True)
    table["reason"] = None
    objid = table["objid"]
    _reject(table, objid.isna(), "no_id")
    _reject(table, objid.duplicated(keep=False), "duplicate_id")
    _votes(table, votes_column)
    _photometry(table, tables["photometry"])
    _structure(table, tables.get("structure"))
    if "mapping" in tables:
        _image_names(table, tables["mapping"])
    else:
        table["image_name"] = table["objid"]
    name = table["image_name"].fillna("").astype(str)
    files = "mapping" in tables and "file" in tables["mapping"]
    _reject(table, ~_safe(name, _UNSAFE_FILE if files else _UNSAFE), "unsafe_image_name")
    return pd.DataFrame({name: table[name] for name in [*FEATURES, "image_name", "reason"]})


def _reject(table: pd.DataFrame, mask: Any, reason: str) -> None:
    """Give a reason to those of the rows that have none yet."""
    table.loc[np.asarray(mask, dtype=bool) & table["reason"].isna().to_numpy(), "reason"] = reason


def _votes(table: pd.DataFrame, votes_column: str) -> None:
    used = np.column_stack([_column(table, f"{answer}_{votes_column}") for answer in _ANSWERS])
    if f"artifact_{votes_column}" not in table:
        used[:, 2] = 0.0
    outcome = _given(table["label_raw"].to_numpy()) if "label_raw" in table else majority(used)
    if "label_raw" in table and f"smooth_{votes_column}" not in table:
        used[:] = np.nan
    elif votes_column == "count":
        total = used.sum(axis=1, keepdims=True)
        used = np.divide(used, total, out=np.full_like(used, np.nan), where=total > 0)
    else:
        outcome = np.where((used > 1).any(axis=1), "bad_votes", outcome)
    for reason in ("no_label", "bad_label", "no_votes", "bad_votes", "star_or_artifact", "tie"):
        _reject(table, outcome == reason, reason)
    table["label_raw"] = _labels(outcome)
    for place, answer in enumerate(_ANSWERS):
        count = _column(table, f"{answer}_count")
        whole = np.isfinite(count) & (count >= 0) & (count < 2.0**53) & (np.floor(count) == count)
        table[f"{answer}_count"] = pd.Series(np.where(whole, count, np.nan)).astype("Int64")
        debiased = _column(table, f"{answer}_debiased")
        table[f"{answer}_debiased"] = np.where((debiased >= 0) & (debiased <= _HUGE), debiased, np.nan)
        table[f"{answer}_fraction"] = used[:, place]
    debiased = table[[f"{answer}_debiased" for answer in _ANSWERS]].to_numpy()
    debiased[:, 2] = np.nan_to_num(debiased[:, 2])
    table["label_debiased"] = _labels(majority(debiased))


def _given(labels: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
    """Outcomes where the label itself is given: 0, 1, NaN, or anything else, which is none."""
    outcome = np.full(len(labels), "bad_label", dtype=object)
    for name, label in _LABELS.items():
        outcome[labels == label] = name
    outcome[np.isnan(labels)] = "no_label"
    return outcome


def _labels(outcome: npt.NDArray[Any]) -> "pd.Series[Any]":
    return pd.Series([_LABELS.get(name) for name in outcome], dtype="Int64")


def _column(table: pd.DataFrame, name: str) -> npt.NDArray[np.float64]:
    return table[name].to_numpy(np.float64) if name in table else np.full(len(table), np.nan)


def _matched(table: pd.DataFrame, other: pd.DataFrame, keys: Sequence[str]) -> tuple[pd.DataFrame, Mask, Mask]:
    """Rows of the other table for each row of this one; which are found; which have rivals that differ."""
    other = other[other[list(keys)].notna().all(axis=1)]
    repeated = other.duplicated(list(keys), keep=False)
    first = other.assign(_found=True, _rival=False)
    if repeated.any():
        different = first[repeated].drop_duplicates()
        different["_rival"] = different.duplicated(list(keys), keep=False)
        first = pd.concat([first[~repeated], different.drop_duplicates(list(keys))])
    matched = table[list(keys)].merge(first, how="left", on=list(keys))
    return matched, matched["_found"].notna().to_numpy(), matched["_rival"].eq(True).to_numpy()


def _photometry(table: pd.DataFrame, photometry: pd.DataFrame) -> None:
    matched, found, rival = _matched(table, photometry, ["objid"])
    _reject(table, ~found, "no_photometry")
    _reject(table, rival, "ambiguous_photometry")
    needed = ("alpha",) if "alpha" in matched else ("petroRad_r", "psfWidth_r")
    for name in ("alpha", "petroRad_r", "psfWidth_r"):
        values = _column(matched, name)
        usable = (values >= _TINY) & (values <= _HUGE)
        if name in needed:
            _reject(table, np.isnan(values), f"no_{name}")
            _reject(table, ~usable, f"bad_{name}")
        table[name] = np.where(usable, values, np.nan)
    if needed != ("alpha",):
        good = (table["petroRad_r"].notna() & table["psfWidth_r"].notna()).to_numpy()
        table.loc[good, "alpha"] = resolution(table.loc[good, "petroRad_r"], table.loc[good, "psfWidth_r"])
    redshift = _redshift(_column(table, "redshift"))
    table["redshift"] = np.where(np.isnan(redshift), _redshift(_column(matched, "redshift")), redshift)
    magnitude = _column(matched, "petroMag_r")
    magnitude = np.where((magnitude > 0) & (magnitude < 40), magnitude, np.nan)
    table["petroRad_r_kpc"] = petroRad_r_kpc(table["petroRad_r"], table["redshift"])
    table["absPetroMag_r"] = absPetroMag_r(magnitude, table["redshift"])


def _redshift(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Redshifts, NaN where unknown: a catalogue writes 0, -1 or -9999 where it has measured none."""
    return np.where((values >= _TINY) & (values <= _MAX_REDSHIFT), values, np.nan)


def _structure(table: pd.DataFrame, structure: pd.DataFrame | None) -> None:
    if structure is None:
        structure = pd.DataFrame({"objid": pd.Series(dtype=object), "ng": np.nan, "e": np.nan, "Rhlr": np.nan})
    matched, _, rival = _matched(table, structure, ["objid"])
    _reject(table, rival, "ambiguous_structure")
    # A round galaxy has ellipticity 0 exactly; -99.99 is Simard's null.
    for name, low, high in (("ng", _TINY, _HUGE), ("e", 0.0, 1.0), ("Rhlr", _TINY, _HUGE)):
        values = matched[name].to_numpy(np.float64)
        table[name] = np.where((values >= low) & (values <= high), values, np.nan)


def _safe(names: "pd.Series[Any]", unsafe: str) -> Mask:
    """Which names cannot lead out of the folder of the images."""
    import pyarrow as pa
    from pyarrow import compute

    text = pa.array(names.to_numpy(object), pa.string())
    bad = compute.or_(
        compute.match_substring_regex(text, unsafe), compute.greater(compute.binary_length(text), _MAX_NAME)
    )
    return ~compute.or_(bad, compute.is_in(text, pa.array(["", "."]))).to_numpy(zero_copy_only=False)


def _image_names(table: pd.DataFrame, mapping: pd.DataFrame) -> None:
    if "file" in mapping:
        matched, _, _ = _matched(table, mapping, ["objid"])
        _reject(table, matched["file"].isna(), "no_image")
        table["image_name"] = matched["file"].to_numpy()
        return
    # A galaxy stands in the mapping once for each sample that it belongs to, each time with another image.
    keys = ["objid", "sample"] if "sample" in table and "sample" in mapping else ["objid"]
    matched, found, rival = _matched(table, mapping[[*keys, "asset_id"]], keys)
    _reject(table, ~found | matched["asset_id"].isna().to_numpy(), "not_in_mapping")
    _reject(table, rival, "ambiguous_mapping")
    table["image_name"] = matched["asset_id"].to_numpy()
