"""A sample of rows, drawn without knowing how many there are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from truemorph.components.measures.cells import Floats

MOST_ROWS = 1 << 18


@dataclass(frozen=True)
class RowSample:
    """The rows that drew the smallest numbers: of rows in parts, the sample of all is the sample of their samples.

    Args:
        drawn: (m,) a random number for each row.
        columns: (m,) each.
    """

    drawn: Floats
    columns: list[npt.NDArray[np.generic]]

    @classmethod
    def merged(cls, parts: Sequence["RowSample"]) -> "RowSample":
        """The sample of all rows of which the parts are samples, at most MOST_ROWS."""
        drawn = np.concatenate([part.drawn for part in parts])
        columns = [np.concatenate(each) for each in zip(*(part.columns for part in parts), strict=True)]
        if drawn.size <= MOST_ROWS:
            return cls(drawn, columns)
        kept = np.argpartition(drawn, MOST_ROWS)[:MOST_ROWS]
        return cls(drawn[kept], [column[kept] for column in columns])
