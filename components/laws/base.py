"""What every law of mislabelling is: a confusion p(seen | true, observables), once for NumPy and for Keras."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from truemorph.components.classes import CLASS_NAMES, DISK

Floats = npt.NDArray[np.float64]
Array = Any
"""A NumPy array, or a tensor of the Keras backend where the namespace given is keras.ops."""

_TINY = 1e-37
"""Near the least normal float32: keeps the logarithm of p(kept) finite down to p_flip = 1."""


class Law(ABC):
    """p(seen = j | true = k, observables), a (K, K) confusion for each object.

    A law is written once, for an array namespace `xp` that is numpy or keras.ops, so that the network and the catalogue
    are held to the same formula. Its parameters are plain numbers in the object; a layer that learns them passes its
    own tensors as `parameters`. In the limit of good data every law is the identity.
    """

    kind: ClassVar[str]
    positive: ClassVar[frozenset[str]]
    """Names of the parameters that must be > 0; they are learnt as logarithms."""

    @property
    @abstractmethod
    def classes(self) -> tuple[str, ...]:
        """Names of the K classes, in the order of the confusion."""

    @property
    @abstractmethod
    def parameters(self) -> dict[str, Floats]:
        """The parameters by name."""

    @abstractmethod
    def with_parameters(self, parameters: Mapping[str, npt.ArrayLike]) -> Self:
        """The same law with other values for some parameters."""

    @abstractmethod
    def log_confusion(self, observables: Array, parameters: Mapping[str, Array] | None = None, xp: Any = np) -> Array:
        """log p(seen | true, observables), (N, K, K), [n, true class, seen class]; -inf where impossible."""

    @abstractmethod
    def get_config(self) -> dict[str, Any]:
        """The law as JSON values: {"law": kind, ...}."""

    @classmethod
    @abstractmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The law of a configuration; raises ValueError where a value is missing, unknown or out of range."""

    def column_posterior(self, p: Floats, observables: Floats, seen: npt.ArrayLike) -> Floats:
        """true_posterior of the probabilities that a catalogue has columns of: all (N, K), of two classes (N, 1)."""
        return self.true_posterior(p, observables, seen)

    def columns(self, table: Any) -> Floats:
        """(N,) or (N, J) what the law takes, from a table's columns; here alpha alone."""
        return np.asarray(table["alpha"], np.float64)

    def matrix(self, observables: npt.ArrayLike) -> Floats:
        """Confusion p(seen = column | true = row, observables), shape (N, K, K), rows sum to 1."""
        return np.asarray(np.exp(self.log_confusion(np.asarray(observables, dtype=np.float64))))

    def seen(self, p_true: npt.ArrayLike, observables: npt.ArrayLike) -> Floats:
        """p(seen | x, observables), shape (N, K), from p(y | x) of shape (N, K).

        Formula: p(seen = j) = sum over k of p(seen = j | y = k) p(y = k).
        """
        return np.einsum("nk,nkj->nj", np.asarray(p_true, dtype=np.float64), self.matrix(observables))

    def true_posterior(self, p_true: npt.ArrayLike, observables: npt.ArrayLike, seen: npt.ArrayLike) -> Floats:
        """p(y | x, observables, seen label): what image and label say together.

        Formula: p(y = k | seen = j) = p(seen = j | y = k) p(y = k) / sum over k' of the same. Where no class can give
        the label seen by both, the label decides: p(y = k) is taken as uniform.

        Args:
            p_true: (N, K) p(y | x), in [0, 1].
            observables: (N,) or (N, J), as the law takes them.
            seen: (N,) class seen, integers 0 to K - 1.

        Returns:
            (N, K) float64, rows sum to 1.

        Examples:
            >>> from truemorph.components.laws import ExponentialLaw
            >>> ExponentialLaw(9.0).true_posterior([[0.1, 0.9]], [9.0], [0]).round(3).tolist()
            [[0.155, 0.845]]

        References:
            Medina-Rosales & Cabrera-Vives 2021, equations 1 to 4 (Bayes' rule).
        """
        share = np.asarray(p_true, dtype=np.float64)
        labels = np.asarray(seen, dtype=np.int64)
        confusion = np.asarray(self.log_confusion(np.asarray(observables, dtype=np.float64)))
        column = np.take_along_axis(confusion, labels[:, None, None], axis=2)[:, :, 0]
        with np.errstate(divide="ignore"):
            joint = np.log(share) + column
        impossible = ~np.isfinite(joint).any(axis=1)
        joint[impossible] = column[impossible]
        weights = np.exp(joint - joint.max(axis=1, keepdims=True))
        return np.asarray(weights / weights.sum(axis=1, keepdims=True))


