"""Ids that stay exact: what a float has left of them is refused."""

from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import compute

from truemorph.components.errors import InputError

# A float written as text: 587739505552785605.0, 5.88e+17; letters that are no float's, as 73928e03, are an id's.
_FLOAT = r"^[+-]?(\d+\.\d*([eE][+-]?\d{1,3})?|\.\d+([eE][+-]?\d{1,3})?|\d[eE][+-]?\d{1,3})$"
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"


def check_ids(path: Path, name: str, column: Any) -> None:
    """Refuse a batch of ids that has gone through floats.

    Args:
        path: the table, for the error.
        name: of the column.
        column: Arrow array as `values.words` gives it.

    Raises:
        InputError: if it is of a float type and not empty, or all of it are numbers and one is written as a float.
    """
    known = column.drop_null()
    if not len(known):
        return
    if pa.types.is_floating(known.type):
        values = known.filter(compute.is_finite(known))
        if len(values):
            raise _refusal(path, name, values[0].as_py(), f"of type {str(known.type).replace('double', 'float64')}")
        return
    if compute.all(compute.is_in(known, pa.array(["True", "False"]))).as_py():
        raise _refusal(path, name, known[0].as_py() == "True", "of type bool")
    try:
        # Most ids are whole numbers, and this finds it out in a tenth of the time.
        known.cast(pa.int64())
        return
    except pa.ArrowInvalid:
        floats = compute.match_substring_regex(known, _FLOAT)
    few = compute.sum(floats).as_py() * 2 < len(known)
    if compute.any(floats).as_py() and not (
        few and not compute.all(compute.match_substring_regex(known, _NUMBER)).as_py()
    ):
        raise _refusal(path, name, known.filter(floats)[0].as_py(), "written as a float")


def _refusal(path: Path, name: str, value: object, how: str) -> InputError:
    return InputError(
        f"{path}: id column '{name}' holds {value!r}, {how}: a float cannot hold an 18-digit id; "
        f"write '{name}' again from its source as text or as a 64-bit integer"
    )
