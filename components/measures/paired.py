"""The difference of the bias of two sets of labels on the same objects."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from truemorph.components.measures.cells import Counts
from truemorph.components.measures.columns import encode_labels, unmasked
from truemorph.components.measures.design import BiasDesign
from truemorph.components.measures.intervals import Interval, bias_share
from truemorph.components.measures.redraw import enough
from truemorph.components.measures.result import BiasResult, as_table, in_words
from truemorph.components.measures.sample import sample
from truemorph.components.measures.statistic import BiasStatistic

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Permutations that tell whether a bias stands out from the noise.
TRIALS = 100


@dataclass(frozen=True, repr=False)
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

    def __repr__(self) -> str:
        if self.value is None:
            return f"difference of the {self.a.measure} bias not known, {self.status}: {self.why} ({self.n:,} objects)"
        sides = f"{self.a.value:.3f} minus {self.b.value:.3f}, {self.n:,} objects"
        return f"{self.a.measure} bias differs by {self.value:.3f}{in_words(self.interval)} ({sides})"

    def _repr_html_(self) -> str:
        rows = [
            ("difference", self.value, self.interval),
            ("without noise", self.corrected, None),
            (f"{self.a.measure} bias, first labels", self.a.value, self.a.interval),
            (f"{self.b.measure} bias, second labels", self.b.value, self.b.interval),
        ]
        return as_table(repr(self), rows)

    def plot(self, axes: "Axes | None" = None) -> "Axes":
        """Draw the fractions of the classes by bin of alpha, by both sets of labels. Needs matplotlib.

        Raises:
            ValueError: if there is no value.
        """
        if self.value is None:
            raise ValueError(f"there is nothing to draw. Received: {self!r}")
        drawn = self.a.plot(axes, "first labels: ")
        self.b.plot(drawn, "second labels: ")
        drawn.set_title(f"{self.a.measure} bias differs by {self.value:.3f}{in_words(self.interval)}")
        return drawn


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
        depth: as in cv18_bias.
        min_count: as in cv18_bias.
        reference: as in cv18_bias.
        tree: as in cv18_bias; the second tree rule looks at labels_a.
        replicates: as in cv18_bias.
        seed: as in cv18_bias.
        classes: objects with another label in either set are left out; None: all classes found in either.

    Returns:
        PairedDifference; value None and a status where the data cannot tell.

    Raises:
        InputError, ValueError: as cv18_bias.

    Examples:
        >>> rng = np.random.default_rng(1)
        >>> alpha, disk = rng.uniform(4, 40, 4000), rng.random(4000) < 0.5
        >>> seen = disk & (rng.random(4000) > np.exp(-(alpha**2) / (2 * 9.18**2)))
        >>> difference = paired_difference(seen.astype(int), disk.astype(int), alpha)
        >>> difference.interval[0] > 0
        True
    """
    labels_a, labels_b, alpha, intrinsic, masked = unmasked(labels_a, labels_b, alpha, intrinsic)
    both = np.asarray(labels_a), np.asarray(labels_b)
    if both[0].ndim != 1 or both[0].shape != both[1].shape:
        raise ValueError(f"both sets of labels must have shape (N,). Received: {both[0].shape} and {both[1].shape}")
    if classes is None:
        classes = np.unique(np.concatenate(both)).tolist()
    bins, depth = (bins or 10, 0) if intrinsic is None else (bins or 8, depth)
    design = BiasDesign(bins, depth, min_count, reference, classes, tree, replicates, seed)
    (first, names), (second, _) = encode_labels(both[0], classes), encode_labels(both[1], classes)
    k = len(names)
    objects, rows = sample(design, (first < k) & (second < k), alpha, intrinsic, masked)
    cells = objects.cells(first[rows], k, second[rows])
    if isinstance(cells, str):
        unknown = objects.result(names, cells)
        return PairedDifference(None, None, None, unknown, unknown, objects.n, unknown.status, unknown.why)
    a, b = (objects.result(names, replace(cells, counts=counts)) for counts in _parts(cells.counts, k))
    if a.value is None or b.value is None:
        failed = a if a.value is None else b
        return PairedDifference(None, None, None, a, b, objects.n, failed.status, failed.why)
    value = a.value - b.value
    if a.corrected is None or b.corrected is None or replicates < 1:
        return PairedDifference(value, None, None, a, b, objects.n, "ok", a.why or "no replicates were asked for")
    low, high = _spread(a, b, BiasStatistic(cells, design.references(len(objects.alpha))))
    interval = (max(-1.0, value - high), min(1.0, value - low))
    return PairedDifference(value, interval, a.corrected - b.corrected, a, b, objects.n, "ok", None)


def _spread(a: BiasResult, b: BiasResult, pairs: BiasStatistic) -> Interval:
    """The 95 % range about its mean of the difference of L between pairs of labels drawn anew in each cell."""
    k, seed = len(a.classes), a.seed
    statistics, keep = [], 0.0
    for side in (a, b):
        if side.statistic is None or side.value is None or side.corrected is None:
            raise ValueError("both sides need a value and a noise-corrected one")
        statistics.append(side.statistic)
        # A bias that unbiased labels show in 1 % of the cases or more is taken for none: drawn as one, its noise would
        # count twice.
        if side.value > np.quantile(side.statistic.permuted(TRIALS, seed), 0.99):
            keep = max(keep, bias_share(side.value, side.corrected))
    drawn, p = [], pairs.fractions(keep)
    for counts in pairs.draws(p, enough(p, a.replicates), seed):
        first, second = (np.sqrt(s.square(part)) for s, part in zip(statistics, _parts(counts, k), strict=True))
        drawn.append(first - second)
    differences = np.concatenate(drawn)
    low, high = np.quantile(differences, [0.025, 0.975]) - differences.mean()
    return float(low), float(high)


def _parts(counts: Counts, k: int) -> tuple[Counts, Counts]:
    """Counts by the first and by the second class, from counts by pairs of classes (..., K K)."""
    pairs = counts.reshape(*counts.shape[:-1], k, k)
    first, second = pairs[..., 0].copy(), pairs[..., 0, :].copy()
    # So short an axis is added up many times faster this way than by sum.
    for i in range(1, k):
        first += pairs[..., i]
        second += pairs[..., i, :]
    return first, second