class FlipLaw(Law):
    """A law of two classes with one mistake: the smaller alpha is, the more often a disk is called smooth.

    A subclass gives u(alpha) = -log p_flip, which rises from near 0 to infinity; all else follows from it.

    Formula: p(smooth | disk, alpha) = exp(-u), p(disk | disk, alpha) = 1 - exp(-u), p(smooth | smooth, alpha) = 1.
    """

    @property
    def classes(self) -> tuple[str, ...]:
        return CLASS_NAMES

    @property
    def observables(self) -> tuple[str, ...]:
        """Names of what the law takes after alpha."""
        return ()

    def columns(self, table: Any) -> Floats:
        """(N, 1 + J) what the law takes, from a table's columns alpha and observables; NaN where one is not there."""
        alpha = np.asarray(table["alpha"], np.float64)
        if not self.observables:
            return alpha
        unknown = np.full(alpha.shape, np.nan)
        others = [np.asarray(table[name], np.float64) if name in table else unknown for name in self.observables]
        return np.column_stack([alpha, *others])

    @abstractmethod
    def neg_log_flip(self, observables: Array, parameters: Mapping[str, Array] | None = None, xp: Any = np) -> Array:
        """u = -log p(seen smooth | true disk, alpha) >= 0, shape (N,), for alpha of shape (N,), dimensionless, > 0."""

    @abstractmethod
    def slopes(self, observables: Floats) -> "Slopes":
        """u and its derivatives, in float64: Slopes, or a tuple of its first three."""

    def by_node(self, observables: Floats) -> "tuple[Floats, list[Slopes]]":
        """log weights (Q,) of what the law does not see, and u given each."""
        return np.zeros(1), [Slopes(*self.slopes(observables))]

    def log_confusion(self, observables: Array, parameters: Mapping[str, Array] | None = None, xp: Any = np) -> Array:
        u = xp.maximum(self.neg_log_flip(observables, parameters, xp), _TINY)
        from_smooth = xp.stack([xp.zeros_like(u), xp.full_like(u, -float("inf"))], axis=-1)
        from_disk = xp.stack([-u, xp.log(-xp.expm1(-u))], axis=-1)
        return xp.stack([from_smooth, from_disk], axis=-2)

    def log_flip(self, alpha: npt.ArrayLike) -> Floats:
        """log p(seen smooth | true disk, alpha), shape (N,), for alpha of shape (N,), dimensionless, > 0."""
        return -np.asarray(self.neg_log_flip(np.asarray(alpha, dtype=np.float64)))

    def log_keep(self, alpha: npt.ArrayLike) -> Floats:
        """log p(seen disk | true disk, alpha) = log(1 - p_flip), exact next to p_flip = 0 and 1, shape (N,)."""
        return np.log(-np.expm1(np.minimum(self.log_flip(alpha), -_TINY)))

    def flip_probability(self, alpha: npt.ArrayLike) -> Floats:
        """p(seen smooth | true disk, alpha), shape (N,), in (0, 1)."""
        return np.exp(self.log_flip(alpha))

    def matrix(self, observables: npt.ArrayLike) -> Floats:
        return super().matrix(np.atleast_1d(np.asarray(observables, dtype=np.float64)))

    def seen_disk(self, p_disk: npt.ArrayLike, alpha: npt.ArrayLike, rates: tuple[float, float] = (1.0, 1.0)) -> Floats:
        """p(seen disk | x, alpha), shape (N,), from p(disk | x) of shape (N,).

        Formula: q = p(disk | x) (1 - p_flip); in a sample that kept shares r of the smooth and of the disk labels,
        r_d q / (r_d q + r_s (1 - q)).
        """
        q = -np.asarray(p_disk, dtype=np.float64) * np.expm1(self.log_flip(alpha))
        return rates[1] * q / (rates[1] * q + rates[0] * (1.0 - q))

    def posterior(self, p_disk: npt.ArrayLike, alpha: npt.ArrayLike, seen: npt.ArrayLike) -> Floats:
        """p(true disk | x, alpha, seen label): the second column of true_posterior.

        Formula: 1 where the label seen is disk, else s e / (1 - s + s e), with s = p(disk | x) and e = p_flip.

        Args:
            p_disk: (N,) p(disk | x), in [0, 1].
            alpha: (N,) resolution, dimensionless, > 0.
            seen: (N,) label seen, 0 smooth or 1 disk.

        Returns:
            (N,) float64 in [0, 1].

        Examples:
            >>> from truemorph.components.laws import ExponentialLaw
            >>> ExponentialLaw(9.0).posterior([0.9, 0.9], [9.0, 9.0], [0, 1]).round(3).tolist()
            [0.845, 1.0]

        References:
            Medina-Rosales & Cabrera-Vives 2021, equations 1 to 4 (Bayes' rule).
        """
        share = np.asarray(p_disk, dtype=np.float64)
        return self.true_posterior(np.stack([1.0 - share, share], axis=-1), alpha, seen)[:, DISK]

    def column_posterior(self, p: Floats, observables: Floats, seen: npt.ArrayLike) -> Floats:
        return self.posterior(p[:, 0], observables, seen)[:, None]

    @property
    def scale(self) -> float:
        """The alpha at which p_flip = exp(-1/2): theta of the exponential law, comparable among laws.

        Examples:
            >>> from truemorph.components.laws import ExponentialLaw, LogisticLaw
            >>> ExponentialLaw(9.18).scale, round(LogisticLaw(midpoint=10.0, width=2.0).scale, 3)
            (9.18, 9.134)
        """
        low, high = 1e-6, 1e6
        for _ in range(200):  # bisection in ln alpha: u rises
            middle = float(np.sqrt(low * high))
            if float(self.neg_log_flip(np.array([middle]))[0]) < 0.5:
                low = middle
            else:
                high = middle
        return high


class Slopes(NamedTuple):
    """u = -log p_flip of N objects and its derivatives; parameters in `positive` are taken by their logarithm."""

    u: Floats
    by_alpha: Floats
    """(N,) du / d ln alpha."""
    by: Mapping[str, Floats]
    """(N, M) du by each parameter."""
    second: Callable[[Floats], Floats] | None = None
    """Second derivatives by all parameters, summed over the objects with weights (N,); None: not known."""


def resolution_of(observables: Array) -> Array:
    """Alpha (N,) from (N,) or (N, 1); raises ValueError where there are more columns than a law of alpha takes."""
    if len(observables.shape) < 2:
        return observables
    if observables.shape[1] != 1:
        raise ValueError(f"this law takes alpha alone, (N,) or (N, 1). Received: {tuple(observables.shape)}")
    return observables[:, 0]
