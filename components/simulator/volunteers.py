"""The votes of a simulated sky: what volunteers answer, and the table that is published."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import bdtr, betaincinv, ndtri

from truemorph.components.laws import DISK
from truemorph.components.simulator.hart import debias
from truemorph.components.simulator.kind import PLAIN, Kind
from truemorph.components.simulator.survey import ARTIFACT

Floats = npt.NDArray[np.float64]

ANSWERS = (
    "t01_smooth_or_features_a01_smooth",
    "t01_smooth_or_features_a02_features_or_disk",
    "t01_smooth_or_features_a03_star_or_artifact",
)
DRAWS = 12
EMPTY_SHARE = 0.004
STEEPNESS = 3.0  # of a volunteer's chance to see features, in ln alpha
HALFWAY = 1.18  # alpha / theta at which it is half of what it can be
SCATTER = 0.3  # of ln HALFWAY from galaxy to galaxy


def _shares(sky: pd.DataFrame, u: Floats) -> Floats:
    """Winner's share of the votes, in (0.5, 1): lower where a disk was called smooth, for some did see features."""
    flipped = (sky["label"] != sky["label_seen"]).to_numpy()
    sure = np.asarray(betaincinv(2.4, 1.6, u))
    unsure = np.asarray(betaincinv(1.6, 2.6, u))
    return np.asarray(0.52 + 0.47 * np.where(flipped, unsure, sure))


def _counts(sky: pd.DataFrame, u: Floats) -> npt.NDArray[np.int64]:
    """Votes for the three answers, (N, 3); the label seen has more than half of them."""
    n = 30 + np.floor(u[0] * 31).astype(np.int64)
    winner = np.clip(np.rint(_shares(sky, u[1]) * n).astype(np.int64), n // 2 + 1, n)
    rest = n - winner
    seen = sky["label_seen"].to_numpy()
    third = np.floor(rest * 0.25 * u[2]).astype(np.int64)
    counts = np.empty((len(sky), 3), dtype=np.int64)
    order = np.array([[0, 1, 2], [1, 0, 2], [2, 0, 1]])[seen]
    for column, values in enumerate((winner, rest - third, third)):
        np.put_along_axis(counts, order[:, column : column + 1], values[:, None], axis=1)
    return counts


def _numbers(sky: pd.DataFrame, seed: int) -> Floats:
    """(12, N) uniform numbers of the votes: a column a galaxy, by its place in the whole sky."""
    places = sky.index.to_numpy()
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, 2])))
    return rng.random((int(places.max(initial=-1)) + 1, DRAWS))[places].T


def p_features(sky: pd.DataFrame, seed: int) -> Floats:
    """Chance that a volunteer sees features, (N,), where votes are drawn one by one.

    Formula: c_i / (1 + exp(-3 (ln alpha_i - ln a_i))) for disks, ln a_i normal about ln(1.18 theta_i) with 0.3, c_i
    uniform in 0.8 to 1; 0.3 times a Beta(1.5, 4) number for smooth galaxies.

    Args:
        sky: galaxies with label, alpha, theta.
        seed: the sky's number.
    """
    u = _numbers(sky, seed)
    halfway = np.log(HALFWAY * sky["theta"].to_numpy()) + SCATTER * ndtri(u[10])
    rising = (0.8 + 0.2 * u[11]) / (1.0 + np.exp(-STEEPNESS * (np.log(sky["alpha"].to_numpy()) - halfway)))
    return np.where(sky["label"] == DISK, rising, 0.3 * np.asarray(betaincinv(1.5, 4.0, u[11])))


def _voters(u: Floats) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """How many volunteers say smooth or features, an odd number, and how many artifact."""
    n = 30 + np.floor(u[0] * 31).astype(np.int64)
    third = np.floor(n * 0.06 * u[2]).astype(np.int64)
    third += (n - third) % 2 == 0
    return n - third, third


