"""Networks' answers to galaxies shown at ever lower resolution, against the labels given where they are seen well."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
from astropy.stats import binom_conf_interval

from truemorph.components.images.degrade import SOFTENING, Noise, degrade, noise_seen

Floats = npt.NDArray[np.float64]
RUNGS = (24.0, 20.0, 16.0, 13.0, 10.0, 8.0, 6.0, 5.0)
"""The resolutions that galaxies are shown at."""
LEAST = 50
"""Galaxies that a rung needs."""
NEAR, FEW, ENOUGH = 0.15, 20, 64
"""Of ln alpha: galaxies this near to a rung tell its noise; how many it takes, and how many are read."""
BATCH = 64
_BINS, _TWO_SIDED, _REDRAWN, _SWEEPS, _TINY = 10, 1.96, 200, 4, 1e-30


def climb(
    networks: Mapping[str, Callable[[Any], npt.ArrayLike]],
    images: npt.ArrayLike,
    alpha: npt.ArrayLike,
    disk: npt.ArrayLike,
    sigma: npt.ArrayLike,
    *,
    rungs: Sequence[float] = RUNGS,
    psf: str = "gaussian",
    softening: float | None = SOFTENING,
    noise: Mapping[float, Noise] = MappingProxyType({}),
    seed: int = 0,
) -> dict[str, list[dict[str, Any]]]:
    """Accuracy, share of disks and calibration of networks at lower resolutions.

    A galaxy does not change its class because it is seen worse. Formula: A(alpha') = mean 1[argmax p(y | x_alpha') =
    label], S(alpha') = mean p(disk | x_alpha') - mean 1[label = disk], over the galaxies seen at alpha' at least, each
    degraded to alpha'; x_alpha' is what `degrade` gives.

    Args:
        networks: by key, each (n, S, S, C) float32 in 0..255 -> (n,) p(disk | x).
        images: (N, S, S, C) in 0..255, as the networks see them.
        alpha: (N,) resolution at which they were seen, dimensionless, > 0.
        disk: (N,) whether the label is disk; labels that can be trusted, see trusted.
        sigma: (N,) standard deviation of the PSF, pixels of the images.
        rungs: resolutions to show them at.
        psf, softening: see degrade.
        noise: of the galaxies seen at a rung, see degrade; rungs without one take it from the images.
        seed: of the noise.

    Returns:
        By key, one entry a rung, see score, after a first one with alpha None for the images as they are.
    """
    images, seen = np.asarray(images, np.float32), np.asarray(alpha, np.float64)
    label, width = np.asarray(disk, bool), np.asarray(sigma, np.float64)
    found = {key: [score(None, _answers(p_disk, images), label)] for key, p_disk in networks.items()}
    for number, rung in enumerate(rungs):
        known = np.flatnonzero(seen >= rung)
        shown = np.empty((len(known), *images.shape[1:]), np.float32)
        for at in range(0, len(known), BATCH):
            part = known[at : at + BATCH]
            given, about = (images[part], seen[part], rung, width[part]), (seed, number, at)
            shown[at : at + BATCH] = degrade(*given, psf=psf, softening=softening, noise=noise.get(rung), seed=about)
        for key, p_disk in networks.items():
            found[key].append(score(rung, _answers(p_disk, shown), label[known]))
    return found


def trusted(
    p_flip: npt.ArrayLike, disk_votes: npt.ArrayLike, label: npt.ArrayLike, most: float = 0.02, least: float = 0.8
) -> npt.NDArray[np.bool_]:
    """Whether a label can be trusted: the law flips few disks there, and volunteers agreed.

    Args:
        p_flip: (N,) p(smooth | disk) of the law at the galaxy's resolution, in [0, 1].
        disk_votes: (N,) share of 'disk' among the votes for smooth or disk; NaN where it is not known: then the law
            alone decides.
        label: (N,) 0 for smooth, 1 for disk, NaN for none.
        most: p_flip must be below this.
        least: share of the votes that the label must have.

    Example:
        >>> trusted([0.01, 0.01, 0.3], [0.9, 0.6, 0.95], [1, 1, 1]).tolist()
        [True, False, False]
    """
    seen, votes = np.asarray(label, np.float64), np.asarray(disk_votes, np.float64)
    agreed = np.where(seen == 1.0, votes, 1.0 - votes)
    return np.isfinite(seen) & (np.asarray(p_flip) < most) & ~(agreed < least)


def near(rung: float, alpha: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Numbers of the galaxies that tell the noise at a rung: the first 64 seen about there; none if fewer than 20 are.

    Args:
        rung: the resolution.
        alpha: (N,) at which they were seen.

    Example:
        >>> len(near(10.0, [10.0] * 30 + [20.0] * 30)), len(near(20.0, [10.0, 20.0]))
        (30, 0)
    """
    found = np.flatnonzero(np.abs(np.log(np.asarray(alpha, np.float64) / rung)) < NEAR)
    return found[:ENOUGH] if len(found) >= FEW else found[:0]


