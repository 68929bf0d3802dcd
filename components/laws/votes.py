"""The law of votes: how many of the volunteers see which class, given the true class and the label that most see."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from truemorph.components.classes import CLASS_NAMES
from truemorph.components.laws.base import Floats, Law


@dataclass(frozen=True)
class VoteLaw:
    """p(votes | true class, class seen): a Dirichlet-multinomial for each pair, a Beta-binomial for two answers.

    The law of mislabelling flips an object, not a volunteer: all who look at one badly resolved disk look at the same
    pixels, so their votes are not independent draws. Given the true class k and the class j that the image shows, the
    share of each answer is drawn once for the object, and the volunteers are draws from that share. A disk that looks
    smooth may have other shares than a galaxy that is smooth. Assumed: given (k, j) the shares depend neither on the
    image nor on alpha, and all volunteers are alike.

    Formula: p(v | k, j) = n! / prod_a v_a! * B(v + c_kj) / B(c_kj), B the multivariate Beta function, n = sum_a v_a.
    As a loop: draws without replacement from an urn, p = prod over volunteers of (c_a + earlier votes for a) / (sum of
    c + earlier votes), times the number of orders.

    Args:
        concentration: (K, K, A) c, [true, seen, answer], finite and > 0; the mean share of answer a is c_a / sum(c).

    Raises:
        ValueError: if the shape is another, or a value is not finite and positive.

    Examples:
        >>> law = VoteLaw((((8.0, 2.0), (2.0, 8.0)), ((6.0, 4.0), (2.0, 8.0))))
        >>> even, clear = law.log_votes([[30, 30], [59, 1]]).round(2)
        >>> even.tolist()  # does not tell which was seen, but hints at a flip
        [[-5.18, -5.18], [-3.47, -5.18]]
        >>> clear.tolist()  # smooth beyond doubt
        [[-3.59, -18.59], [-7.53, -18.59]]
    """

    concentration: tuple[tuple[tuple[float, ...], ...], ...]

    def __post_init__(self) -> None:
        try:
            values = np.array(self.concentration, dtype=np.float64)
        except (TypeError, ValueError):
            values = np.empty(0)
        good = values.ndim == 3 and values.shape[0] == values.shape[1] >= 2 and values.shape[2] >= 2
        if not good or not (np.isfinite(values) & (values > 0)).all():
            raise ValueError(
                "concentration must be (K, K, A) numbers, finite and > 0. "
                f"Received: concentration={self.concentration!r}"
            )
        nested = tuple(tuple(tuple(float(c) for c in answers) for answers in row) for row in values)
        object.__setattr__(self, "concentration", nested)

    def log_votes(self, counts: npt.ArrayLike, observables: npt.ArrayLike | None = None) -> Floats:
        """log p(votes | true, seen), (N, K, K), [n, true, seen].

        Args:
            counts: (N, A) votes for each answer, whole numbers >= 0; an object without votes tells nothing: 0.
            observables: what ShareLaw takes; this law does not need it.

        Raises:
            ValueError: if counts has another shape, or a count is negative, not whole or not finite.
        """
        votes = np.asarray(counts, dtype=np.float64)
        c = np.array(self.concentration)
        if votes.ndim != 2 or votes.shape[1] != c.shape[2]:
            raise ValueError(f"counts must have shape (N, {c.shape[2]}). Received: {votes.shape}")
        if not (np.isfinite(votes) & (votes >= 0) & (votes == np.rint(votes))).all():
            raise ValueError("counts must be whole numbers >= 0. Received: others; give counts, not fractions")
        total = votes.sum(axis=1)
        orders = special.gammaln(total + 1.0) - special.gammaln(votes + 1.0).sum(axis=1)
        return np.asarray(orders[:, None, None] + log_beta(votes[:, None, None, :] + c) - log_beta(c))

    def shares(self, p_true: npt.ArrayLike, law: Law, observables: npt.ArrayLike | None = None) -> Floats:
        """(N, A) share of the votes that each answer is expected to get.

        Formula: E[v_a / n | x, alpha] = sum over k and j of
        p(y = k | x) p(seen = j | y = k, alpha) c_kja / (sum over b of c_kjb).

        Args:
            p_true: (N, K) p(y | x).
            law: the law of mislabelling.
            observables: (N,) or (N, J), as the law takes them; None: the best resolution, where seen is true.

        Examples:
            >>> from truemorph.components.laws import ExponentialLaw
            >>> votes = VoteLaw((((8.0, 2.0), (2.0, 8.0)), ((6.0, 4.0), (2.0, 8.0))))
            >>> law = ExponentialLaw(9.0)  # at alpha = 9 a disk is flipped with exp(-1/2) = 0.607
            >>> round(0.3 * 0.2 + 0.7 * (0.607 * 0.4 + 0.393 * 0.8), 3), round(0.3 * 0.2 + 0.7 * 0.8, 3)  # for disk
            (0.45, 0.62)
            >>> votes.shares([[0.3, 0.7]], law, [9.0])[:, 1].round(3), votes.shares([[0.3, 0.7]], law)[:, 1].round(3)
            (array([0.45]), array([0.62]))
        """
        p = np.asarray(p_true, np.float64)
        c = np.array(self.concentration)
        k = len(c)
        seen = np.broadcast_to(np.eye(k), (len(p), k, k)) if observables is None else law.matrix(observables)
        return np.einsum("nk,nkj,kja->na", p, seen, c / c.sum(axis=2, keepdims=True))

    def get_config(self) -> dict[str, Any]:
        """The law of votes as JSON values."""
        return {"concentration": [[list(answers) for answers in row] for row in self.concentration]}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "VoteLaw":
        """The law of votes of a configuration; raises ValueError where it is none."""
        if set(config) != {"concentration"}:
            raise ValueError(f'votes must be {{"concentration": ...}}. Received: {dict(config)}')
        return cls(config["concentration"])


def log_beta(c: Floats) -> Floats:
    """log of the multivariate Beta function over the last axis: sum of log Gamma(c_a) - log Gamma(sum of c_a)."""
    return np.asarray(special.gammaln(c).sum(axis=-1) - special.gammaln(c.sum(axis=-1)))


def even_votes(k: int = len(CLASS_NAMES)) -> VoteLaw:
    """Where a fit starts: K answers, the class seen gets three votes for one of each other, flipped or not.

    Examples:
        >>> even_votes().concentration[0][0]
        (6.0, 2.0)
    """
    seen = 2.0 + 4.0 * np.eye(k)
    return VoteLaw(np.broadcast_to(seen, (k, k, k)).tolist())
