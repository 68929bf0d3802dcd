"""The catalogue of a simulated sky: what the galaxies are, and the label that volunteers give them."""

import math

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import betaincinv

from truemorph.components.laws import DISK, SMOOTH
from truemorph.components.simulator.kind import PLAIN, Kind
from truemorph.components.simulator.labels import label_seen
from truemorph.components.simulator.survey import ARTIFACT, normal, observe, uniform

Floats = npt.NDArray[np.float64]

ARTIFACT_SHARE = 0.03
# p(disk | ng, e, Rhlr) is logistic in these; about 0.85 of the galaxies can be told from the three alone.
WEIGHTS = (-1.45, 4.2, 0.15)
INTERCEPT = 2.3
LN_ALPHA = (2.44, 0.43)  # mean and standard deviation of ln alpha on a plain sky
LENTICULARS = 0.5  # chance to be one where the features leave both classes as likely


def _features(u: Floats) -> tuple[Floats, Floats, Floats]:
    """Sersic index, ellipticity and half-light radius (kpc), each (N,)."""
    late = u[0] < 0.55
    ng = np.where(late, np.exp(normal(u[1], np.log(1.45), 0.36, np.log(0.8), np.log(5.5))), 0.0)
    ng = np.where(late, ng, normal(u[1], 3.7, 1.0, 1.2, 6.2)).round(2)
    q0 = 0.14 + 0.1 * u[2]
    inclined = np.sqrt(np.square(u[3]) * (1.0 - np.square(q0)) + np.square(q0))
    e = np.where(late, 1.0 - inclined, 0.62 * np.asarray(betaincinv(1.5, 2.6, u[3]))).round(2)
    median = np.asarray(np.log(np.where(late, 6.2, 4.6)))
    Rhlr = np.exp(normal(u[4], median, 0.40, np.log(1.4), np.log(17.0))).round(2)
    return ng, e, Rhlr


def p_disk(ng: npt.ArrayLike, e: npt.ArrayLike, Rhlr: npt.ArrayLike) -> Floats:
    """True p(disk | ng, e, Rhlr) of every plain sky.

    Formula: logistic(2.3 - 1.45 ng + 4.2 e + 0.15 Rhlr).

    Args:
        ng: (N,) Sersic index.
        e: (N,) ellipticity 1 - b/a.
        Rhlr: (N,) half-light radius, kpc.

    Returns:
        (N,) probability.
    """
    return np.asarray(1.0 / (1.0 + np.exp(-_score(ng, e, Rhlr))))


def _score(*features: npt.ArrayLike) -> Floats:
    """Logit of p(disk)."""
    return np.asarray(INTERCEPT + sum(w * np.asarray(x, np.float64) for w, x in zip(WEIGHTS, features, strict=True)))


def _classes(sky: pd.DataFrame, u: Floats, kind: Kind) -> pd.DataFrame:
    """True classes, and which galaxies are lenticulars."""
    score = _score(*(sky[name] for name in ("ng", "e", "Rhlr")))
    if kind.class_on_alpha:
        score = score + kind.class_on_alpha * (np.log(sky["alpha"].to_numpy()) - LN_ALPHA[0]) / LN_ALPHA[1]
    p = 1.0 / (1.0 + np.exp(-score))
    label = np.where(u[8] < p, DISK, SMOOTH)
    lenticular = (u[14] < LENTICULARS * 4.0 * p * (1.0 - p)) if kind.continuum else np.zeros(len(sky), bool)
    label = np.where(lenticular, DISK if kind.continuum == "disk" else SMOOTH, label)
    artifact = u[9] < ARTIFACT_SHARE
    return sky.assign(label=np.where(artifact, ARTIFACT, label), lenticular=lenticular & ~artifact)


def draw(galaxies: int, seed: int, theta: float, *, null: bool = False, kind: Kind = PLAIN) -> pd.DataFrame:
    """Draw the galaxies of a sky: features first, then the class given the features, then the label that is seen.

    On a plain sky the class depends on (ng, e, Rhlr) only and the label seen on the class and alpha only, so that the
    model of CV14 is exactly true there, whatever alpha depends on.

    Formula: y ~ p_disk(ng, e, Rhlr); p(seen smooth | disk) = exp(-alpha^2 / (2 theta^2)).

    Args:
        galaxies: number of rows, > 0.
        seed: the sky's number, >= 0.
        theta: scale of the mislabelling, > 0.
        null: true for a sky where every label seen is the true one.
        kind: how the sky departs from the plain one.

    Returns:
        One row a galaxy, its place in the whole sky as the index: objid (int64), ng, e, Rhlr (kpc), redshift,
        petroRad_r, petroR50_r, petroR90_r, psfWidth_r (arcsec), petroMag_r, absPetroMag_r, alpha, label, label_seen
        (0 smooth, 1 disk, 2 star or artifact), lenticular, theta, p_flip.

    References:
        Cabrera, Miller & Schneider 2014; Medina-Rosales & Cabrera-Vives 2021, equations 1 to 4.
    """
    drawn = math.ceil(galaxies / kind.balanced)  # what is kept is more than the share of the smooth
    u = uniform(drawn, seed)
    sky = _classes(observe(*_features(u), u), u, kind)
    sky = label_seen(sky, u, seed, theta, null=null, kind=kind)
    if kind.balanced < 1.0:
        sky = sky[(sky["label_seen"] != SMOOTH) | (u[19] < kind.balanced)]
    return sky.iloc[:galaxies]
