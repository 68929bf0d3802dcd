"""The labels that are seen on a simulated sky: each galaxy's theta, its chance to be called smooth, its label."""

from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri

from truemorph.components.laws import DISK, SMOOTH, ExponentialLaw
from truemorph.components.simulator.field import opening, stamp_rng
from truemorph.components.simulator.kind import Kind
from truemorph.components.simulator.volunteers import counts_of_volunteers, p_smooth_wins

Floats = npt.NDArray[np.float64]

SHOWN = {"arms": (0.55, 0.20), "bar": (0.03, 0.06), "e": (0.44, 0.24)}
"""Mean and standard deviation, over disks, of the strength of arms, the light in a bar, the ellipticity."""
SHOWN_SPREAD = 1.59
"""Standard deviation of the sum of the three, each standardised."""
BRIGHTNESS = 20.43
"""Median surface brightness of disks within petroR50_r, mag/arcsec^2."""


def hidden(sky: pd.DataFrame, seed: int) -> Floats:
    """How little the galaxies have to show, (N,) of mean 0 and variance 1 over disks: no arms, no bar, seen face-on.

    Args:
        sky: the galaxies.
        seed: the sky's number, from which their pictures are drawn.
    """
    shown = np.zeros(len(sky))
    for place, row in enumerate(sky.itertuples()):
        if row.label != DISK:
            continue
        look: Any = opening(row, stamp_rng(seed, cast(int, row.Index))).look
        has = {"arms": look.strength, "bar": look.bar, "e": row.e}
        shown[place] = sum((has[name] - mean) / sd for name, (mean, sd) in SHOWN.items())
    return -shown / SHOWN_SPREAD


def surface_brightness(sky: pd.DataFrame) -> Floats:
    """Mean surface brightness within petroR50_r, (N,) mag/arcsec^2."""
    return np.asarray(sky["petroMag_r"] + 2.5 * np.log10(2.0 * np.pi * np.square(sky["petroR50_r"])))


def theta_of_each(sky: pd.DataFrame, u: Floats, seed: int, theta: float, kind: Kind) -> Floats:
    """The theta of each galaxy.

    Formula: ln theta_i = ln theta + tau (h_i + eps_i) / sqrt(2) + s (mu_i - 20.43), h_i how little it has to show,
    eps_i normal, mu_i its surface brightness.

    Args:
        sky: (N) galaxies.
        u: (32, N) the sky's uniform numbers; 13 is used.
        seed: the sky's number.
        theta: median of theta, > 0.
        kind: gives tau = own_theta and s = surface_brightness.

    Returns:
        (N,).
    """
    shift = np.zeros(len(sky))
    if kind.own_theta:
        little = sky["hidden"].to_numpy() if "hidden" in sky else hidden(sky, seed)
        shift += kind.own_theta * np.sqrt(0.5) * (little + ndtri(u[13]))
    if kind.surface_brightness:
        shift += kind.surface_brightness * (surface_brightness(sky) - BRIGHTNESS)
    return np.asarray(theta * np.exp(shift))


def label_seen(sky: pd.DataFrame, u: Floats, seed: int, theta: float, *, null: bool, kind: Kind) -> pd.DataFrame:
    """Let volunteers label the galaxies.

    Args:
        sky: galaxies with their true label.
        u: (32, N) the sky's uniform numbers; 10 and 13 are used.
        seed: the sky's number.
        theta: scale of the mislabelling, > 0.
        null: whether every label seen is the true one.
        kind: gives each galaxy's theta, and whether the label is the majority of votes drawn one by one.

    Returns:
        The galaxies with theta, p_flip (chance to get the other label) and label_seen.
    """
    disk, label = (sky["label"] == DISK).to_numpy(), sky["label"].to_numpy()
    own = theta_of_each(sky, u, seed, theta, kind)
    alpha = sky["alpha"].to_numpy()
    if kind.continuous_votes:
        sky = sky.assign(theta=own)
        smooth = p_smooth_wins(sky, seed)
        p_flip = np.where(disk, smooth, np.where(label == SMOOTH, 1.0 - smooth, 0.0)).round(6)
        seen = counts_of_volunteers(sky, seed).argmax(axis=1)
        return sky.assign(label_seen=seen, p_flip=p_flip)
    p_flip = np.where(disk & (not null), ExponentialLaw(1.0).flip_probability(alpha / own), 0.0).round(6)
    return sky.assign(label_seen=np.where(u[10] < p_flip, SMOOTH, label), theta=own, p_flip=p_flip)
