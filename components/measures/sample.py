"""The objects that a bias is measured on."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from truemorph.components.errors import InputError
from truemorph.components.measures.cells import Cells, count_cells
from truemorph.components.measures.columns import Codes, Column, as_columns, encode_labels, unmasked
from truemorph.components.measures.design import BiasDesign
from truemorph.components.measures.result import BiasResult
from truemorph.components.measures.statistic import BiasStatistic
from truemorph.components.measures.tree import leaves
from truemorph.components.tables.nulls import sentinels

# Numbers that the counts of several observables may take: half a gigabyte.
MOST_CELLS = 1 << 26


@dataclass(frozen=True)
class Sample:
    """The objects that a bias is measured on.

    Args:
        design: how it is measured.
        alpha: J observables, (N,) each; for the result, of each no more than its least and its greatest value.
        columns: D intrinsic columns, (N,) each, or None for CV14; for the result, their number alone counts.
        n: objects.
        outside: objects left out since their label is not in classes.
        masked: objects left out since a value of theirs is masked.
    """

    design: BiasDesign
    alpha: list[Column]
    columns: list[Column] | None
    n: int
    outside: int = 0
    masked: int = 0

    def cells(self, codes: Codes, n_classes: int, second: Codes | None = None) -> Cells | str:
        """Counts of each class, or of each pair of classes, in the cells; or why too few objects are there for them."""
        design, bins = self.design, int(self.design.bins)
        if why := too_few(design, self.n):
            return why
        n_codes = n_classes
        if second is not None:
            codes, n_codes = codes.astype(np.int64) * n_classes + second, n_classes**2
        check_joint(design, len(self.alpha), n_codes)
        nodes = leaves(self.columns or [], self.alpha, codes, n_codes, n_classes, design.depth, design.tree)
        cells = count_cells(nodes, n_codes, bins)
        return cells or f"a leaf has fewer objects than the {bins} bins of alpha"

    def result(self, classes: tuple[Any, ...], cells: Cells | str) -> BiasResult:
        """The bias of labels counted in cells, or why there are none; a status where the data cannot tell."""
        design, words = self.design, self.design.references(len(self.alpha))
        values: dict[str, Any] = {"value": None, "noise_floor": None, "corrected": None, "populated": 0, "empty": 0}
        status, why = "insufficient_data", cells if isinstance(cells, str) else None
        if not isinstance(cells, str):
            values |= {"populated": len(cells.counts), "empty": 2**design.depth - len(cells.counts)}
            status, why = _blind(classes, cells, self.alpha, self.n)
        if status == "ok" and not isinstance(cells, str):
            statistic = BiasStatistic(cells, words)
            square = float(statistic.square())
            values |= {"value": square**0.5, "noise_floor": statistic.floor(), "statistic": statistic}
            if cells.leaf_sizes.min() < 2 * design.bins:
                why = f"a leaf has {cells.leaf_sizes.min()} objects for {design.bins} bins of alpha: no interval"
            else:
                values["corrected"] = max(0.0, square - float(statistic.noise())) ** 0.5
        return BiasResult(
            measure="CV14" if self.columns is None else "CV18",
            n=self.n,
            bins=int(design.bins),
            depth=int(design.depth),
            reference=words[0] if len(set(words)) == 1 else words,
            intrinsic=len(self.columns or ()),
            classes=classes,
            outside=self.outside,
            masked=self.masked,
            status=status,
            why=why,
            replicates=design.replicates,
            seed=design.seed,
            **values,
        )


def too_few(design: BiasDesign, n: int) -> str | None:
    """Why so few objects cannot fill the cells; None where they can."""
    cells = 2**design.depth * int(design.bins)
    needed = max(cells * design.min_count, design.bins)
    return f"{n} objects for {cells} cells: needs {needed:g}" if n < needed else None


def check_joint(design: BiasDesign, n_alpha: int, n_codes: int) -> None:
    """Refuse observables whose common cells do not fit the memory.

    Raises:
        InputError: if they do not.
    """
    joint = 2**design.depth * int(design.bins) ** n_alpha * n_codes
    if n_alpha > 1 and joint > MOST_CELLS:
        raise InputError(
            f"alpha: {n_alpha} observables counted together have {joint:,} cells, {MOST_CELLS:,} at most; "
            f"take fewer observables, bins or leaves (bins={design.bins}, depth={design.depth})"
        )


def _blind(classes: tuple[Any, ...], cells: Cells, alpha: Sequence[Column], n: int) -> tuple[str, str | None]:
    """Why such labels or observables can show no bias; 'ok' where they can."""
    present = np.flatnonzero(cells.along(0).sum(axis=(0, 1)))
    if present.size == 1:
        return "degenerate", f"every label is {classes[present[0]]}: such labels cannot show a bias"
    for j, column in enumerate(alpha):
        if column.min() == column.max():
            which = "alpha" if len(alpha) == 1 else f"column {j} of alpha"
            return "not_identifiable", f"{which} is {column[0]} for all {n} objects: it cannot show a bias"
    return "ok", None


def sample(
    design: BiasDesign, keep: npt.NDArray[np.bool_], alpha: npt.ArrayLike, intrinsic: npt.ArrayLike | None, masked: int
) -> tuple[Sample, npt.NDArray[np.intp] | slice]:
    """The objects to keep, and their rows."""
    observables = as_columns(alpha, "alpha", keep.size)
    columns = None if intrinsic is None else as_columns(intrinsic, "intrinsic", keep.size)
    if not observables or columns == []:
        raise ValueError(f"alpha and intrinsic need at least one column. Received: {len(observables)} of alpha")
    design.references(len(observables))
    rows: npt.NDArray[np.intp] | slice = slice(None)
    if not keep.all():
        rows = np.flatnonzero(keep)
        observables = [column[rows] for column in observables]
        columns = columns and [column[rows] for column in columns]
    n = int(np.count_nonzero(keep))
    return Sample(design, observables, columns, n, keep.size - n, masked), rows


def measure(
    design: BiasDesign, labels: npt.ArrayLike, alpha: npt.ArrayLike, intrinsic: npt.ArrayLike | None = None
) -> BiasResult:
    """CV18 bias of labels, or CV14 without intrinsic columns; arguments as in cv18_bias."""
    labels, alpha, intrinsic, masked = unmasked(labels, alpha, intrinsic)
    codes, classes = encode_labels(labels, design.classes)
    for column in as_columns(alpha, "alpha"):
        if (stands := sentinels(column)).any():
            warnings.warn(
                f"alpha: {np.count_nonzero(stands)} of {stands.size} values, such as {column[stands][0]:g}, are far "
                "from all others, and catalogues write such values where nothing was measured; mask those rows",
                stacklevel=3,
            )
    objects, rows = sample(design, codes < len(classes), alpha, intrinsic, masked)
    return objects.result(classes, objects.cells(codes[rows], len(classes)))
