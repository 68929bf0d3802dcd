"""Coordinates on the sky, as tables write them: degrees, or hours or degrees with minutes and seconds."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from truemorph.components.tables.values import numbers

_SEXAGESIMAL = (
    r"^(?P<sign>[+\-\u2212]?)(?P<whole>\d{1,3})(?P<unit>[:hd°\s])\s*(?P<minutes>[0-5]?\d)[:m'\u2032\s]\s*"
    r"(?P<seconds>[0-5]?\d(?:\.\d*)?)[s\"\u2033]?$"
)


def degrees(name: str, values: "pd.Series[Any]") -> npt.NDArray[np.float64]:
    """A coordinate in degrees.

    Args:
        name: 'ra', whose sexagesimal form is in hours unless it says d, or 'dec'.
        values: (N,) numbers or text, such as 187.7, '12:30:49.4', '12h30m49.4s' or '+12 23 28'.

    Returns:
        (N,) float64 degrees, NaN where there is no value or none that can be read: a place is nice to have, no more.

    Example:
        >>> degrees("ra", pd.Series(["12:30:00", "187.5", None])).tolist()
        [187.5, 187.5, nan]
    """
    known = numbers(values).to_numpy(copy=True)
    text = np.isnan(known) & values.notna().to_numpy()
    if text.any():
        parts = values[text].astype(str).str.strip().str.extract(_SEXAGESIMAL)
        found = sum(numbers(parts[part]) / size for part, size in (("whole", 1), ("minutes", 60), ("seconds", 3600)))
        hours = (name == "ra") & ~parts["unit"].isin(["d", "°"])
        known[text] = found * np.where(hours, 15, 1) * np.where(parts["sign"].isin(["-", "\u2212"]), -1, 1)
    return known