def p_smooth_wins(sky: pd.DataFrame, seed: int) -> Floats:
    """Chance that most votes are for smooth, (N,), where votes are drawn one by one."""
    voters, _ = _voters(_numbers(sky, seed))
    return np.asarray(bdtr(voters // 2, voters, p_features(sky, seed)))


def counts_of_volunteers(sky: pd.DataFrame, seed: int) -> npt.NDArray[np.int64]:
    """Votes for the three answers, (N, 3), drawn one by one; artifacts are recognised.

    Args:
        sky: galaxies with label, alpha, theta.
        seed: the sky's number.
    """
    u = _numbers(sky, seed)
    voters, third = _voters(u)
    at_most = bdtr(np.arange(60)[None, :], voters[:, None], p_features(sky, seed)[:, None])  # nan beyond all voters
    features = (u[9][:, None] > at_most).sum(axis=1)
    counts = np.stack([voters - features, features, third], axis=1)
    return np.where((sky["label"] == ARTIFACT).to_numpy()[:, None], _counts(sky.assign(label_seen=ARTIFACT), u), counts)


def _classes(sky: pd.DataFrame, u: Floats) -> list[str]:
    """Consensus class strings in the manner of GZ2: E, S, SB or A for artifact, with a detail."""
    e = sky["e"].to_numpy()
    smooth = np.select([e < 0.25, e < 0.55], ["Er", "Ei"], "Ec")
    bulge = np.array(["d", "c", "b", "a"])[np.clip((sky["ng"].to_numpy() - 0.6).astype(np.int64), 0, 3)]
    spiral = np.where(u < 0.3, np.char.add("SB", bulge), np.char.add("S", bulge))
    disk = np.where(e > 0.72, "Ser", spiral)
    seen = sky["label_seen"].to_numpy()
    return [str(name) for name in np.select([seen == ARTIFACT, seen == DISK], ["A", disk], smooth)]


def vote(sky: pd.DataFrame, seed: int, kind: Kind = PLAIN) -> pd.DataFrame:
    """The table of votes, with the column names of gz2_hart16.csv for the first question.

    Formula: the label seen wins by count, fraction and weighted fraction alike; its share follows a Beta law.

    Args:
        sky: catalogue of `truemorph.components.simulator.catalogue.draw`.
        seed: the sky's number.
        kind: says whether votes are drawn one by one.

    Returns:
        One row a galaxy; `_debiased` is empty in a few rows and does not sum to 1.

    References:
        Willett et al. 2013, MNRAS 435, 2835; Hart et al. 2016, MNRAS 461, 3663.
    """
    u = _numbers(sky, seed)
    counts = counts_of_volunteers(sky, seed) if kind.continuous_votes else _counts(sky, u)
    total = counts.sum(axis=1)
    seen = sky["label_seen"].to_numpy()
    # A consistent volunteer weighs 1. Losers lose more, so that weighting never changes who wins.
    lost = np.where(np.arange(3)[:, None] == seen, 0.04, 0.15) * u[3:6]
    weights = (counts * (1.0 - lost.T)).round(3)
    fraction = (counts / total[:, None]).round(3)
    weighted = (weights / weights.sum(axis=1, keepdims=True)).round(3)
    table: dict[str, object] = {
        "dr7objid": sky["objid"].to_numpy(),
        "sample": "original",
        "gz2_class": _classes(sky, u[6]),
        "total_classifications": total,
        "total_votes": total + np.where(seen == ARTIFACT, 0, (total * (1.5 + 2.0 * u[7])).astype(np.int64)),
    }
    for k, answer in enumerate(ANSWERS):
        debiased = weighted[:, k]
        if k != ARTIFACT:
            debiased = debias(debiased, sky["Rhlr"], sky["absPetroMag_r"], sky["redshift"]).round(3)
        table[f"{answer}_count"] = counts[:, k]
        table[f"{answer}_weight"] = weights[:, k]
        table[f"{answer}_fraction"] = fraction[:, k]
        table[f"{answer}_weighted_fraction"] = weighted[:, k]
        table[f"{answer}_debiased"] = np.where(u[8] < EMPTY_SHARE, np.nan, debiased)
    return pd.DataFrame(table)
