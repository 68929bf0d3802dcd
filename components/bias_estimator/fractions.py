"""Theta from the fraction of smooth labels against resolution alone, without any other feature."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import optimize

from truemorph.components.bias_estimator import identifiability
from truemorph.components.errors import InputError
from truemorph.components.laws import SMOOTH
from truemorph.components.resolution import in_unit, refuse_masked

Floats = npt.NDArray[np.float64]
LEAST_BINS, BIN_OBJECTS = 5, 64
"""The fewest bins, and the objects in each where the number of bins is not given: the follow-up's."""


@dataclass(frozen=True)
class FractionFit:
    """A fit of the smooth fraction against alpha; estimates are None unless status is 'ok'.

    Args:
        theta: resolution scale, dimensionless.
        theta_interval: 95 % interval of theta.
        f_disk: share of true disks; 1 - f_disk are smooth.
        sse: sum of squared residuals over the bins.
        bins: bins of equal count.
        n: objects used.
        status: 'ok', 'not_identifiable' or 'insufficient_data'.
        why: one sentence where status is not 'ok'.
    """

    theta: float | None
    theta_interval: tuple[float, float] | None
    f_disk: float | None
    sse: float | None
    bins: int
    n: int
    status: str
    why: str | None


def fit_fractions(
    labels: npt.ArrayLike, alpha: npt.ArrayLike, *, bins: int | None = None, rates: tuple[float, float] = (1.0, 1.0)
) -> FractionFit:
    """Least-squares fit of theta and of the share of disks to the fraction of smooth labels in bins of alpha.

    Formula: f_smooth(alpha) = 1 - f_d + f_d exp(-alpha^2 / (2 theta^2)), at the middle of each bin; bins of equal
    count, the last with the remainder. It takes the true share of disks to be the same at every alpha: where large
    galaxies are disks more often, theta comes out too large, and CV14 is the better judge. The interval propagates the
    binomial noise of the fractions.

    Args:
        labels: (N,) labels seen, 0 smooth or 1 disk.
        alpha: (N,) resolution, dimensionless, > 0.
        bins: number of bins, >= 5; None: one for 64 objects.
        rates: shares of the smooth and of the disk labels that the sample kept; fractions f of smooth labels are taken
            back to those before the draw, f r_d / (f r_d + (1 - f) r_s).

    Returns:
        FractionFit; status 'not_identifiable' where alpha is nearly constant, the labels show no bias, or no object
        is well resolved; 'insufficient_data' with fewer than 20 objects of a class, fewer than 320 objects, or,
        where bins is given, fewer than two in each.

    Raises:
        InputError: if alpha is NaN, infinite or not positive, or a label is neither 0 nor 1.
        ValueError: if shapes differ or bins is below 5.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> alpha = rng.uniform(2, 40, 20000)
        >>> disk = (rng.random(20000) < 0.6) & (rng.random(20000) > np.exp(-(alpha**2) / (2 * 9.18**2)))
        >>> fit = fit_fractions(disk.astype(int), alpha)
        >>> fit.status, fit.theta_interval[0] < 9.18 < fit.theta_interval[1]
        ('ok', True)

    References:
        Medina-Rosales, Cabrera-Vives & Miller 2024 (arXiv:2308.11007).
    """
    refuse_masked(labels=labels, alpha=alpha)
    seen, alpha = np.asarray(labels), in_unit(alpha, "", "alpha")
    if alpha.ndim != 1 or seen.shape != alpha.shape:
        raise ValueError(f"labels and alpha must both have shape (N,). Received: {seen.shape} and {alpha.shape}")
    bad = int(np.count_nonzero(~(np.isfinite(alpha) & (alpha > 0))))
    if bad:
        raise InputError(
            f"alpha: {bad} of {alpha.size} values are NaN, infinite or not positive; drop those rows first"
        )
    if not np.isin(seen, (0, 1)).all():
        raise InputError(f"labels must be 0 (smooth) or 1 (disk); received {np.unique(seen)[:5].tolist()}")
    n_bins = max(LEAST_BINS, alpha.size // BIN_OBJECTS) if bins is None else bins
    least = 2 if bins else BIN_OBJECTS
    if n_bins < LEAST_BINS:
        raise ValueError(f"bins must be >= {LEAST_BINS}. Received: {bins}")

    def unknown(status: str, why: str) -> FractionFit:
        return FractionFit(None, None, None, None, n_bins, alpha.size, status, why)

    why = identifiability.too_few(seen, 2)
    if not why and alpha.size < least * n_bins:
        why = f"{alpha.size} objects for {n_bins} bins: needs {least} in each"
    if why:
        return unknown("insufficient_data", why)
    why = identifiability.constant_alpha(alpha)
    if why:
        return unknown("not_identifiable", why)
    middle, fraction, variance = _undrawn(*_binned(seen, alpha, n_bins), rates[0] / rates[1])
    theta, f_disk, sse = _least_squares(middle, fraction)
    flat = float(np.square(fraction - fraction.mean()).sum())
    why = identifiability.no_bias((flat - sse) / float(variance.mean()))
    if why:
        return unknown("not_identifiable", why)
    error = _log_error(middle, variance, theta, f_disk)
    interval = (theta * np.exp(-1.96 * error), theta * np.exp(1.96 * error))
    why = identifiability.unresolved(alpha, interval[1])
    if why:
        return unknown("not_identifiable", why)
    return FractionFit(theta, (float(interval[0]), float(interval[1])), f_disk, sse, n_bins, alpha.size, "ok", None)


def _binned(seen: npt.NDArray[Any], alpha: Floats, bins: int) -> tuple[Floats, Floats, Floats]:
    """Middle of each bin of alpha, fraction of smooth labels in it, and variance of that fraction."""
    starts = np.arange(bins) * (alpha.size // bins)
    order = np.argsort(alpha, kind="stable")
    values, sizes = alpha[order], np.diff(starts, append=alpha.size)
    fraction = np.add.reduceat((seen[order] == SMOOTH).astype(np.float64), starts) / sizes
    limits = np.append(values[starts], values[-1])
    middle = 0.5 * (limits[:-1] + limits[1:])
    # One success and one failure more, so that a bin of one class only is not taken for certain.
    smoothed = (fraction * sizes + 1.0) / (sizes + 2.0)
    return middle, fraction, smoothed * (1.0 - smoothed) / sizes


def _undrawn(middle: Floats, fraction: Floats, variance: Floats, ratio: float) -> tuple[Floats, Floats, Floats]:
    """The same before a draw that kept smooth labels `ratio` times as often as disks."""
    total = fraction + ratio * (1.0 - fraction)
    return middle, fraction / total, variance * np.square(ratio / np.square(total))


def _share(middle: Floats, fraction: Floats, theta: float) -> tuple[float, float]:
    """Best share of disks in [0, 1] at this theta, and the sum of squares."""
    kept = -np.expm1(-0.5 * np.square(middle / theta))
    share = float(np.clip((1.0 - fraction) @ kept / (kept @ kept), 0.0, 1.0))
    return share, float(np.square(1.0 - share * kept - fraction).sum())


def _least_squares(middle: Floats, fraction: Floats) -> tuple[float, float, float]:
    """Theta, share of disks and sum of squares: a grid in ln theta finds the valley, a line search its bottom."""
    grid = np.linspace(np.log(0.1 * middle[0]), np.log(10.0 * middle[-1]), 200)
    best = int(np.argmin([_share(middle, fraction, np.exp(x))[1] for x in grid]))
    bounds = (grid[max(best - 1, 0)], grid[min(best + 1, grid.size - 1)])
    found = optimize.minimize_scalar(
        lambda x: _share(middle, fraction, np.exp(x))[1], bounds=bounds, method="bounded", options={"xatol": 1e-10}
    )
    theta = float(np.exp(found.x))
    return theta, *_share(middle, fraction, theta)


def _log_error(middle: Floats, variance: Floats, theta: float, f_disk: float) -> float:
    """Standard error of ln theta: least squares with these variances of the fractions (sandwich formula)."""
    exponent = np.square(middle / theta)
    flip = np.exp(-0.5 * exponent)
    # Derivatives of the model by ln theta and by f_disk.
    slopes = np.column_stack([f_disk * flip * exponent, flip - 1.0])
    normal = slopes.T @ slopes
    if np.linalg.cond(normal) > 1e12:
        return float("inf")
    inverse = np.linalg.inv(normal)
    covariance = inverse @ (slopes.T * variance) @ slopes @ inverse
    return float(np.sqrt(covariance[0, 0]))
