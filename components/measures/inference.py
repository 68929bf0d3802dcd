"""What a measured bias means: its noise floor, its intervals, and the difference between two sets of labels."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from truemorph.components.errors import InputError
from truemorph.components.measures.binning import (
    Cells,
    Codes,
    Column,
    Counts,
    as_columns,
    count_cells,
    encode_labels,
    leaves,
)
from truemorph.components.measures.moments import Limits, Moments, bias_share, enough, limits

Interval = tuple[float, float]
# Permutations that tell whether a bias stands out from the noise.
TRIALS = 100
# Numbers that the counts of several observables may take: half a gigabyte.
MOST_CELLS = 1 << 26
REFERENCES = ("last", "first", "overall")
TREES = ("cyclic", "highest_fraction_difference")


@dataclass(frozen=True)
class Design:
    """How a bias is measured: the arguments of cv18_bias, of which CV14 is the case without splits.

    Raises:
        ValueError: if an option is wrong.
    """

    bins: int
    depth: int = 0
    min_count: float = 0
    reference: str | Sequence[str] = "last"
    classes: Sequence[Any] | None = None
    tree: str = "cyclic"
    replicates: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        if self.tree not in TREES:
            raise ValueError(f"tree must be one of {', '.join(TREES)}. Received: {self.tree!r}")
        for name, least, most in (("bins", 2, 2**31), ("depth", 0, 30), ("replicates", 0, 2**31)):
            value = getattr(self, name)
            if not (isinstance(value, (int, np.integer)) and least <= value <= most):
                raise ValueError(f"{name} must be an integer >= {least}. Received: {value!r}")

    def references(self, n: int) -> tuple[str, ...]:
        """The reference of each of n observables."""
        words = (self.reference,) * n if isinstance(self.reference, str) else tuple(self.reference)
        if len(words) != n or not set(words) <= set(REFERENCES):
            raise ValueError(
                f"reference must be last, first or overall, one word or one for each of the {n} columns of alpha. "
                f"Received: {self.reference!r}"
            )
        return words


@dataclass(frozen=True)
class BiasResult:
    """A bias measured on labels, and what it is worth.

    Intervals and noise band are drawn when first asked for, from the counts alone; the rest is computed at once.

    Args:
        measure: 'CV14' or 'CV18'.
        value: L, in [0, 1], or None unless status is 'ok'.
        noise_floor: L that unbiased labels would show at this n and these bins (root mean square over all permutations
            of the labels within the leaves).
        corrected: L without what noise adds to it, >= 0: estimates the bias of an infinite catalogue in these bins.
        n: objects measured.
        bins: bins of alpha.
        depth: splits of the intrinsic columns, 0 for CV14.
        reference: 'last', 'first' or 'overall', one word or one for each column of alpha.
        intrinsic: number of intrinsic columns.
        classes: the classes, K of them.
        populated, empty: leaves with and without objects; only populated ones enter the mean.
        outside: objects left out since their label is not in classes.
        status: 'ok', 'insufficient_data' or 'degenerate' (labels of one class only).
        why: one sentence where status is not 'ok' or an interval is missing.
        replicates: at least so many are behind the intervals.
        seed: of the replicates.
    """

    measure: str
    value: float | None
    noise_floor: float | None
    corrected: float | None
    n: int
    bins: int
    depth: int
    reference: str | tuple[str, ...]
    intrinsic: int
    classes: tuple[Any, ...]
    populated: int
    empty: int
    outside: int
    status: str
    why: str | None
    replicates: int
    seed: int
    moments: Moments | None = field(default=None, repr=False, compare=False)

    @cached_property
    def _limits(self) -> Limits | None:
        if self.moments is None or self.value is None or self.corrected is None or self.replicates < 1:
            return None
        return limits(self.moments, self.value, self.corrected, self.replicates, self.seed)

    @cached_property
    def interval(self) -> Interval | None:
        """95 % interval of the bias: holds the L of an infinite catalogue and the mean L of catalogues of this size.

        It begins at 0 where unbiased labels reach the value in 5 % of the cases or more.
        """
        if self._limits is None or self.value is None:
            return None
        return min(self._limits.low, self.value), min(1.0, max(self._limits.expected, self.value))

    @cached_property
    def corrected_interval(self) -> Interval | None:
        """95 % interval of the L of an infinite catalogue, which `corrected` estimates."""
        return None if self._limits is None else (self._limits.low, min(1.0, self._limits.high))

    @cached_property
    def noise_band(self) -> Interval | None:
        """The L between which 95 % of labels permuted within the leaves lie."""
        if self.moments is None or self.replicates < 1:
            return None
        low, high = np.quantile(self.moments.permuted(self.replicates, self.seed), [0.025, 0.975])
        return float(low), float(high)

    def as_dict(self) -> dict[str, Any]:
        """Everything as JSON values: the fields, and the intervals."""
        names = [
            *("measure", "value", "interval", "noise_floor", "noise_band", "corrected", "corrected_interval"),
            *("n", "bins", "depth", "reference", "intrinsic", "classes", "populated", "empty", "outside"),
            *("status", "why", "replicates", "seed"),
        ]
        result = {name: getattr(self, name) for name in names}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in result.items()}


@dataclass(frozen=True)
class Sample:
    """The objects that a bias is measured on.

    Args:
        design: how it is measured.
        alpha: J observables, (N,) each.
        columns: D intrinsic columns, (N,) each, or None for CV14.
        outside: objects left out since their label is not in classes.
    """

    design: Design
    alpha: list[Column]
    columns: list[Column] | None
    n: int
    outside: int

    def cells(self, codes: Codes, n_classes: int, second: Codes | None = None) -> Cells | str:
        """Counts of each class, or of each pair of classes, in the cells; or why too few objects are there for them."""
        design, bins = self.design, int(self.design.bins)
        needed = max(2**design.depth * bins * design.min_count, bins)
        if self.n < needed:
            return f"{self.n} objects for {2**design.depth * bins} cells: needs {needed:g}"
        n_codes = n_classes
        if second is not None:
            codes, n_codes = codes.astype(np.int64) * n_classes + second, n_classes**2
        joint = 2**design.depth * bins ** len(self.alpha) * n_codes
        if len(self.alpha) > 1 and joint > MOST_CELLS:
            raise InputError(
                f"alpha: {len(self.alpha)} observables counted together have {joint:,} cells, {MOST_CELLS:,} at most; "
                f"take fewer observables, bins or leaves (bins={bins}, depth={design.depth})"
            )
        nodes = leaves(self.columns or [], self.alpha, codes, n_codes, n_classes, design.depth, design.tree)
        cells = count_cells(nodes, n_codes, bins)
        return cells or f"a leaf has fewer objects than the {bins} bins of alpha"

    def result(self, classes: tuple[Any, ...], cells: Cells | str) -> BiasResult:
        """The bias of labels counted in cells; a status where the data cannot tell."""
        design = self.design
        words = design.references(len(self.alpha))
        values: dict[str, Any] = {"value": None, "noise_floor": None, "corrected": None, "populated": 0, "empty": 0}
        status, why = "ok", None
        if isinstance(cells, str):
            status, why = "insufficient_data", cells
        else:
            present = np.flatnonzero(cells.along(0).sum(axis=(0, 1)))
            if present.size == 1:
                status, why = "degenerate", f"every label is {classes[present[0]]}: such labels cannot show a bias"
            else:
                moments = Moments(cells, words)
                square = float(moments.square())
                values |= {"value": square**0.5, "noise_floor": moments.floor(), "moments": moments}
                if cells.leaf_sizes.min() < 2 * design.bins:
                    why = f"a leaf has {cells.leaf_sizes.min()} objects for {design.bins} bins of alpha: no interval"
                else:
                    values["corrected"] = max(0.0, square - float(moments.noise())) ** 0.5
            values |= {"populated": len(cells.counts), "empty": 2**design.depth - len(cells.counts)}
        return BiasResult(
            measure="CV14" if self.columns is None else "CV18",
            n=self.n,
            bins=int(design.bins),
            depth=int(design.depth),
            reference=words[0] if len(set(words)) == 1 else words,
            intrinsic=len(self.columns or []),
            classes=classes,
            outside=self.outside,
            status=status,
            why=why,
            replicates=design.replicates,
            seed=design.seed,
            **values,
        )


def sample(
    design: Design, keep: npt.NDArray[np.bool_], alpha: npt.ArrayLike, intrinsic: npt.ArrayLike | None
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
    return Sample(design, observables, columns, n, keep.size - n), rows


def measure(
    design: Design, labels: npt.ArrayLike, alpha: npt.ArrayLike, intrinsic: npt.ArrayLike | None = None
) -> BiasResult:
    """CV18 bias of labels, or CV14 without intrinsic columns; arguments as in cv18_bias."""
    codes, classes = encode_labels(labels, design.classes)
    objects, rows = sample(design, codes < len(classes), alpha, intrinsic)
    return objects.result(classes, objects.cells(codes[rows], len(classes)))


@dataclass(frozen=True)
class PairedDifference:
    """The difference of the bias of two sets of labels on the same objects.

    Args:
        value: L of a minus L of b, or None unless status is 'ok'.
        interval: 95 % interval of the difference that such labels show on average at this n.
        corrected: the same difference of the noise-corrected L.
        a: the bias of the first labels.
        b: the bias of the second labels.
        n: objects with both labels.
        status: 'ok', or the status of the set that has no value.
        why: one sentence where status is not 'ok' or the interval is missing.
    """

    value: float | None
    interval: Interval | None
    corrected: float | None
    a: BiasResult
    b: BiasResult
    n: int
    status: str
    why: str | None


def paired_difference(
    labels_a: npt.ArrayLike,
    labels_b: npt.ArrayLike,
    alpha: npt.ArrayLike,
    intrinsic: npt.ArrayLike | None = None,
    *,
    bins: int | None = None,
    depth: int = 3,
    min_count: float = 0,
    reference: str | Sequence[str] = "last",
    classes: Sequence[Any] | None = None,
    tree: str = "cyclic",
    replicates: int = 1000,
    seed: int = 0,
) -> PairedDifference:
    """Difference of the bias of two sets of labels on the same objects: much better known than either bias.

    Formula: L_a - L_b; both counted in the same cells. The interval comes from pairs of labels drawn anew in each cell,
    so that what the two sets share cancels.

    Args:
        labels_a: (N,) first labels, such as the raw ones.
        labels_b: (N,) second labels, such as the debiased ones.
        alpha: (N,) or (N, J), as in cv18_bias.
        intrinsic: (N,) or (N, D): CV18; None: CV14.
        bins: bins of alpha; None: 8 for CV18, 10 for CV14.
        depth, min_count, reference, tree, replicates, seed: as in cv18_bias; the second tree rule looks at labels_a.
        classes: objects with another label in either set are left out; None: all classes found in either.

    Returns:
        PairedDifference; value None and a status where the data cannot tell.

    Raises:
        InputError, ValueError: as cv18_bias.

    Example:
        >>> rng = np.random.default_rng(1)
        >>> alpha, disk = rng.uniform(4, 40, 4000), rng.random(4000) < 0.5
        >>> seen = disk & (rng.random(4000) > np.exp(-(alpha**2) / (2 * 9.18**2)))
        >>> difference = paired_difference(seen.astype(int), disk.astype(int), alpha)
        >>> difference.interval[0] > 0
        True
    """
    both = np.asarray(labels_a), np.asarray(labels_b)
    if both[0].ndim != 1 or both[0].shape != both[1].shape:
        raise ValueError(f"both sets of labels must have shape (N,). Received: {both[0].shape} and {both[1].shape}")
    if classes is None:
        classes = np.unique(np.concatenate(both)).tolist()
    cuts = {"bins": bins or 10, "depth": 0} if intrinsic is None else {"bins": bins or 8, "depth": depth}
    design = Design(**cuts, min_count=min_count, reference=reference, classes=classes, tree=tree)
    design = replace(design, replicates=replicates, seed=seed)
    (first, names), (second, _) = encode_labels(both[0], classes), encode_labels(both[1], classes)
    k = len(names)
    objects, rows = sample(design, (first < k) & (second < k), alpha, intrinsic)
    first, second = first[rows], second[rows]
    cells = objects.cells(first, k, second)
    if isinstance(cells, str):
        unknown = objects.result(names, cells)
        return PairedDifference(None, None, None, unknown, unknown, objects.n, unknown.status, unknown.why)
    parts = [replace(cells, counts=counts) for counts in _parts(cells.counts, k)]
    a, b = (objects.result(names, part) for part in parts)
    if a.value is None or b.value is None:
        failed = a if a.value is None else b
        return PairedDifference(None, None, None, a, b, objects.n, failed.status, failed.why)
    value = a.value - b.value
    if a.corrected is None or b.corrected is None or replicates < 1:
        return PairedDifference(value, None, None, a, b, objects.n, "ok", a.why or "no replicates asked for")
    references = design.references(len(objects.alpha))
    each = [Moments(part, references) for part in parts]
    # A bias that unbiased labels show in 1 % of the cases or more is taken for none: drawn as one, its noise would
    # count twice.
    beyond = [
        level > np.quantile(m.permuted(TRIALS, seed), 0.99) for level, m in ((a.value, each[0]), (b.value, each[1]))
    ]
    shares = [bias_share(a.value, a.corrected), bias_share(b.value, b.corrected)]
    keep = max(share if real else 0.0 for share, real in zip(shares, beyond, strict=True))
    drawn, pairs = [], Moments(cells, references)
    p = pairs.fractions(keep)
    for counts in pairs.draws(p, enough(p, replicates), seed):
        roots = [np.sqrt(m.square(part)) for m, part in zip(each, _parts(counts, k), strict=True)]
        drawn.append(roots[0] - roots[1])
    differences = np.concatenate(drawn)
    low, high = np.quantile(differences, [0.025, 0.975]) - differences.mean()
    interval = (max(-1.0, value - float(high)), min(1.0, value - float(low)))
    return PairedDifference(value, interval, a.corrected - b.corrected, a, b, objects.n, "ok", None)


def _parts(counts: Counts, k: int) -> tuple[Counts, Counts]:
    """Counts by the first and by the second class, from counts by pairs of classes (..., K K)."""
    pairs = counts.reshape(*counts.shape[:-1], k, k)
    first, second = pairs[..., 0].copy(), pairs[..., 0, :].copy()
    # So short an axis is added up many times faster this way than by sum.
    for i in range(1, k):
        first += pairs[..., i]
        second += pairs[..., i, :]
    return first, second
