"""The law of vote shares of a sky, by maximum likelihood."""

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

from truemorph.components.laws import FlipLaw, ShareLaw
from truemorph.components.laws.shares import beta_binomial, flips_unseen

Floats = npt.NDArray[np.float64]
FEW = 20_000
"""Objects that the fit takes at most: it has six numbers to find."""
START = np.array([1.1, -1.4, 1.1, 2.1, 2.1, 0.0])
"""logit of the shares smooth, disk and blurred; ln concentrations; ln stretch."""
WIDTH = np.array([2.0, 2.0, 2.0, 2.0, 2.0, 0.5])
"""Widths of the normal priors about the start; blurred has one about smooth besides, for few disks are so."""
BLURRED = 0.5


def fit_shares(
    counts: npt.ArrayLike, observables: npt.ArrayLike, law: FlipLaw, p_true: npt.ArrayLike | None = None
) -> tuple[ShareLaw, float]:
    """Shares, concentrations and stretch of a ShareLaw, the law of mislabelling being given.

    Formula: maximise prod_i sum_k p(y = k | x_i) p(votes_i | k, alpha_i).

    Args:
        counts: (N, 2) votes for smooth and for disk, whole numbers >= 0.
        observables: (N,) alpha or (N, 1 + J), as the law takes them.
        law: the law of mislabelling.
        p_true: (N, 2) p(y | x) where something is known of the classes; None: one share for all objects, learnt here.

    Returns:
        The law of shares, and the log-likelihood at the maximum, summed over all objects.

    Examples:
        >>> from truemorph.components.laws import ExponentialLaw
        >>> rng, law = np.random.default_rng(0), ExponentialLaw(9.18)
        >>> alpha, disk = rng.uniform(4, 35, 3000), rng.random(3000) < 0.6
        >>> mean = np.where(disk, 0.2 + 0.6 * law.flip_probability(alpha), 0.8)
        >>> smooth = rng.binomial(40, rng.beta(10 * mean, 10 * (1 - mean)))
        >>> fit, _ = fit_shares(np.stack([smooth, 40 - smooth], axis=1), alpha, law)
        >>> bool(max(abs(fit.smooth - 0.8), abs(fit.disk - 0.2), abs(fit.stretch - 1.0)) < 0.1)
        True
    """
    votes, observed = np.asarray(counts, np.float64), np.asarray(observables, np.float64)
    rows = np.random.default_rng(0).permutation(len(votes))[:FEW]
    known = None if p_true is None else np.asarray(p_true, np.float64)
    few = None if known is None else known[rows]
    start = START if known is not None else np.append(START, 0.0)
    found = optimize.minimize(
        lambda raw: _value(raw, votes[rows], observed[rows], law, few), start, jac=True, method="L-BFGS-B"
    ).x
    fitted = _law_at(found, law)
    log_p = fitted.log_votes(votes, observed)[:, :, 0]
    with np.errstate(divide="ignore"):
        share = np.log(_shares(found, len(votes)) if known is None else known)
    return fitted, float(special.logsumexp(share + log_p, axis=1).sum())


def _law_at(raw: Floats, law: FlipLaw) -> ShareLaw:
    shares, positive = special.expit(np.clip(raw[:3], -12, 12)), np.exp(np.clip(raw[3:6], -5, 8))
    smooth, disk, blurred = shares.tolist()
    return ShareLaw(law, smooth, disk, blurred, (float(positive[0]), float(positive[1])), float(positive[2]))


def _shares(raw: Floats, n: int) -> Floats:
    """One share of the classes for all."""
    p = special.expit(raw[6])
    return np.broadcast_to(np.array([1.0 - p, p]), (n, 2))


def _value(raw: Floats, votes: Floats, observed: Floats, law: FlipLaw, known: Floats | None) -> tuple[float, Floats]:
    """Negative log-likelihood with the priors, and its gradient."""
    at, gradient = _law_at(raw, law), np.zeros_like(raw)
    weights, flip, by_stretch = flips_unseen(law, observed, at.stretch)
    mean = at.disk + (at.blurred - at.disk) * flip
    logs = weights[:, None] + beta_binomial(votes, mean, at.concentration[1])
    of_disk = special.logsumexp(logs, axis=0)
    of_smooth = beta_binomial(votes, np.array(at.smooth), at.concentration[0])
    p = _shares(raw, len(votes)) if known is None else known
    with np.errstate(divide="ignore"):
        total = np.logaddexp(np.log(p[:, 0]) + of_smooth, np.log(p[:, 1]) + of_disk)
    disk = np.exp(np.log(np.maximum(p[:, 1], 1e-300)) + of_disk - total)
    by_mean, by_c = _slopes(votes, mean, at.concentration[1])
    share = np.exp(logs - of_disk) * disk
    gradient[1] = (share * by_mean * (1.0 - flip)).sum() * at.disk * (1.0 - at.disk)
    gradient[2] = (share * by_mean * flip).sum() * at.blurred * (1.0 - at.blurred)
    gradient[4] = (share * by_c).sum() * at.concentration[1]
    gradient[5] = (share * by_mean * (at.blurred - at.disk) * by_stretch).sum()
    by_mean, by_c = _slopes(votes, np.array(at.smooth), at.concentration[0])
    gradient[0] = ((1.0 - disk) * by_mean).sum() * at.smooth * (1.0 - at.smooth)
    gradient[3] = ((1.0 - disk) * by_c).sum() * at.concentration[0]
    if known is None:
        gradient[6] = (disk - p[:, 1]).sum()
    away, apart = (raw[:6] - START) / WIDTH, (raw[2] - raw[0]) / BLURRED
    gradient[:6] -= away / WIDTH
    gradient[2] -= apart / BLURRED
    gradient[0] += apart / BLURRED
    return float(0.5 * away @ away + 0.5 * apart**2 - total.sum()), -gradient


def _slopes(votes: Floats, mean: Floats, c: float) -> tuple[Floats, Floats]:
    """Derivatives of log BetaBinomial by the mean and by the concentration."""
    smooth, disk = votes.T
    a, b = c * mean, c * (1.0 - mean)
    by_a = special.digamma(smooth + a) - special.digamma(a)
    by_b = special.digamma(disk + b) - special.digamma(b)
    both = special.digamma(smooth + disk + c) - special.digamma(c)
    return c * (by_a - by_b), mean * by_a + (1.0 - mean) * by_b - both
