"""The votes of a simulated sky: drawn from the labels that volunteers see, then corrected by redshift as Hart+16 do."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import betaincinv

from truemorph.components.laws import DISK
from truemorph.components.simulator.catalogue import ARTIFACT

Floats = npt.NDArray[np.float64]

ANSWERS = (
    "t01_smooth_or_features_a01_smooth",
    "t01_smooth_or_features_a02_features_or_disk",
    "t01_smooth_or_features_a03_star_or_artifact",
)
DRAWS = 12
EMPTY_SHARE = 0.004
CELLS = 3  # in size and in magnitude each
PER_CELL = 250  # galaxies that a cell in size and magnitude needs
PER_BIN = 50  # galaxies that a redshift bin needs, as Hart+16
BINS = 8


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


def _classes(sky: pd.DataFrame, u: Floats) -> list[str]:
    """Consensus class strings in the manner of GZ2: E, S, SB or A for artifact, with a detail."""
    e = sky["e"].to_numpy()
    smooth = np.select([e < 0.25, e < 0.55], ["Er", "Ei"], "Ec")
    bulge = np.array(["d", "c", "b", "a"])[np.clip((sky["ng"].to_numpy() - 0.6).astype(np.int64), 0, 3)]
    spiral = np.where(u < 0.3, np.char.add("SB", bulge), np.char.add("S", bulge))
    disk = np.where(e > 0.72, "Ser", spiral)
    seen = sky["label_seen"].to_numpy()
    return [str(name) for name in np.select([seen == ARTIFACT, seen == DISK], ["A", disk], smooth)]


def _matched(fractions: Floats, reference: Floats) -> Floats:
    """Each fraction's rank among its bin's, looked up among those of the reference bin; 0 and 1 stay."""
    ordered, target = np.sort(fractions), np.sort(reference)
    rank = (np.searchsorted(ordered, fractions, "left") + np.searchsorted(ordered, fractions, "right") - 1) / 2.0
    place = np.rint(rank / max(len(ordered) - 1, 1) * (len(target) - 1)).astype(np.int64)
    return np.where((fractions > 0) & (fractions < 1), target[place], fractions)


def _by_rank(values: Floats, parts: int) -> npt.NDArray[np.int64]:
    """Number of the equal-count part that each value falls in; ties by row order."""
    rank = np.empty(len(values), dtype=np.int64)
    rank[np.argsort(values, kind="stable")] = np.arange(len(values))
    return rank * parts // max(len(values), 1)


def debias(
    fractions: npt.ArrayLike, radius: npt.ArrayLike, magnitude: npt.ArrayLike, redshift: npt.ArrayLike
) -> Floats:
    """Vote fractions as they would have been at the lowest redshift, after Hart+16.

    Within cells of like galaxies (size, luminosity) the distribution of the fractions in each redshift bin is matched
    to that of the lowest bin, rank by rank. It follows redshift, not resolution, and the lowest bin is not free of
    mislabelling: it mends a part of the bias only. Too few galaxies for a cell or a bin make one cell or bin.

    Formula: f' = F_0^-1(F_z(f)), F the cumulative distribution in a cell.

    Args:
        fractions: (N,) vote fraction of one answer, 0 to 1.
        radius: (N,) physical radius, kpc.
        magnitude: (N,) absolute magnitude.
        redshift: (N,) redshift.

    Returns:
        (N,) fractions, 0 to 1. Those of several answers, corrected one by one, need not sum to 1.

    References:
        Hart et al. 2016, MNRAS 461, 3663, section 3.
    """
    raw = np.asarray(fractions, dtype=np.float64)
    size, light, z = (np.asarray(x, dtype=np.float64) for x in (radius, magnitude, redshift))
    cells = max(1, min(CELLS, int(np.sqrt(len(raw) / PER_CELL))))
    out = raw.copy()
    outer = _by_rank(size, cells)
    for i in range(cells):
        column = np.flatnonzero(outer == i)
        inner = _by_rank(light[column], cells)
        for j in range(cells):
            members = column[inner == j]
            bins = _by_rank(z[members], max(1, min(BINS, len(members) // PER_BIN)))
            lowest = raw[members[bins == 0]]
            for k in range(1, int(bins.max(initial=0)) + 1):
                rows = members[bins == k]
                out[rows] = _matched(raw[rows], lowest)
    return out


def vote(sky: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The table of votes, with the column names of gz2_hart16.csv for the first question.

    Formula: the label seen wins by count, fraction and weighted fraction alike; its share follows a Beta law.

    Args:
        sky: catalogue of `truemorph.components.simulator.catalogue.draw`.
        seed: the sky's number.

    Returns:
        One row a galaxy; `_debiased` is empty in a few rows and does not sum to 1.

    References:
        Willett et al. 2013, MNRAS 435, 2835; Hart et al. 2016, MNRAS 461, 3663.
    """
    u = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, 2]))).random((len(sky), DRAWS)).T
    counts = _counts(sky, u)
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
