"""The file of each galaxy's image, as the tables name it."""

from typing import Any

import pandas as pd
import pyarrow as pa
from pyarrow import compute

from truemorph.components.example_gen.matching import Mask, Masks, matched_rows

# Names of image files come from tables: none may lead out of the folder.
_UNSAFE = r"[/\\\x00-\x1f\x7f]|\.\."
# The files of your own survey may lie in folders below it, and be named as Windows does.
_UNSAFE_FILE = r"[\x00-\x1f\x7f]|(^|[/\\])\.\.([/\\]|$)"
_MAX_NAME, _MAX_PATH = 200, 1000


def image_names(votes: pd.DataFrame, mapping: pd.DataFrame | None, rejected: Masks) -> "pd.Series[Any]":
    """The file of each galaxy's image, its ending may be missing; rows without a good one are added to `rejected`."""
    if mapping is None:
        names = votes["objid"]
    elif "file" in mapping:
        matched, _, _ = matched_rows(votes, mapping, ["objid"])
        rejected["no_image"] = matched["file"].isna()
        names = matched["file"]
    else:
        names = _assets(votes, mapping, rejected)
    paths = mapping is not None and "file" in mapping
    rejected["unsafe_image_name"] = ~_safe(names, *((_UNSAFE_FILE, _MAX_PATH) if paths else (_UNSAFE, _MAX_NAME)))
    return names.reset_index(drop=True)


def _assets(votes: pd.DataFrame, mapping: pd.DataFrame, rejected: Masks) -> "pd.Series[Any]":
    # A galaxy stands in the mapping once for each sample that it belongs to, each time with another image.
    keys = ["objid", "sample"] if "sample" in votes and "sample" in mapping else ["objid"]
    matched, found, rivals = matched_rows(votes, mapping[[*keys, "asset_id"]], keys)
    rejected |= {"not_in_mapping": ~found | matched["asset_id"].isna().to_numpy(), "ambiguous_mapping": rivals}
    return matched["asset_id"]


def _safe(names: "pd.Series[Any]", unsafe: str, most: int) -> Mask:
    """Which names cannot lead out of the folder of the images; none is longer than `most` bytes."""
    text = pa.array(names, pa.string(), from_pandas=True).fill_null("")
    bad = compute.or_(compute.match_substring_regex(text, unsafe), compute.greater(compute.binary_length(text), most))
    return ~compute.or_(bad, compute.is_in(text, pa.array(["", "."]))).to_numpy(zero_copy_only=False)
