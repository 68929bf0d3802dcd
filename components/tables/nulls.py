"""How tables say 'no value': words for an empty field, and numbers that stand for none."""

from typing import Any

import numpy as np
import numpy.typing as npt

# In small letters; the writing in capitals, or with a capital first, means the same.
_WORDS = (
    *("", "null", "nan", "-nan", "na", "n/a", "n.a.", "<na>", "#n/a", "none", "nat", "nil", "masked", "indef", "undef"),
    *("-", "--", "---", "\u2013", "\u2014", "...", "\u2026", "?", "*", "\\n"),
    # What spreadsheets leave of a sum that failed.
    *("#num!", "#value!", "#div/0!", "#ref!", "#name?", "#null!"),
)
NULLS = tuple(
    sorted({form for word in _WORDS for form in (word, word.upper(), word.capitalize())} | {"NaN", "-NaN", "NaT"})
)
"""Every word that means 'no value', as it stands in a field once blanks around it are gone."""

_NINES: tuple[float, ...] = (99.0, 99.9, 99.99, 99.999, 999.0, 999.9, 999.99, 999.999)
_NINES += tuple(float("9" * places) + part for places in (4, 5, 6) for part in (0.0, 0.9, 0.99))
# The ends of 16 and 32 bit whole numbers and of floats; what IRAF and others write for want of a number.
_ENDS: tuple[float, ...] = (-32768.0, -2147483648.0, 2147483647.0, 1.6e308, 1e20, -1e20, 1e30, -1e30)
_ENDS += tuple(sign * float(np.finfo(kind).max) for kind in (np.float32, np.float64) for sign in (-1.0, 1.0))
SENTINELS = tuple(sorted({sign * value for value in _NINES for sign in (-1.0, 1.0)} | set(_ENDS)))
"""Numbers that catalogues write where nothing was measured."""


def is_null(values: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Which of some values are no value: None, NaN, or one of NULLS between blanks.

    Args:
        values: (N,) of any type.

    Example:
        >>> is_null(["disk", " N/A ", None, float("nan"), "", 0]).tolist()
        [False, True, True, True, True, False]
    """
    import pandas as pd

    series = pd.Series(np.asarray(values, dtype=object))
    words = series.map(lambda value: value.strip() if isinstance(value, str) else value)
    return np.asarray(series.isna() | words.isin(NULLS))


def is_listed(values: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Which numbers are one of SENTINELS, as float64 or rounded to float32.

    Args:
        values: (N,) numbers, NaN where unknown.
    """
    values = np.asarray(values, dtype=np.float64)
    known = np.array(SENTINELS)
    place = np.searchsorted(known, values).clip(1, len(known) - 1)
    near = np.where(values - known[place - 1] < known[place] - values, known[place - 1], known[place])
    # A float32 keeps seven digits.
    with np.errstate(over="ignore", invalid="ignore"):
        return np.abs(values - near) <= 1e-7 * np.abs(near)


def sentinels(values: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Which numbers of a whole column stand for 'not measured': one of SENTINELS, far off all that is measured.

    A number of nines that lies among the others, such as 99 in a column from 0 to 150, is a measurement. So is a
    single 99, which a long tail of whole numbers reaches by chance; who writes it for want of a number does so often.

    Args:
        values: (N,) numbers, NaN where unknown.

    Returns:
        (N,) bool: listed, farther from the nearest other value than half the range of the others, and no single 99.

    Example:
        >>> sentinels([3.5, -9999.0, 17.0, 99.99, 8.0]).tolist()
        [False, True, False, True, False]
        >>> bool(sentinels(range(151)).any())
        False
        >>> sentinels([3, 20, 8, 99]).tolist(), sentinels([3, 99, 8, 99]).tolist()
        ([False, False, False, False], [False, True, False, True])
    """
    values = np.asarray(values, dtype=np.float64)
    finite = values[np.isfinite(values)]
    # What lies far off all others is the least or the greatest.
    if not finite.size or not is_listed([finite.min(), finite.max()]).any():
        return np.zeros(values.shape, dtype=bool)
    listed: Any = is_listed(values)
    others = values[np.isfinite(values) & ~listed]
    if np.count_nonzero(values == 99) == 1 and len(others):
        listed &= values != 99
    if not listed.any() or not len(others):
        return np.asarray(listed)
    low, high = others.min(), others.max()
    gap = np.maximum(low - values, values - high)
    return np.asarray(listed & (gap > (high - low) / 2))
