"""The join of one shard's tables: every row of the votes becomes a galaxy with features, or one with a reason."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from truemorph.components.example_gen.intrinsic import absPetroMag_r, petroRad_r_kpc
from truemorph.components.example_gen.records import FEATURES
from truemorph.components.example_gen.votes import majority
from truemorph.components.laws import CLASS_NAMES
from truemorph.components.resolution import resolution

_ANSWERS = ("smooth", "disk", "artifact")
_LABELS = {name: label for label, name in enumerate(CLASS_NAMES)}
# Names of image files come from tables: none may lead out of the folder.
_UNSAFE = r"[/\\\x00-\x1f\x7f]|\.\."
_MAX_NAME = 200
# Beyond these no size, width or index is a measurement; within them nothing over- or underflows in float32.
_TINY, _HUGE = 1e-6, 1e6
# No galaxy of an image survey is farther; catalogues write 99 or 9999 for a redshift that they have not got.
_MAX_REDSHIFT = 20.0
Mask = npt.NDArray[np.bool_]


def join(tables: Mapping[str, pd.DataFrame], votes_column: str) -> pd.DataFrame:
    """Join the tables on the id.

    Args:
        tables: 'votes', 'photometry' and where given 'structure' and 'mapping', with the columns that
            `Source.batches` gives; all rows of an id are in the same call.
        votes_column: 'fraction', 'weighted_fraction' or 'count'.

    Returns:
        one row for each row of the votes, sorted by objid: every feature of FEATURES (NA or NaN where unknown),
        `image_name` (its file, without the ending) and `reason` (None where the galaxy can be kept).
    """
    table = tables["votes"].sort_values("objid", kind="stable", na_position="first", ignore_index=True)
    table["reason"] = None
    objid = table["objid"]
    _reject(table, objid.isna(), "no_id")
    _reject(table, objid.duplicated(keep=False), "duplicate_id")
    outcome = majority(table[[f"{answer}_{votes_column}" for answer in _ANSWERS]].to_numpy())
    _votes(table, outcome, votes_column)
    _photometry(table, tables["photometry"])
    _structure(table, tables.get("structure"))
    if "mapping" in tables:
        _image_names(table, tables["mapping"])
    else:
        table["image_name"] = table["objid"]
    name = table["image_name"].fillna("").astype(str)
    too_long = name.map(lambda text: len(text.encode("utf-8", "replace")) > _MAX_NAME).astype(bool)
    _reject(table, name.str.contains(_UNSAFE) | too_long | name.isin(["", "."]), "unsafe_image_name")
    return pd.DataFrame({name: table[name] for name in [*FEATURES, "image_name", "reason"]})


def _reject(table: pd.DataFrame, mask: Any, reason: str) -> None:
    """Give a reason to those of the rows that have none yet."""
    table.loc[np.asarray(mask, dtype=bool) & table["reason"].isna().to_numpy(), "reason"] = reason


def _votes(table: pd.DataFrame, outcome: npt.NDArray[Any], votes_column: str) -> None:
    used = table[[f"{answer}_{votes_column}" for answer in _ANSWERS]].to_numpy()
    if votes_column == "count":
        total = used.sum(axis=1, keepdims=True)
        used = np.divide(used, total, out=np.full_like(used, np.nan), where=total > 0)
    else:
        outcome = np.where((used > 1).any(axis=1), "bad_votes", outcome)
    for reason in ("no_votes", "bad_votes", "star_or_artifact", "tie"):
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


def _labels(outcome: npt.NDArray[Any]) -> "pd.Series[Any]":
    return pd.Series([_LABELS.get(name) for name in outcome], dtype="Int64")


def _column(table: pd.DataFrame, name: str) -> npt.NDArray[np.float64]:
    return table[name].to_numpy(np.float64) if name in table else np.full(len(table), np.nan)


def _matched(table: pd.DataFrame, other: pd.DataFrame, keys: Sequence[str]) -> tuple[pd.DataFrame, Mask, Mask]:
    """Rows of the other table for each row of this one; which are found; which have rivals that differ."""
    other = other.dropna(subset=list(keys)).drop_duplicates()
    rivals = other.duplicated(list(keys), keep=False)
    first = other.assign(_found=True, _rival=rivals).drop_duplicates(list(keys))
    matched = table[list(keys)].merge(first, how="left", on=list(keys))
    return matched, matched["_found"].notna().to_numpy(), matched["_rival"].eq(True).to_numpy()


def _photometry(table: pd.DataFrame, photometry: pd.DataFrame) -> None:
    matched, found, rival = _matched(table, photometry, ["objid"])
    _reject(table, ~found, "no_photometry")
    _reject(table, rival, "ambiguous_photometry")
    good = np.ones(len(table), dtype=bool)
    for name in ("petroRad_r", "psfWidth_r"):
        values = matched[name].to_numpy(np.float64)
        usable = (values >= _TINY) & (values <= _HUGE)
        _reject(table, np.isnan(values), f"no_{name}")
        _reject(table, ~usable, f"bad_{name}")
        table[name] = np.where(usable, values, np.nan)
        good &= usable
    table["alpha"] = np.nan
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


def _image_names(table: pd.DataFrame, mapping: pd.DataFrame) -> None:
    # A galaxy stands in the mapping once for each sample that it belongs to, each time with another image.
    keys = ["objid", "sample"] if "sample" in table and "sample" in mapping else ["objid"]
    matched, found, rival = _matched(table, mapping[[*keys, "asset_id"]], keys)
    _reject(table, ~found | matched["asset_id"].isna().to_numpy(), "not_in_mapping")
    _reject(table, rival, "ambiguous_mapping")
    table["image_name"] = matched["asset_id"].to_numpy()
