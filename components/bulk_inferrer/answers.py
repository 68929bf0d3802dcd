"""What the networks of a model say of galaxies, each for itself, and what is published of it."""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from truemorph.components.artifacts.predictions import SURENESS
from truemorph.components.certainty.spread import entropies, interval
from truemorph.components.examples.draws import folds_of

Floats = npt.NDArray[np.float64]


class Answers(NamedTuple):
    """Of N galaxies by the M networks of the folds; NaN where a network does not know.

    Args:
        z: (N, M) logit of p(disk | x).
        variance: (N, M) of z, by what the labels tell.
        drift: (N, M) of z, for one standard deviation of theta.
        nearer: (N, M) share of galaxies held back that are nearer to the training set.
    """

    z: Floats
    variance: Floats
    drift: Floats
    nearer: Floats

    @classmethod
    def joined(cls, parts: Sequence[Self], networks: int = 1) -> Self:
        """Parts one after the other."""
        if not parts:
            return cls(*(np.empty((0, networks)) for _ in cls._fields))
        return cls(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def published(self, asked: npt.NDArray[np.bool_] | None = None) -> dict[str, Floats]:
        """p_disk and how sure it is.

        Formula: the mean p of the n networks that are asked; the variance of its logit is their mean variance, plus the
        spread of all networks' logits over n, plus the square of the mean drift.

        Args:
            asked: (N, M) which networks are asked, one a galaxy at least; None: all.

        Returns:
            (N,) each: p_disk, and SURENESS.

        Examples:
            >>> one = Answers(*(np.array([[value]]) for value in (0.0, 0.64, 0.6, 0.5)))
            >>> {name: float(value[0].round(3)) for name, value in one.published().items()}["p_disk_hi"]
            0.731
        """
        who = np.ones(self.z.shape, bool) if asked is None else asked
        n = who.sum(axis=1)
        p_disk, variance, drift, nearer = (
            np.where(who, values, 0.0).sum(axis=1) / n for values in (expit(self.z), *self[1:])
        )
        spread = self.z.var(axis=1, ddof=1) / n if self.z.shape[1] > 1 else 0.0
        total = variance + spread + np.square(drift)
        told = (*interval(p_disk, total), *entropies(p_disk, total), nearer)
        return {"p_disk": p_disk, **dict(zip(SURENESS, told, strict=True))}


def asked(objids: Sequence[str], trained: npt.NDArray[np.bool_], seed: int, folds: int) -> npt.NDArray[np.bool_]:
    """Which networks are asked for the answer to publish, (N, folds).

    Of a training galaxy it is the one that did not learn from it, of others all.

    Args:
        objids: (N,) ids.
        trained: (N,) whether the galaxy is one of those that the networks were trained on.
        seed: of the folds.
        folds: how many; with one network there is nothing to choose.
    """
    return ~trained[:, None] | (folds_of(objids, seed, folds)[:, None] == np.arange(folds))
