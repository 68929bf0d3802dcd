"""Vote fractions corrected by redshift, as Hart+16 do."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

CELLS = 3  # in size and in magnitude each
PER_CELL = 250  # galaxies that a cell in size and magnitude needs
PER_BIN = 50  # galaxies that a redshift bin needs, as Hart+16
BINS = 8


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
