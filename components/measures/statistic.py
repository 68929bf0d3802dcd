"""The squared bias of labels counted in cells, and what the sampling of labels adds to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from truemorph.components.measures.cells import Cells, Counts, Floats, bin_edges
from truemorph.components.measures.redraw import chunks, draw, permute

# Rounds in which observables share out what they explain together.
SWEEPS = 30


@dataclass(frozen=True)
class BiasStatistic:
    """The squared bias of labels counted in cells, with what sampling noise adds to it.

    Args:
        cells: the counts.
        references: for each observable 'last', 'first' or 'overall'.
    """

    cells: Cells
    references: tuple[str, ...]

    @cached_property
    def contrasts(self) -> tuple[Floats, ...]:
        """For each observable T (Q, B, A_j): T counts = fraction in bin l minus the reference fraction."""
        sizes = self.cells.leaf_sizes
        widths = np.diff(bin_edges(sizes, self.cells.bins))
        result = []
        for overlap, reference in zip(self.cells.overlaps, self.references, strict=True):
            weights = overlap / widths[..., None]
            everyone = np.broadcast_to(1.0 / sizes[:, None, None], (*sizes.shape, 1, overlap.shape[2]))
            base = {"last": weights[:, -1:], "first": weights[:, :1], "overall": everyone}[reference]
            result.append(weights - base)
        return tuple(result)

    @cached_property
    def n_cells(self) -> tuple[Floats, ...]:
        """For each observable (Q, A_j): objects in each cell."""
        return tuple(np.diff(cuts).astype(np.float64) for cuts in self.cells.cuts)

    def deviations(self, counts: Counts | None = None) -> Floats:
        """(..., J, Q, B, K) fractions minus the reference fraction, of counts (..., Q, A_1, ..., K), or as measured."""
        each = [contrast @ self.cells.along(j, counts) for j, contrast in enumerate(self.contrasts)]
        return np.stack(each, axis=-4)

    def square(self, counts: Counts | None = None) -> Any:
        """L^2 of counts (..., Q, A_1, ..., K): the mean of the squared deviations."""
        return np.mean(np.square(self.deviations(counts)), axis=(-4, -3, -2, -1))

    def noise(self, counts: Counts | None = None) -> Any:
        """What the sampling of labels adds to L^2 on average, estimated without bias from the counts themselves.

        Formula: mean over j, k, q, l of sum_a T_la^2 n_a^2 p_a (1 - p_a) / (n_a - 1), p_a the fraction in cell a.
        """
        terms = []
        for j, (contrast, n) in enumerate(zip(self.contrasts, self.n_cells, strict=True)):
            fraction = self.cells.along(j, counts) / np.maximum(n, 1.0)[..., None]
            weight = np.square(contrast).mean(axis=1) * np.square(n) / np.maximum(n - 1.0, 1.0)
            spread = (fraction * (1.0 - fraction)).mean(axis=-1)
            terms.append((weight * spread).sum(axis=-1).mean(axis=-1))
        return np.mean(terms, axis=0)

    def floor(self) -> float:
        """L of labels permuted within the leaves, the root of its mean square over all permutations, exactly.

        Formula: L_0^2 = mean over j, k, q, l of f (1 - f) n / (n - 1) sum_a T_la^2 n_a, f the class fraction in leaf q.
        """
        n_leaf = self.cells.leaf_sizes.astype(np.float64)
        totals = self.cells.along(0).sum(axis=1)
        fraction = totals / n_leaf[:, None]
        spread = (fraction * (1.0 - fraction)).mean(axis=1) * n_leaf / np.maximum(n_leaf - 1.0, 1.0)
        terms = [
            (np.square(contrast).mean(axis=1) * n).sum(axis=1) * spread
            for contrast, n in zip(self.contrasts, self.n_cells, strict=True)
        ]
        return float(np.sqrt(np.mean(terms)))

    def fractions(self, keep: float) -> Floats:
        """(Q, A_1, ..., A_J, K) class fractions of each cell, their deviations from the leaf's multiplied by keep.

        With several observables the deviations add up, and the fractions along each are as wanted. The bootstrap
        draws labels from these. Drawn from the fractions as counted (keep = 1), every replicate would carry the noise
        twice: once from the counts and once from the draw.
        """
        counts = self.cells.counts
        n_axes, n_observables = counts.ndim - 1, len(self.cells.cuts)
        n_joint = counts.sum(axis=-1, keepdims=True)
        leaf = self.cells.along(0).sum(axis=1) / self.cells.leaf_sizes[:, None]
        shape = (leaf.shape[0], *(1,) * (n_axes - 1), leaf.shape[1])
        result = np.broadcast_to(leaf.reshape(shape), counts.shape).copy()
        # Observables that go together share their deviations: each takes what the others have not explained yet.
        for _ in range(SWEEPS if n_observables > 1 else 1):
            for j, n in enumerate(self.n_cells):
                least, held = np.maximum(n, 1.0)[..., None], (n > 0)[..., None]
                goal = leaf[:, None, :] + keep * (self.cells.along(j) / least - leaf[:, None, :])
                missing = np.where(held, goal - self.cells.along(j, n_joint * result) / least, 0.0)
                axes = (leaf.shape[0], *(-1 if i == j else 1 for i in range(n_axes - 1)), leaf.shape[1])
                result += missing.reshape(axes)
        result = np.clip(result, 0.0, 1.0)
        return result / result.sum(axis=-1, keepdims=True)

    def draws(self, p: Floats, replicates: int, seed: int) -> Iterator[Counts]:
        """Counts of labels drawn anew in every cell, class fractions p from `fractions`, some replicates at a time."""
        rng, n = np.random.default_rng(seed), self.cells.counts.sum(axis=-1)
        for size in chunks(replicates, p.size):
            yield draw(rng, n, p, size)

    def permuted(self, replicates: int, seed: int) -> Floats:
        """(replicates,) L of labels permuted within the leaves."""
        rng = np.random.default_rng(seed)
        sizes = self.cells.counts.sum(axis=-1)
        flat = sizes.reshape(len(sizes), -1)
        totals = self.cells.along(0).sum(axis=1)
        values = []
        for size in chunks(replicates, self.cells.counts.size):
            drawn = permute(rng, flat, totals, size)
            values.append(np.sqrt(self.square(drawn.reshape(size, *self.cells.counts.shape))))
        return np.concatenate(values)
