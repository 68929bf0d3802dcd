"""How galaxies are framed in their images: what a network was trained on, and which images are not like that."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, Self

import numpy as np
import numpy.typing as npt

Array = Any
Floats = npt.NDArray[np.float64]
LEAST = 100
"""Images that it takes to say what a set is like."""
EMPTY = 1
"""The number, in Framing.beyond, of an image in which nothing is to be seen: it has no answer. The others have one."""
VIEWS = {
    0.5: "the field of view looks half as wide as in training",
    2.0: "the field of view looks twice as wide as in training",
}
"""What images of another field of view are told apart by, for each width of it in that of the training set."""
SHOWN = {
    "sky_share": ("less sky", "more sky"),
    "size": ("what stands out from the sky is smaller", "what stands out from the sky is larger"),
    "width": ("detail is finer", "detail is coarser"),
    "noise": ("less noise", "more noise"),
}
"""The first of what is measured, and what it means to be below or above the bounds."""
_EDGES = (0.0, *np.geomspace(0.05, 0.55, 8), 1.0)
_RINGS, _FINEST = 6, 64
_RARE, _SLACK, _BETWEEN = 0.0015, 0.5, 0.5
_TINY, _BLANK = 1e-6, 5.0


@dataclass(frozen=True)
class Framing:
    """What tells images that are not framed as a training set; see framing_of.

    Args:
        whys: (K,) what an image is that is beyond a bound.
        weights: (M, K) of what is measured, one column for each bound.
        bounds: (K,) largest weighted sums that the training set has.
    """

    whys: tuple[str, ...]
    weights: npt.NDArray[np.float32]
    bounds: npt.NDArray[np.float32]

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """That of a model card's 'framing'."""
        checks = content["checks"]
        weights = np.array([check["weights"] for check in checks], np.float32).T
        bounds = np.array([check["bound"] for check in checks], np.float32)
        return cls(tuple(check["why"] for check in checks), weights, bounds)

    def beyond(self, images: Array, xp: Any = np) -> Array:
        """For each image (N, S, S, C) the number of the first bound that it is beyond, from 1; 0 for none."""
        over = xp.matmul(measure(images, xp), self.weights) > self.bounds
        return xp.where(xp.any(over, axis=1), xp.argmax(over, axis=1) + 1, 0)

    @property
    def statuses(self) -> list[str]:
        """The status of an image by that number."""
        return ["ok", *(f"framing: {why}" for why in self.whys)]


def framing_of(measured: Mapping[float, Floats]) -> dict[str, Any] | None:
    """How a training set is framed, for its model card.

    Formula: images of half or twice the field of view are told from the others by Fisher's linear discriminant, with
    w = C^-1 (mean of those - mean of these), C the mean covariance, scaled so that the means are 0 and 1. The bound is
    0.5 or, if that is more, what 0.15 % of the training images are above, each judged by a discriminant of the half
    that it is not in. What SHOWN names has the quantiles 0.0015 and 0.9985 as bounds, moved outwards by half of what
    lies between them.

    Args:
        measured: (N, M) from measure, by width of the field of view in that of the training set; 1 is needed.

    Returns:
        {"n", "quantiles": {name: [1 %, 50 %, 99 %]}, "checks": [{"why", "weights", "bound"}]}; None for fewer than 100.

    References:
        Fisher 1936, Annals of Eugenics 7, 179.
    """
    usual = measured[1.0]
    if len(usual) < LEAST:
        return None
    columns = np.eye(usual.shape[1])
    size = list(SHOWN).index("size")
    shown: list[tuple[str, Floats, float]] = []
    checks: list[tuple[str, Floats, float]] = [("nothing stands out from the sky", -columns[size], _BLANK)]
    for column, (below, above) in zip(columns, SHOWN.values(), strict=False):
        low, high = np.quantile(usual @ column, (_RARE, 1.0 - _RARE))
        slack = _SLACK * max(high - low, _SLACK)
        shown += [
            (f"{below} than in training", -column, slack - low),
            (f"{above} than in training", column, high + slack),
        ]
    checks.append(shown.pop())  # more noise, which looks like much else
    for width, why in VIEWS.items():
        if width in measured:
            checks.append((why, *_discriminant(usual, measured[width])))
    shares = np.exp(np.quantile(usual[:, : len(SHOWN)], (0.01, 0.5, 0.99), axis=0)).T
    return {
        "n": len(usual),
        "quantiles": {name: [round(float(value), 4) for value in row] for name, row in zip(SHOWN, shares, strict=True)},
        "checks": [
            {"why": why, "weights": [round(float(weight), 6) for weight in weights], "bound": round(float(bound), 6)}
            for why, weights, bound in (*checks, *shown)
        ],
    }


