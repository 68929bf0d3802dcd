"""Labels and numbers as the measures take them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from truemorph.components.errors import InputError

Column = npt.NDArray[np.generic]
Codes = npt.NDArray[Any]


def as_columns(values: npt.ArrayLike, name: str, n: int | None = None) -> list[Column]:
    """Columns of a table as 1-d arrays, in their own dtype: only ranks matter, so nothing is converted.

    Args:
        values: (N,) or (N, D) real numbers.
        name: what to call them in an error.
        n: number of rows that they must have.

    Raises:
        InputError: if a value is NaN or infinite.
        ValueError: if the shape or the type is wrong.
    """
    array = np.asarray(values)
    if array.dtype.kind not in "iuf":
        try:
            array = array.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise InputError(f"{name}: {error}; give numbers, and drop or mask the rows without one") from error
    if array.ndim not in (1, 2) or (n is not None and len(array) != n):
        rows = "N" if n is None else n
        raise ValueError(f"{name} must have shape ({rows},) or ({rows}, D). Received: shape {array.shape}")
    columns = [array] if array.ndim == 1 else list(array.T)
    if array.dtype.kind == "f" and not (finite := np.isfinite(array)).all():
        bad = array.size - np.count_nonzero(finite)
        raise InputError(f"{name}: {bad} of {array.size} values are NaN or infinite; drop or fix those rows first")
    return columns


def encode_labels(labels: npt.ArrayLike, classes: Sequence[object] | None) -> tuple[Codes, tuple[object, ...]]:
    """Labels as positions in the list of classes; a label outside it becomes len(classes).

    Args:
        labels: (N,) integers, or anything that sorts.
        classes: the classes to keep, in any order; None keeps all that are found.

    Returns:
        (N,) codes, and the classes in the order of the codes.

    Raises:
        InputError: if a label is NaN or classes lists one twice.
        ValueError: if labels is not one-dimensional.
    """
    array = np.asarray(labels)
    if array.ndim != 1:
        raise ValueError(f"labels must have shape (N,). Received: shape {array.shape}")
    if array.dtype.kind == "f" and np.isnan(array).any():
        raise InputError(f"labels: {int(np.isnan(array).sum())} of {array.size} are NaN; drop those rows first")
    if array.dtype.kind in "iu" and array.size and int(array.min()) >= 0 and int(array.max()) < 4096:
        counts = np.bincount(array)
        found, inverse = np.flatnonzero(counts), None
    else:
        try:
            found, inverse = np.unique(array, return_inverse=True)
        except TypeError as error:
            raise InputError(f"labels: {error}; give integers or words, and drop the rows without one") from error
    names = tuple(found.tolist()) if classes is None else tuple(np.asarray(classes).tolist())
    if len(set(names)) != len(names):
        raise InputError(f"classes: each class once, please; received {list(names)}")
    position = {name: k for k, name in enumerate(names)}
    kind = np.uint8 if len(names) < 256 else np.int64
    table = np.array([position.get(value, len(names)) for value in found.tolist()], dtype=kind)
    if inverse is not None:
        return table[inverse], names
    lookup = np.zeros(len(counts) if array.size else 1, dtype=kind)
    lookup[found] = table
    return lookup[array], names


def unmasked(*values: npt.ArrayLike | None) -> tuple[Any, ...]:
    """Columns without the rows in which one of them is masked, and how many such rows there were.

    Args:
        values: (N,) or (N, D) each, or None; NumPy and astropy know masked ones.

    Example:
        >>> *columns, left_out = unmasked([0, 1, 1], np.ma.masked_equal([4.0, -9999.0, 5.0], -9999.0))
        >>> [np.asarray(column).tolist() for column in columns], left_out
        ([[0, 1], [4.0, 5.0]], 1)
    """
    known: list[Any] = [value for value in values if value is not None]
    masks = [(value, value.mask) for value in known if isinstance(getattr(value, "mask", None), (np.ndarray, np.bool_))]
    hidden = [np.broadcast_to(mask, np.shape(value)).reshape(len(value), -1).any(axis=1) for value, mask in masks]
    if not any(each.any() for each in hidden):
        return *values, 0
    if len({each.size for each in hidden} | {len(value) for value in known}) > 1:
        raise ValueError(f"all columns need the same rows. Received: {[np.shape(value) for value in known]}")
    keep = ~np.any(hidden, axis=0)
    return *(None if value is None else np.asarray(value)[keep] for value in values), int((~keep).sum())
