"""The likelihood of one label that may be wrong, with its derivatives."""

import numpy as np
import numpy.typing as npt

from truemorph.components.laws.base import Floats


def label_terms(
    logit: Floats, u: Floats, seen_disk: npt.NDArray[np.bool_], ratio: float = 1.0, mistaken: float = 0.0
) -> tuple[Floats, ...]:
    """Negative log-likelihood of each label, its derivatives by z = logit p(disk | x) and by u = -log p_flip.

    Formula: q = p(seen disk) = sigmoid(z) (1 - exp(-u)); seen disk: softplus(-z) - ln(1 - exp(-u)), seen smooth:
    softplus(z) - softplus(z - u). In a sample that keeps disks `ratio` times as often as smooth labels, q becomes
    ratio q / (ratio q + 1 - q).

    Args:
        logit: (N,) z.
        u: (N,) > 0.
        seen_disk: (N,) whether the label is disk.
        ratio: > 0.
        mistaken: share of the smooth that are called disk, m: q = m + sigmoid(z) (1 - exp(-u) - m).

    Returns:
        Value, d/dz, d/du, d2/dz2, d2/dzdu, d2/du2, each (N,).

    Examples:
        >>> value, *_ = label_terms(np.zeros(2), np.full(2, 0.5), np.array([True, False]))
        >>> np.exp(-value).round(4).tolist()  # 0.5 (1 - exp(-1/2)) and the rest
        [0.1967, 0.8033]

    References:
        Medina-Rosales & Cabrera-Vives 2021, equations 1 to 4.
    """
    # Each exponential and logarithm once: with millions of labels they are all the time that a fit takes.
    small, keep = np.exp(-np.abs(logit)), -np.expm1(-u)
    share = np.where(logit > 0, 1.0, small) / (1.0 + small)
    softplus = np.maximum(logit, 0.0) + np.log1p(small)
    shifted = logit - u
    small = np.exp(-np.abs(shifted))
    unseen = np.where(seen_disk, 0.0, np.where(shifted > 0, 1.0, small) / (1.0 + small))  # p(true disk | seen smooth)
    rise = np.where(seen_disk, (1.0 - keep) / keep, 0.0)
    lost = np.where(seen_disk, logit + np.log(keep), np.maximum(shifted, 0.0) + np.log1p(small))
    value = softplus - lost
    spread = unseen * (1.0 - unseen)
    by_z, by_u = share - np.where(seen_disk, 1.0, unseen), unseen - rise
    zz, zu, uu = share * (1.0 - share) - spread, spread, rise * (1.0 + rise) - spread
    if mistaken or ratio != 1.0:
        q, q_u = mistaken + share * (keep - mistaken), share * (1.0 - keep)
        q_z, q_zu = share * (1.0 - share) * (keep - mistaken), (1.0 - share) * q_u
    if mistaken:
        side = np.where(seen_disk, -1.0, 1.0) / np.where(seen_disk, q, 1.0 - q)
        value, by_z, by_u = -np.log(np.where(seen_disk, q, 1.0 - q)), side * q_z, side * q_u
        zz = side * q_z * (1.0 - 2.0 * share) + np.square(by_z)
        zu, uu = side * q_zu + by_z * by_u, np.square(by_u) - side * q_u
    if ratio != 1.0:
        slope = (ratio - 1.0) / (1.0 + (ratio - 1.0) * q)
        value = value + np.log1p((ratio - 1.0) * q) - np.where(seen_disk, np.log(ratio), 0.0)
        by_z, by_u = by_z + slope * q_z, by_u + slope * q_u
        zz = zz + slope * q_z * (1.0 - 2.0 * share) - np.square(slope * q_z)
        zu = zu + slope * q_zu - slope**2 * q_z * q_u
        uu = uu - slope * q_u - np.square(slope * q_u)
    return value, by_z, by_u, zz, zu, uu
