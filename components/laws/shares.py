"""A law of vote shares: a disk loses votes gradually where it is badly resolved."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from truemorph.components.classes import DISK, SMOOTH
from truemorph.components.laws.base import FlipLaw, Floats, Law
from truemorph.components.laws.registry import law_from_config

_EDGE = 1e-9


@dataclass(frozen=True)
class ShareLaw:
    """p(votes | true class, alpha): Beta-binomial, its mean for a disk falling from that of a blur to that of a disk.

    Beside VoteLaw, in which a disk either looks smooth or does not: here all disks lose votes for features as alpha
    falls, each by its own theta.

    Formula: a smooth galaxy has a mean share `smooth` of votes for smooth; a disk m = disk + (blurred - disk)
    p_flip(alpha / stretch), p_flip that of the law, and the mean over what the law does not see is taken of p(votes).
    p(votes) = BetaBinomial(n, c m, c (1 - m)).

    Args:
        law: the law of mislabelling, with theta of each galaxy's own where it has one.
        smooth: mean share of votes for smooth of a smooth galaxy, in (0, 1).
        disk: that of a disk seen well, in (0, 1).
        blurred: that of a disk of which nothing is resolved, in (0, 1).
        concentration: c of smooth galaxies and of disks, each > 0.
        stretch: theta of the votes in that of the labels, > 0.

    Raises:
        ValueError: if a number is out of range.

    Examples:
        >>> from truemorph.components.laws import ExponentialLaw
        >>> law = ShareLaw(ExponentialLaw(9.0), 0.8, 0.2, 0.8, (10.0, 10.0), 1.0)
        >>> import math
        >>> def loop(smooth, disk, a, b):  # an urn: each vote adds a ball of its colour
        ...     p = float(math.comb(smooth + disk, smooth))
        ...     for i in range(smooth):
        ...         p *= (a + i) / (a + b + i)
        ...     for i in range(disk):
        ...         p *= (b + i) / (a + b + smooth + i)
        ...     return p
        >>> m = 0.2 + 0.6 * math.exp(-0.5)
        >>> [round(loop(3, 2, 8.0, 2.0), 4), round(loop(3, 2, 10 * m, 10 * (1 - m)), 4)]
        [0.1798, 0.2783]
        >>> np.exp(law.log_votes([[3, 2]], [9.0])[0, :, 0]).round(4).tolist()
        [0.1798, 0.2783]

    References:
        Willett et al. 2017 (FERENGI: shares of votes against redshift); Skellam 1948 (Beta-binomial).
    """

    law: FlipLaw
    smooth: float
    disk: float
    blurred: float
    concentration: tuple[float, float]
    stretch: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "concentration", tuple(float(c) for c in self.concentration))
        shares, positive = (self.smooth, self.disk, self.blurred), (*self.concentration, self.stretch)
        good = all(0 < share < 1 for share in shares) and len(self.concentration) == 2
        if not (good and all(np.isfinite(value) and value > 0 for value in positive)):
            raise ValueError(f"shares must be in (0, 1), concentration and stretch > 0. Received: {self}")

    def log_votes(self, counts: npt.ArrayLike, observables: npt.ArrayLike) -> Floats:
        """log p(votes | true, seen), (N, 2, 2), [n, true, seen], the same whatever is seen.

        Args:
            counts: (N, 2) votes for smooth and for disk, whole numbers >= 0.
            observables: (N,) alpha or (N, 1 + J), as the law takes them.
        """
        votes = np.asarray(counts, np.float64)
        weights, flip, _ = flips_unseen(self.law, np.asarray(observables, np.float64), self.stretch)
        of_smooth = beta_binomial(votes, np.array(self.smooth), self.concentration[0])
        mean = self.disk + (self.blurred - self.disk) * flip
        of_disk = special.logsumexp(weights[:, None] + beta_binomial(votes, mean, self.concentration[DISK]), axis=0)
        return np.repeat(np.stack([of_smooth, of_disk], axis=1)[:, :, None], 2, axis=2)

    def shares(self, p_true: npt.ArrayLike, law: Law, observables: npt.ArrayLike | None = None) -> Floats:
        """(N, 2) share of the votes for smooth and for disk that is expected.

        Formula: E[v_smooth / n | x, alpha] = p(smooth | x) smooth + p(disk | x) m, with m of the class.

        Args:
            p_true: (N, 2) p(y | x).
            law: not needed: this law has its own.
            observables: (N,) alpha or (N, 1 + J); None: the best resolution, where p_flip is 0.

        Examples:
            >>> from truemorph.components.laws import ExponentialLaw
            >>> votes = ShareLaw(ExponentialLaw(9.0), 0.8, 0.2, 0.7, (10.0, 10.0), 1.0)
            >>> round(0.3 * 0.2 + 0.7 * (1 - 0.2 - 0.5 * 0.6065), 4), round(0.3 * 0.2 + 0.7 * 0.8, 4)  # for disk
            (0.4077, 0.62)
            >>> at, best = (votes.shares([[0.3, 0.7]], votes.law, seen)[0, 1] for seen in ([9.0], None))
            >>> round(float(at), 4), round(float(best), 4)
            (0.4077, 0.62)
        """
        p = np.asarray(p_true, np.float64)
        flip = np.zeros(len(p))
        if observables is not None:
            weights, flips, _ = flips_unseen(self.law, np.asarray(observables, np.float64), self.stretch)
            flip = np.exp(weights) @ flips
        smooth = p[:, SMOOTH] * self.smooth + p[:, DISK] * (self.disk + (self.blurred - self.disk) * flip)
        return np.stack([smooth, 1.0 - smooth], axis=1)

    def get_config(self) -> dict[str, Any]:
        """The law of shares as JSON values."""
        names = ("smooth", "disk", "blurred", "stretch")
        numbers = {name: float(getattr(self, name)) for name in names}
        return {"law": self.law.get_config(), "concentration": list(self.concentration), **numbers}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "ShareLaw":
        """The law of shares of a configuration."""
        law = law_from_config(config["law"])
        if not isinstance(law, FlipLaw):
            raise ValueError(f"law must be one of two classes. Received: {config['law']}")
        return cls(**{**config, "law": law})


def flips_unseen(law: FlipLaw, observables: Floats, stretch: float) -> tuple[Floats, Floats, Floats]:
    """log weights (Q,) of what the law does not see; p_flip (Q, N) at alpha / stretch, its derivative by ln stretch."""
    scaled = np.array(observables, np.float64)
    if scaled.ndim == 1:
        scaled = scaled[:, None]
    scaled[:, 0] /= stretch
    weights, parts = law.by_node(scaled if scaled.shape[1] > 1 else scaled[:, 0])
    flip = np.exp(-np.stack([part.u for part in parts]))
    return weights, flip, flip * np.stack([part.by_alpha for part in parts])


def beta_binomial(votes: Floats, mean: Floats, concentration: float) -> Floats:
    """log BetaBinomial(v_smooth | n, c m, c (1 - m)), (..., N), for votes (N, 2) and means (..., N) or ()."""
    smooth, disk = votes.T
    a = concentration * np.clip(mean, _EDGE, 1.0 - _EDGE)
    b = concentration - a
    orders = special.gammaln(smooth + disk + 1.0) - special.gammaln(smooth + 1.0) - special.gammaln(disk + 1.0)
    return np.asarray(orders + special.betaln(smooth + a, disk + b) - special.betaln(a, b))