def _discriminant(usual: Floats, other: Floats) -> tuple[Floats, float]:
    """Weights and bound that tell other images from the usual ones."""
    weights, zero = _fisher(usual, other)
    halves = np.arange(len(usual)) % 2, np.arange(len(other)) % 2
    scores = []
    for half in (0, 1):
        found, middle = _fisher(usual[halves[0] == half], other[halves[1] == half])
        scores.append(usual[halves[0] != half] @ found - middle)
    return weights, zero + max(_BETWEEN, float(np.quantile(np.concatenate(scores), 1.0 - _RARE)))


def _fisher(usual: Floats, other: Floats) -> tuple[Floats, float]:
    """Weights by which the means of two sets differ by 1, and the weighted mean of the first."""
    covariance = (np.cov(usual.T) + np.cov(other.T)) / 2.0
    between = other.mean(axis=0) - usual.mean(axis=0)
    weights = np.linalg.solve(covariance + _TINY * np.eye(len(covariance)), between)
    weights /= max(float(weights @ between), _TINY)
    return weights, float(usual.mean(axis=0) @ weights)


def measure(images: Array, xp: Any = np) -> Array:
    """What can be seen of the framing of images, as logarithms.

    Formula: with g the mean of the channels, r the distance from the centre in sides of the image and T the orthonormal
    cosine transform of g: the mean of g in nine rings of r, the outermost of which is the sky s; the root of the mean
    of T^2 in six rings of frequency, the last of which is the noise n; and, with l = g - s where that is above
    3 n, else 0: the share of sky mean(l = 0), the size sqrt(sum l r^2 / sum l), and the width of detail
    sqrt(sum T^2 / sum f^2 T^2) / pi with f in half-waves a side.

    Args:
        images: (N, S, S, C) in 0..255, as the network sees them.
        xp: numpy, or keras.ops within a network.

    Returns:
        (N, 18): the logarithms of SHOWN, of the rings of frequency but the last, and of the rings of r.

    Example:
        >>> y, x = np.mgrid[:64, :64] - 31.5
        >>> small, large = (10 + 200 * np.exp(-(x**2 + y**2) / (2 * r**2)) for r in (4, 12))
        >>> np.exp(measure(np.stack([small, large])[..., None])[:, 1]).round(2).tolist()
        [0.09, 0.25]
    """
    side, channels = images.shape[1], images.shape[-1]
    grey = xp.matmul(images, np.full(channels, 1.0 / channels, np.float32))  # several times as fast as the mean
    rings, distance, cosines, waves, frequency = _grid(side)
    brightness = xp.matmul(xp.reshape(grey, (-1, side * side)), rings)
    power = xp.matmul(xp.matmul(cosines, grey), cosines.T) ** 2
    power = xp.reshape(power, (-1, len(frequency)))
    rows = xp.matmul(power, waves)
    noise = xp.sqrt(rows[:, -1])
    light = grey - brightness[:, -1][:, None, None]
    light = xp.where(light > xp.maximum(3.0 * noise, 1.0)[:, None, None], light, 0.0)
    light = xp.reshape(light, (-1, side * side))
    moments = xp.matmul(light, distance) / (xp.sum(light, axis=1) + _TINY)
    detail = xp.sum(power[:, 1:], axis=1) / (xp.matmul(power, frequency) + _TINY)
    shown = [xp.mean(xp.where(light > 0.0, 0.0, 1.0), axis=1) + _TINY, noise + 0.5]
    shown[1:1] = [xp.sqrt(moments + _TINY), xp.sqrt(detail + _TINY) / np.pi]
    rest = [xp.sqrt(rows[:, :-1] + 0.3), brightness + 8.0]
    return xp.log(xp.concatenate([xp.stack(shown, axis=1), *rest], axis=1))


@lru_cache(maxsize=4)
def _grid(side: int) -> tuple[npt.NDArray[np.float32], ...]:
    """Of images of this side: rings of distance (S^2, 9) and its squares (S^2,); the cosine transform (F, S), rings of
    frequency (F^2, 6) and its squares (F^2,)."""
    axis = (np.arange(side) - (side - 1) / 2.0) / side
    distance = np.hypot(axis, axis[:, None]).ravel()
    finest = min(side, _FINEST)
    number = np.arange(finest)[:, None]
    cosines = np.sqrt(np.where(number == 0, 1.0, 2.0) / side) * np.cos(np.pi * number * (np.arange(side) + 0.5) / side)
    frequency = np.hypot(number, number.T).ravel()
    waves = _means(frequency, np.geomspace(1, finest, _RINGS + 1))
    parts = _means(distance, _EDGES), distance**2, cosines, waves, frequency**2
    return tuple(part.astype(np.float32) for part in parts)


def _means(values: Floats, edges: Iterable[float]) -> Floats:
    """A matrix that takes the mean of what lies between two edges, for each two."""
    inside = np.stack([(values >= low) & (values < high) for low, high in pairwise(edges)], axis=1)
    return inside / inside.sum(axis=0)