def noises(
    alphas: npt.ArrayLike,
    seen: Callable[[npt.NDArray[np.int64]], npt.ArrayLike],
    images: npt.NDArray[Any],
    alpha: Floats,
    sigma: Floats,
    rungs: Sequence[float] = RUNGS,
) -> dict[float, Noise]:
    """The noise at each rung where enough galaxies are seen, for `climb`.

    Args:
        alphas: (M,) at which all galaxies were seen.
        seen: numbers of some of these -> their images.
        images, alpha, sigma: of those that are to be shown, see climb.
        rungs: resolutions to show them at.
    """
    found = {}
    for rung in rungs:
        there, better = near(rung, alphas), np.flatnonzero(alpha >= rung)[:ENOUGH]
        if len(there) and len(better):
            found[rung] = noise_at(rung, seen(there), images[better], alpha[better], sigma[better])
    return found


def noise_at(
    rung: float, there: npt.ArrayLike, images: npt.ArrayLike, alpha: npt.ArrayLike, sigma: npt.ArrayLike
) -> Noise:
    """The noise that makes galaxies shown at a rung as noisy as those seen there, for degrade.

    What is below black was cut off in both, so that the noise that is measured is less than what was added: the
    covariance is scaled until that of the images shown, measured alike, is that of those seen.

    Args:
        rung: the resolution.
        there: (M, S, S, C) images of galaxies seen there, see near.
        images: (N, S, S, C) images of galaxies that are to be shown there, N at least 1.
        alpha: (N,) at which they were seen, at least the rung.
        sigma: (N,) see climb.
    """
    asked, length = noise_seen(there)
    covariance = asked
    for _ in range(_SWEEPS):
        found, _ = noise_seen(degrade(images, alpha, rung, sigma, noise=(covariance, length)))
        covariance = covariance * np.trace(asked) / max(np.trace(found), _TINY)
    return covariance, length


def psf_sigma(alpha: npt.ArrayLike, image_size: int, crop: float, side: float) -> Floats:
    """Standard deviation of the PSF in pixels of what the network sees: petroRad_r in pixels, divided by alpha.

    Args:
        alpha: (N,) petroRad_r / sigma of the PSF, dimensionless.
        image_size: side of what the network sees, pixels.
        crop: central share of the stamp's side that this is.
        side: side of the whole stamp in petroRad_r. Galaxy Zoo 2 cut 8.48 petroR90_r.

    Example:
        >>> psf_sigma([10.0], 64, 0.5, 8.48).round(3).tolist()
        [1.509]
    """
    return np.asarray(image_size / (crop * side) / np.asarray(alpha, np.float64))


def _answers(p_disk: Callable[[Any], npt.ArrayLike], images: npt.NDArray[np.float32]) -> Floats:
    parts = [p_disk(images[at : at + BATCH]) for at in range(0, len(images), BATCH)]
    return np.concatenate([np.asarray(part, np.float64) for part in parts]) if parts else np.empty(0)


def score(rung: float | None, p: Floats, disk: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """What a network's answers at one resolution are worth.

    Args:
        rung: the resolution; None: as the galaxies were seen.
        p: (n,) p(disk | x) of the galaxies shown at it.
        disk: (n,) whether their label is disk.

    Returns:
        alpha, n, status; accuracy and its 95 % interval (Wilson), share_drift and its interval, calibration (mean
        distance of p(disk) from the share of disks, in ten bins of equal count) and its interval (bootstrap, reflected,
        for redrawn galaxies are farther off than these). Fewer than 50 galaxies are 'insufficient_data', without
        numbers. The intervals hold the sampling of these galaxies, not how others differ from them.
    """
    n = len(p)
    if n < LEAST:
        why = f"{n} galaxies with trusted labels are seen that well; {LEAST} are needed"
        return {"alpha": rung, "n": n, "status": "insufficient_data", "why": why}
    right = int(((p > 0.5) == disk).sum())
    off = p - disk
    wide = _TWO_SIDED * off.std(ddof=1) / np.sqrt(n)
    calibration = _calibration(p, off)
    draws = np.random.default_rng(0).integers(n, size=(_REDRAWN, n))
    redrawn = np.quantile([_calibration(p[drawn], off[drawn]) for drawn in draws], (0.975, 0.025))
    return {
        "alpha": rung,
        "n": n,
        "status": "ok",
        "accuracy": right / n,
        "accuracy_interval": [float(edge) for edge in binom_conf_interval(right, n, 0.95, "wilson")],
        "share_drift": float(off.mean()),
        "share_drift_interval": [float(off.mean() - wide), float(off.mean() + wide)],
        "calibration": calibration,
        "calibration_interval": [max(float(2.0 * calibration - end), 0.0) for end in redrawn],
    }


def _calibration(p: Floats, off: Floats) -> float:
    bins = np.array_split(np.argsort(p, kind="stable"), _BINS)
    return float(sum(abs(off[part].mean()) * len(part) for part in bins) / len(p))
