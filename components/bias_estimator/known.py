"""A law from galaxies whose true class is known: experts, a deeper survey, the same galaxies degraded."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from truemorph.components.laws import CatalogueLikelihood, FlipLaw, GalaxyLaw
from truemorph.components.laws.base import Floats
from truemorph.components.laws.galaxy import SLOPE_PRIOR
from truemorph.components.laws.kinds import starting_law, table_prior

FOLDS, DRAWS = 5, 1000
START_SPREAD = 0.5
_SURE = 700.0
"""Logit of p(disk | x) of a galaxy that is known to be a disk."""
Labels = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Candidate:
    """A form of the law that is tried: its kind, with or without the observables and the spread of what is unseen."""

    kind: str
    observables: bool
    spread: bool

    @property
    def name(self) -> str:
        """In words, such as 'exponential, observables, spread'."""
        return ", ".join([self.kind, *(word for word in ("observables", "spread") if getattr(self, word))])


def candidates(kinds: Sequence[str], observables: bool) -> list[Candidate]:
    """What is tried: every kind, each alone, with the spread, and, where there are any, with the observables."""
    uses = (False, True) if observables else (False,)
    return [Candidate(*each) for each in itertools.product(kinds, uses, (False, True))]


def fit_known(
    candidate: Candidate, observables: Floats, seen_disk: Labels, names: Sequence[str]
) -> tuple[CatalogueLikelihood, Floats]:
    """Maximum likelihood of a law from the labels of disks.

    Formula: maximise prod_i p_flip(o_i) where smooth was seen and 1 - p_flip(o_i) where disk was; slopes have a normal
    prior of width 0.5, the increments of a tabulated law one about the exponential law.

    Args:
        candidate: the form.
        observables: (N, 1 + J) alpha, and the observables.
        seen_disk: (N,) whether the label is disk, of galaxies that are disks.
        names: (J,) names of the observables.

    Returns:
        The likelihood and where it is greatest; its law_at gives the law.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> alpha = rng.uniform(3, 40, (4000, 1))
        >>> seen = rng.random(4000) > np.exp(-alpha[:, 0] ** 2 / (2 * 10.0**2))
        >>> likelihood, at = fit_known(Candidate("exponential", False, False), alpha, seen, ())
        >>> abs(likelihood.law_at(at).scale - 10.0) < 0.3
        True

    References:
        Medina-Rosales & Cabrera-Vives 2021, equation 4.
    """
    alpha = observables[:, 0]
    # About where half of the disks are seen.
    form: FlipLaw = starting_law(candidate.kind, float(np.quantile(alpha, 1.0 - seen_disk.mean())), alpha)
    prior, free = table_prior(form), list(form.parameters)
    law, taken = form, alpha
    if candidate.observables or candidate.spread:
        used = observables[:, 1:] if candidate.observables else observables[:, :0]
        std = used.std(axis=0)
        own = tuple(names) if candidate.observables else ()
        spread = START_SPREAD if candidate.spread else 0.0
        law = GalaxyLaw(form, own, used.mean(axis=0), np.where(std > 0, std, 1.0), np.zeros(len(own)), spread)  # type: ignore[arg-type]
        prior = {**prior, "slope": (np.zeros(len(own)), SLOPE_PRIOR)}
        free += ["slope"] + ["spread"] * candidate.spread
        taken = np.column_stack([alpha, used])
    nothing = np.zeros((len(alpha), 0))
    likelihood = CatalogueLikelihood(nothing, seen_disk.astype(np.int64), taken, law, free=free, prior=prior)
    return likelihood, likelihood.minimise(likelihood.start(np.array([_SURE])), [0])[1]


def log_loss(law: FlipLaw, observables: Floats, seen_disk: Labels) -> Floats:
    """(N,) minus the logarithm of the probability of each disk's label."""
    taken = observables[:, : 1 + len(law.observables)]
    return -np.where(seen_disk, law.log_keep(taken), law.log_flip(taken))


def held_out_loss(
    candidate: Candidate, observables: Floats, seen_disk: Labels, names: Sequence[str], groups: npt.NDArray[np.int64]
) -> Floats:
    """(N,) the log-loss of each label under the law fitted without its group and a fifth of the others.

    Args:
        groups: (N,) number of each picture's galaxy; pictures of one galaxy are held out together.
    """
    order = np.random.default_rng(0).permutation(groups.max() + 1)
    fold = (order % min(FOLDS, len(order)))[groups]
    loss = np.zeros(len(groups))
    for k in np.unique(fold):
        out = fold == k
        likelihood, at = fit_known(candidate, observables[~out], seen_disk[~out], names)
        loss[out] = log_loss(likelihood.law_at(at), observables[out], seen_disk[out])
    return loss


def bootstrap(
    likelihood: CatalogueLikelihood, at: Floats, groups: npt.NDArray[np.int64], seed: int = 0
) -> tuple[tuple[float, float], Floats]:
    """The 95 % interval of the scale and the standard errors of the law's elements, from groups drawn with replacement.

    Each draw takes one Newton step from the maximum: at + H^-1 sum over groups of (times drawn) score of the group.

    References:
        Hu & Kalbfleisch 2000, Canadian Journal of Statistics 28, 449 (bootstrap of the estimating function).
    """
    d, count = likelihood.d, groups.max() + 1
    scores = np.zeros((count, at.size - d))
    np.add.at(scores, groups, likelihood.scores(at)[:, d:])
    inverse = np.linalg.pinv(likelihood.information(at)[d:, d:])
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1.0 / count), DRAWS) - 1.0
    moved = at[d:] - drawn @ scores @ inverse
    scales = [likelihood.law_at(np.append(at[:d], each)).scale for each in moved]
    low, high = np.quantile(scales, [0.025, 0.975])
    return (float(low), float(high)), moved.std(axis=0)
