"""The law of votes of a sky, from the votes, the resolution and what is known of the classes, by EM."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import optimize, special

from truemorph.components.errors import InputError
from truemorph.components.examples.table import read_table
from truemorph.components.laws import FlipLaw, Law, ShareLaw, VoteLaw, cv14_p_disk
from truemorph.components.laws.votes import even_votes, log_beta
from truemorph.components.trainer.shares import fit_shares

Floats = npt.NDArray[np.float64]
COUNTS = ("smooth_count", "disk_count")
"""The votes that teach, in the order of the classes; those for an artifact say nothing about smooth or disk."""
PRIOR = 0.5
"""Width of the prior on the logarithm of each concentration, about that of the galaxies which are what they look like:
where few labels are flipped, a flipped disk is taken to have the votes of a smooth galaxy."""
_SWEEPS, _TOLERANCE = 100, 1e-6


def fit_votes(
    counts: npt.ArrayLike, alpha: npt.ArrayLike, law: Law, p_true: npt.ArrayLike | None = None
) -> tuple[VoteLaw, float]:
    """Concentrations of the law of votes by maximum likelihood, the law of mislabelling being given.

    Formula: maximise prod_i sum_{k,j} p(y = k | x_i) p(seen = j | y = k, alpha_i) p(votes_i | k, j), by EM: the E-step
    gives each object's share in each pair (k, j), the M-step fits one Dirichlet-multinomial to each pair. Each pair has
    a normal prior on its log concentrations, about those of (j, j).

    Args:
        counts: (N, K) votes for each class, whole numbers >= 0.
        alpha: (N,) resolution, dimensionless, > 0.
        law: the law of mislabelling.
        p_true: (N, K) p(y | x) where something is known of the classes, such as CV14's; None: one share of the classes
            for all objects, learnt here.

    Returns:
        The law of votes, and the log-likelihood at the maximum, summed over objects.

    Example:
        >>> from truemorph.components.laws import ExponentialLaw
        >>> rng, law = np.random.default_rng(0), ExponentialLaw(9.18)
        >>> alpha = rng.uniform(4, 35, 3000)
        >>> disk = rng.random(3000) < 0.6
        >>> seen = disk & (rng.random(3000) > law.flip_probability(alpha))
        >>> share = np.where(seen, rng.beta(2, 8, 3000), np.where(disk, rng.beta(6, 4, 3000), rng.beta(9, 2, 3000)))
        >>> smooth = rng.binomial(40, share)
        >>> fit, _ = fit_votes(np.stack([smooth, 40 - smooth], axis=1), alpha, law)
        >>> mean = np.array(fit.concentration)[..., 0] / np.sum(fit.concentration, axis=-1)
        >>> mean.round(1).tolist()  # a share of 9/11 of smooth galaxies, 6/10 of flipped disks, 2/10 of disks
        [[0.8, 0.2], [0.6, 0.2]]
    """
    votes, confusion = np.asarray(counts, np.float64), law.log_confusion(np.asarray(alpha, np.float64))
    k = len(law.classes)
    shares = np.full((len(votes), k), 1.0 / k) if p_true is None else np.asarray(p_true, np.float64)
    pairs, place = np.unique(votes, axis=0, return_inverse=True)
    place = place.ravel()
    current, before = even_votes(k), -np.inf
    with np.errstate(divide="ignore"):
        for _ in range(_SWEEPS):
            joint = np.log(shares)[:, :, None] + confusion + current.log_votes(pairs)[place]
            total = special.logsumexp(joint, axis=(1, 2))
            weights = np.exp(joint - total[:, None, None])
            if p_true is None:
                shares = np.broadcast_to(weights.sum(axis=2).mean(axis=0), shares.shape)
            value = float(total.sum())
            if value - before < _TOLERANCE * abs(value):
                break
            before = value
            of_pairs = np.stack([np.bincount(place, weights=w) for w in weights.reshape(-1, k * k).T], axis=-1)
            current = _maximised(
                pairs, np.asarray(of_pairs, np.float64).reshape(-1, k, k), np.log(np.array(current.concentration))
            )
    return current, value


def all_counted(examples: Path) -> bool:
    """Whether every training galaxy of a dataset that has a raw label has counts of votes, and there is one."""
    table = read_table(examples, "train", ["label_raw", *COUNTS])
    table = table[table["label_raw"].notna()]
    return len(table) > 0 and bool(table[list(COUNTS)].notna().all(axis=None))


def sky_votes(examples: Path, law: FlipLaw, bias_law: Mapping[str, Any]) -> VoteLaw | ShareLaw:
    """The law of votes of a dataset's training split: the more likely of VoteLaw and ShareLaw.

    Where the law is to be learnt with the network it is VoteLaw, for the other does not go through the labels.

    Args:
        examples: folder that ExampleGen wrote.
        law: the law of mislabelling.
        bias_law: content of bias_law.json, whose CV14 fit tells the classes where it is known.

    Raises:
        InputError: if no training galaxy has counts of votes.
    """
    features = (bias_law.get("cv14") or {}).get("features", [])
    table = read_table(examples, "train", list(dict.fromkeys(["alpha", *COUNTS, *features, *law.observables])))
    table = table[table[list(COUNTS)].notna().all(axis=1)]
    if table.empty:
        raise InputError(
            f"{examples}/Split-train: no galaxy has counts of votes; give votes with counts, or trainer.evidence=labels"
        )
    return law_of_votes(table, law, bias_law)


def law_of_votes(table: pd.DataFrame, law: FlipLaw, bias_law: Mapping[str, Any]) -> VoteLaw | ShareLaw:
    """The law of votes of galaxies, see `sky_votes`.

    Args:
        table: their alpha, counts of votes, features of CV14's fit and what the law takes; one galaxy at least.
        law: the law of mislabelling.
        bias_law: content of bias_law.json.
    """
    cv14, p_disk = bias_law.get("cv14"), np.full(len(table), np.nan)
    if cv14 and cv14["features"]:
        p_disk = cv14_p_disk(cv14, table[list(cv14["features"])].to_numpy(np.float64), table["alpha"])
    known = np.isfinite(p_disk)
    # Where structure is known for some only, the others take the share of these.
    p_true = None
    if known.any():
        p_disk = np.where(known, p_disk, p_disk[known].mean())
        p_true = np.stack([1.0 - p_disk, p_disk], axis=1)
    counts, observed = table[list(COUNTS)].to_numpy(np.float64), law.columns(table)
    votes, likely = fit_votes(counts, observed, law, p_true)
    if bias_law.get("learn"):
        return votes
    shares, other = fit_shares(counts, observed, law, p_true)
    return shares if other > likely else votes


def _maximised(pairs: Floats, weights: Floats, start: Floats) -> VoteLaw:
    """The concentrations (K, K, A) that fit weighted votes best; (j, j) first, the middle of the priors of (k, j)."""
    k = weights.shape[1]
    middle = np.log(np.array(even_votes(k).concentration))
    out = np.empty_like(start)
    for seen in range(k):
        out[seen, seen] = _one(pairs, weights[:, seen, seen], start[seen, seen], middle[seen, seen], 2.0)
        for true in range(k):
            if true != seen:
                out[true, seen] = _one(pairs, weights[:, true, seen], start[true, seen], out[seen, seen], PRIOR)
    return VoteLaw(np.exp(out).tolist())


def _one(votes: Floats, weights: Floats, start: Floats, middle: Floats, width: float) -> Floats:
    """Log concentrations (A,) of one Dirichlet-multinomial."""

    def value(raw: Floats) -> tuple[float, Floats]:
        c = np.exp(raw)
        total, n = c.sum(), votes.sum(axis=1)
        away = (raw - middle) / width
        by_c = (
            special.digamma(votes + c)
            - special.digamma(c)
            - (special.digamma(n + total) - special.digamma(total))[:, None]
        )
        fit = weights @ (log_beta(votes + c) - log_beta(c))
        return float(0.5 * away @ away - fit), away / width - c * (weights @ by_c)

    return optimize.minimize(value, start, jac=True, method="L-BFGS-B", bounds=[(-5.0, 8.0)] * len(start)).x
