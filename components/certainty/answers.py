"""What the networks of a model say of galaxies, each for itself, and what is published of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from truemorph.components.artifacts.predictions import SURENESS, numbers_of
from truemorph.components.certainty.spread import entropies, entropies_of_classes, interval, log_expit
from truemorph.components.examples.draws import folds_of

Array = Any
Flags = npt.NDArray[np.bool_]


class Answers(NamedTuple):
    """Of N galaxies by the M networks of the folds; NaN where a network does not know.

    Args:
        z: (N, M) logit of p(disk | x).
        variance: (N, M) of z, by what the labels tell.
        drift: (N, M) of z, for one standard deviation of theta.
        nearer: (N, M) share of galaxies held back that are nearer to the training set.
    """

    z: Array
    variance: Array
    drift: Array
    nearer: Array

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Parts, one at least, one after the other."""
        return cls(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def published(self, asked: Flags | None = None, xp: Any = np) -> dict[str, Array]:
        """p_disk and how sure it is.

        Formula: the mean p of the n networks that are asked; the variance of its logit is their mean variance, plus the
        spread of all networks' logits over n, plus the square of the mean drift.

        Args:
            asked: (N, M) which networks are asked, one a galaxy at least; None: all.
            xp: numpy, or keras.ops within a network.

        Returns:
            (N,) each: p_disk, and SURENESS.

        Examples:
            >>> one = Answers(*(np.array([[value]]) for value in (0.0, 0.64, 0.6, 0.5)))
            >>> {name: float(value[0].round(3)) for name, value in one.published().items()}["p_disk_hi"]
            0.731
        """
        z, variance, nearer = self.together(asked, xp)
        told = (*interval(z, variance, xp), *entropies(z, variance, xp), nearer)
        return {"p_disk": xp.exp(log_expit(z, xp)), **dict(zip(SURENESS, told, strict=True))}

    def together(self, asked: Flags | None = None, xp: Any = np) -> tuple[Array, Array, Array]:
        """(N,) each: logit of the published p, the variance of that logit, and the share of galaxies that are nearer.

        Args:
            asked: see published.
            xp: see published.
        """
        who = xp.ones_like(self.z) if asked is None else asked.astype(np.float64)
        n, networks = xp.sum(who, axis=1), self.z.shape[1]

        def mean(values: Array) -> Array:
            return xp.sum(xp.where(who > 0.0, values, 0.0), axis=1) / n

        middle = xp.sum(self.z, axis=1, keepdims=True) / networks
        spread = xp.sum(xp.square(self.z - middle), axis=1) / max(networks - 1, 1) / n
        variance = mean(self.variance) + spread + xp.square(mean(self.drift))
        return self.logit(who, xp), variance, mean(self.nearer)

    def logit(self, who: Array, xp: Any = np) -> Array:
        """(N,) logit of the mean p of the networks asked, finite even where float64 knows no difference from 0 or 1.

        Args:
            who: (N, M) 1 for those asked, else 0.
            xp: see published.
        """
        disk, smooth = (
            xp.sum(xp.where(who > 0.0, xp.exp(log_expit(sign * self.z, xp)), 0.0), axis=1) for sign in (1.0, -1.0)
        )
        return xp.log(disk) - xp.log(smooth)


@dataclass(frozen=True)
class SeveralAnswers:
    """The same for classes of your own.

    Args:
        each: K answers, to whether a galaxy is of that class or of the rest.
        classes: (K,) their names.
    """

    each: tuple[Answers, ...]
    classes: tuple[str, ...]

    @classmethod
    def of(cls, z: Array, variance: Array, nearer: Array, classes: tuple[str, ...]) -> Self:
        """From (N, M, K) logit p_k and its variance, and (N, M) the share that is nearer."""
        each = (Answers(z[:, :, k], variance[:, :, k], 0.0 * nearer, nearer) for k in range(len(classes)))
        return cls(tuple(each), tuple(classes))

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Parts, one at least, one after the other."""
        columns = zip(*(part.each for part in parts), strict=True)
        return cls(tuple(Answers.joined(column) for column in columns), parts[0].classes)

    def published(self, asked: Flags | None = None, xp: Any = np) -> dict[str, Array]:
        """p of each class and how sure it is, (N,) each; see Answers.

        Args:
            asked: see Answers.published.
            xp: see Answers.published.

        Examples:
            >>> unknown = np.full((1, 2, 2), np.nan)
            >>> logits = np.log([[[3.0, 1 / 3], [1 / 3, 3.0]]])
            >>> two = SeveralAnswers.of(logits, unknown, unknown[..., 0], ("plain", "ring"))
            >>> [two.published(who)["p_ring"].round(6).tolist() for who in (None, np.array([[False, True]]))]
            [[0.5], [0.75]]
        """
        z, variance, nearer = zip(*(answers.together(asked, xp) for answers in self.each), strict=True)
        low, high = zip(*(interval(*both, xp) for both in zip(z, variance, strict=True)), strict=True)
        p = [xp.exp(log_expit(one, xp)) for one in z]
        told = (*p, *low, *high, *entropies_of_classes(z, variance, xp), nearer[0])
        return dict(zip(numbers_of(self.classes), told, strict=True))


def asked(objids: Sequence[str], trained: Flags, seed: int, folds: int) -> Flags:
    """Which networks are asked for the answer to publish, (N, folds).

    Of a training galaxy it is the one that did not learn from it, of others all.

    Args:
        objids: (N,) ids.
        trained: (N,) whether the galaxy is one of those that the networks were trained on.
        seed: of the folds.
        folds: how many; with one network there is nothing to choose.
    """
    return ~trained[:, None] | (folds_of(objids, seed, folds)[:, None] == np.arange(folds))
