"""The join of one shard's tables: every row of the votes becomes a galaxy with features, or one with a reason."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from truemorph.components.classes import CLASS_NAMES
from truemorph.components.example_gen.image_names import image_names
from truemorph.components.example_gen.intrinsic import absPetroMag_r, petroRad_r_kpc
from truemorph.components.example_gen.labels import labels
from truemorph.components.example_gen.matching import Mask, Masks, column, matched_rows
from truemorph.components.examples.features import FEATURES
from truemorph.components.resolution import FWHM_PER_SIGMA, resolution
from truemorph.components.tables.nulls import is_listed

# Beyond these no size, width or index is a measurement; within them nothing over- or underflows in float32.
_TINY, _HUGE = 1e-6, 1e6
# No galaxy of an image survey is farther; catalogues write 99 or 9999 for a redshift that they have not got.
_MAX_REDSHIFT = 20.0


def join(tables: Mapping[str, pd.DataFrame], votes_column: str, classes: Sequence[str] = CLASS_NAMES) -> pd.DataFrame:
    """Join the tables on the id.

    A 'label_raw' in the votes stands for a majority of votes, an 'alpha' in the photometry for petroRad_r and
    psfWidth_r, and a 'file' in the mapping for an asset_id.

    Args:
        tables: 'votes', 'photometry' and where given 'structure' and 'mapping', with the columns that
            `UpstreamTable.batches` gives; all rows of an id are in the same call.
        votes_column: 'fraction', 'weighted_fraction' or 'count'.
        classes: names of the classes, in the order of their numbers.

    Returns:
        one row for each row of the votes, sorted by objid: every feature of FEATURES (NA or NaN where unknown),
        `image_name` (its file, the ending may be missing) and `reason` (None where the galaxy can be kept).
    """
    votes = tables["votes"].sort_values("objid", kind="stable", na_position="first", ignore_index=True)
    objid = votes["objid"]
    rejected: Masks = {"no_id": objid.isna(), "duplicate_id": objid.duplicated(keep=False)}
    columns = {"objid": objid, **labels(votes, votes_column, rejected, classes)}
    columns |= _photometry(votes, tables["photometry"], rejected)
    columns |= _structure(votes, tables.get("structure"), rejected)
    columns["image_name"] = image_names(votes, tables.get("mapping"), rejected)
    columns["reason"] = np.full(len(votes), None, dtype=object)
    for reason, mask in reversed(rejected.items()):  # the first of a row's reasons counts
        columns["reason"][mask] = reason
    return pd.DataFrame({name: columns[name] for name in [*FEATURES, "image_name", "reason"]})


def _photometry(votes: pd.DataFrame, photometry: pd.DataFrame, rejected: Masks) -> dict[str, Any]:
    matched, found, rivals = matched_rows(votes, photometry, ["objid"])
    rejected |= {"no_photometry": ~found, "ambiguous_photometry": rivals}
    needed = ("alpha",) if "alpha" in matched else ("petroRad_r", "psfWidth_r")
    columns = {}
    for name in ("alpha", "petroRad_r", "psfWidth_r", "arcsec_per_pixel"):
        values = column(matched, name)
        usable = _within(values, _TINY, _HUGE)
        if name in needed:
            rejected |= {f"no_{name}": np.isnan(values), f"bad_{name}": ~usable}
        columns[name] = np.where(usable, values, np.nan)
    radius, width = columns["petroRad_r"], columns["psfWidth_r"]
    if needed != ("alpha",):
        good = ~(np.isnan(radius) | np.isnan(width))
        columns["alpha"][good] = resolution(radius[good], width[good])
    # The PSF's sigma in arcsec is petroRad_r / alpha, whichever of the two was measured.
    sigma = np.where(np.isnan(width), radius / columns["alpha"], width / FWHM_PER_SIGMA)
    columns["psf_sigma_pixels"] = sigma / columns.pop("arcsec_per_pixel")
    redshift = _redshift(column(votes, "redshift"))
    redshift = np.where(np.isnan(redshift), _redshift(column(matched, "redshift")), redshift)
    magnitude = column(matched, "petroMag_r")
    magnitude = np.where(_within(magnitude, _TINY, 40.0), magnitude, np.nan)
    intrinsic = {
        "petroRad_r_kpc": petroRad_r_kpc(radius, redshift),
        "absPetroMag_r": absPetroMag_r(magnitude, redshift),
    }
    return columns | intrinsic | {"redshift": redshift}


def _within(values: npt.NDArray[np.float64], low: float, high: float) -> Mask:
    """Which values can be measurements: in range, and no number that stands for 'not measured'."""
    return (values >= low) & (values <= high) & ~is_listed(values)


def _redshift(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Redshifts, NaN where unknown: a catalogue writes 0, -1 or -9999 where it has measured none."""
    return np.where(_within(values, _TINY, _MAX_REDSHIFT), values, np.nan)


def _structure(votes: pd.DataFrame, structure: pd.DataFrame | None, rejected: Masks) -> dict[str, Any]:
    if structure is None:
        return dict.fromkeys(("ng", "e", "Rhlr"), np.nan)
    matched, _, rejected["ambiguous_structure"] = matched_rows(votes, structure, ["objid"])
    columns = {}
    # A round galaxy has ellipticity 0 exactly; -99.99 is Simard's null.
    for name, low, high in (("ng", _TINY, _HUGE), ("e", 0.0, 1.0), ("Rhlr", _TINY, _HUGE)):
        values = column(matched, name)
        columns[name] = np.where(_within(values, low, high), values, np.nan)
    return columns
