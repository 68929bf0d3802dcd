"""Laws of mislabelling p(seen label | true label, alpha), as NumPy functions."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SMOOTH, DISK = 0, 1
CLASS_NAMES = ("smooth", "disk")
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ExponentialLaw:
    """The seed's law: a disk is called smooth the more often the worse it is resolved; smooth is never called disk.

    Formula: p(smooth | disk, alpha) = exp(-alpha^2 / (2 theta^2)), p(disk | smooth, alpha) = 0.

    Args:
        theta: resolution scale, dimensionless, finite and > 0.

    Raises:
        ValueError: if theta is not finite and positive.

    Example:
        >>> law = ExponentialLaw(theta=9.18)
        >>> float(law.flip_probability(9.18).round(4))
        0.6065

    References:
        Medina-Rosales & Cabrera-Vives 2021, equation 4.
    """

    theta: float
    kind = "exponential"

    def __post_init__(self) -> None:
        if not (math.isfinite(self.theta) and self.theta > 0):
            raise ValueError(f"theta must be finite and > 0. Received: theta={self.theta}")

    def log_flip(self, alpha: npt.ArrayLike) -> Floats:
        """log p(seen smooth | true disk, alpha), shape (N,), for alpha of shape (N,), dimensionless, > 0."""
        return -0.5 * np.square(np.asarray(alpha, dtype=np.float64) / self.theta)

    def log_keep(self, alpha: npt.ArrayLike) -> Floats:
        """log p(seen disk | true disk, alpha) = log(1 - p_flip), exact for every alpha > 0, shape (N,)."""
        return np.log(-np.expm1(self.log_flip(alpha)))

    def flip_probability(self, alpha: npt.ArrayLike) -> Floats:
        """p(seen smooth | true disk, alpha), shape (N,), in (0, 1)."""
        return np.exp(self.log_flip(alpha))

    def matrix(self, alpha: npt.ArrayLike) -> Floats:
        """Confusion p(seen = column | true = row, alpha), shape (N, 2, 2), rows sum to 1."""
        flip = np.atleast_1d(self.flip_probability(alpha))
        smooth = np.broadcast_to([1.0, 0.0], (*flip.shape, 2))
        return np.stack([smooth, np.stack([flip, 1.0 - flip], axis=-1)], axis=-2)

    def seen_disk(self, p_disk: npt.ArrayLike, alpha: npt.ArrayLike) -> Floats:
        """p(seen disk | x, alpha) = p(disk | x) (1 - p_flip), shape (N,), from p(disk | x) of shape (N,)."""
        return -np.asarray(p_disk, dtype=np.float64) * np.expm1(self.log_flip(alpha))

    def posterior(self, p_disk: npt.ArrayLike, alpha: npt.ArrayLike, seen: npt.ArrayLike) -> Floats:
        """p(true disk | x, alpha, seen label): what image and label say together.

        Formula: 1 where the label seen is disk, else s e / (1 - s + s e), with s = p(disk | x) and e = p_flip.

        Args:
            p_disk: (N,) p(disk | x), in [0, 1].
            alpha: (N,) resolution, dimensionless, > 0.
            seen: (N,) label seen, 0 smooth or 1 disk.

        Returns:
            (N,) float64 in [0, 1].

        Example:
            >>> ExponentialLaw(9.0).posterior([0.9, 0.9], [9.0, 9.0], [0, 1]).round(3).tolist()
            [0.845, 1.0]

        References:
            Medina-Rosales & Cabrera-Vives 2021, equations 1 to 4 (Bayes' rule).
        """
        share = np.asarray(p_disk, dtype=np.float64)
        flipped = share * self.flip_probability(alpha)
        rest = 1.0 - share + flipped
        explained = np.divide(flipped, rest, out=np.ones_like(flipped), where=rest > 0)
        return np.where(np.asarray(seen) == DISK, 1.0, explained)
