"""A bias measured on labels, with its noise floor and its intervals."""

import html
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from truemorph.components.measures.intervals import Interval, Limits, limits
from truemorph.components.measures.picture import draw_fractions
from truemorph.components.measures.statistic import BiasStatistic

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, repr=False)
class BiasResult:
    """A bias measured on labels, and what it is worth.

    Intervals and noise band are drawn when first asked for, from the counts alone; the rest is computed at once.
    Printed, it is a sentence; a notebook shows a table.

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
        populated: leaves with objects, which enter the mean.
        empty: leaves without.
        outside: objects left out since their label is not in classes.
        masked: objects left out since their label, alpha or an intrinsic value is masked.
        status: 'ok', 'insufficient_data', 'degenerate' (labels of one class only) or 'not_identifiable' (an observable
            that is the same for all objects).
        why: one sentence where status is not 'ok' or an interval is missing.
        replicates: at least this many are behind the intervals.
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
    masked: int
    status: str
    why: str | None
    replicates: int
    seed: int
    statistic: BiasStatistic | None = field(default=None, compare=False)

    @cached_property
    def _limits(self) -> Limits | None:
        if self.statistic is None or self.value is None or self.corrected is None or self.replicates < 1:
            return None
        return limits(self.statistic, self.value, self.corrected, self.replicates, self.seed)

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
        if self.statistic is None or self.replicates < 1:
            return None
        low, high = np.quantile(self.statistic.permuted(self.replicates, self.seed), [0.025, 0.975])
        return float(low), float(high)

    def as_dict(self) -> dict[str, Any]:
        """Everything as JSON values: the fields, and the intervals."""
        names = [
            *("measure", "value", "interval", "noise_floor", "noise_band", "corrected", "corrected_interval"),
            *("n", "bins", "depth", "reference", "intrinsic", "classes", "populated", "empty", "outside"),
            "masked",
            *("status", "why", "replicates", "seed"),
        ]
        result = {name: getattr(self, name) for name in names}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in result.items()}

    def __repr__(self) -> str:
        counted = f"{self.n:,} objects, {self.bins} bins" + (f", {self.populated} leaves" if self.depth else "")
        if self.value is None:
            return f"{self.measure} bias not known, {self.status}: {self.why} ({counted})"
        floor = "" if self.noise_floor is None else f"; unbiased labels show {self.noise_floor:.3f}"
        return f"{self.measure} bias {self.value:.3f}{in_words(self.interval)}{floor} ({counted})"

    def _repr_html_(self) -> str:
        rows = [
            (f"{self.measure} bias", self.value, self.interval),
            ("noise floor", self.noise_floor, self.noise_band),
            ("without noise", self.corrected, self.corrected_interval),
        ]
        return as_table(repr(self), rows)

    def plot(self, axes: "Axes | None" = None, of: str = "") -> "Axes":
        """Draw the fraction of each class in the bins of alpha; a bias is what is not flat. Needs matplotlib.

        Args:
            axes: where to draw; None: a figure of its own.
            of: what the legend says before each class.

        Raises:
            ValueError: if there is no value.
        """
        if self.statistic is None:
            raise ValueError(f"there is nothing to draw. Received: {self!r}")
        drawn = draw_fractions(self.statistic, self.classes, axes, of)
        drawn.set_title(f"{self.measure} bias {self.value:.3f}{in_words(self.interval)}")
        return drawn


def as_table(caption: str, rows: Sequence[tuple[str, float | None, Interval | None]]) -> str:
    """Names, values and intervals as HTML; those that are not known are left out."""
    known = "".join(
        f"<tr><th>{name}</th><td>{value:.4f}</td><td>{in_words(ends)}</td></tr>"
        for name, value, ends in rows
        if value is not None
    )
    return f"<table><caption>{html.escape(caption)}</caption>{known}</table>"


def in_words(ends: Interval | None) -> str:
    """An interval behind its value.

    Examples:
        >>> in_words((0.2, 0.35)), in_words(None)
        (' [0.200, 0.350]', '')
    """
    return "" if ends is None else f" [{ends[0]:.3f}, {ends[1]:.3f}]"
