"""A catalogue as astropy's table, in types that every format has, with units, descriptions and UCDs."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import compute

from truemorph.components.catalogue.columns import described


def astropy_table(table: Any, classes: Sequence[str] | None = None) -> Any:
    """The columns of an Arrow table, described.

    Args:
        table: Arrow table of text, numbers and bool.
        classes: names of classes of your own; None: smooth and disk.

    Returns:
        astropy Table. A null is '' in text, NaN among floats, masked among integers, and masked in a flag, which is
        0 or 1 then. Whole numbers are signed (a byte aside), and text where 64 bits are not enough.
    """
    from astropy.table import Table

    made = Table()
    for name in table.column_names:
        made[name] = _values(table[name].combine_chunks())
        column = described(name, classes)
        made[name].description, made[name].unit = column.description, column.unit
    return made


def _values(column: Any) -> Any:
    from astropy.table import MaskedColumn

    kinds, kind = pa.types, column.type
    if kinds.is_string(kind) or kinds.is_large_string(kind):
        return column.fill_null("").to_numpy(zero_copy_only=False).astype(str)
    if kinds.is_floating(kind):
        return column.fill_null(float("nan")).to_numpy(zero_copy_only=False)
    if kinds.is_boolean(kind) and not column.null_count:
        return column.to_numpy(zero_copy_only=False).astype(bool)
    column = _signed(column)
    if kinds.is_string(column.type):
        return _values(column)
    values = column.fill_null(0).to_numpy(zero_copy_only=False)
    if not column.null_count:
        return values
    mask = compute.is_null(column).to_numpy(zero_copy_only=False)
    unknown = np.iinfo(values.dtype).max if values.dtype.kind == "u" else np.iinfo(values.dtype).min
    return MaskedColumn(values, mask=mask, fill_value=unknown)


def _signed(column: Any) -> Any:
    """Whole numbers and flags as signed integers, as text where these cannot hold them."""
    wider = {pa.int8(): pa.int16(), pa.bool_(): pa.uint8(), pa.uint16(): pa.int32(), pa.uint32(): pa.int64()}
    if column.type != pa.uint64():
        return column.cast(wider.get(column.type, column.type))
    try:
        return column.cast(pa.int64())
    except pa.ArrowInvalid:
        return column.cast(pa.string())
