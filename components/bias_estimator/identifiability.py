"""When the data cannot tell the resolution scale theta from the shares of the classes."""

import numpy as np
import numpy.typing as npt
from scipy import special, stats

Floats = npt.NDArray[np.float64]

# Objects of the rarer label that a fit needs for each of its parameters.
PER_PARAMETER = 10
# Spread of ln(alpha), 5th to 95th percentile, below which alpha counts as constant.
LEAST_SPREAD = 0.2
# Share of the variance of alpha's normal scores that the features may explain.
MOST_EXPLAINED = 0.95
# Gain in twice the log-likelihood over 'no bias', chi-square with one degree of freedom, p < 0.001.
LEAST_GAIN = float(stats.chi2.ppf(0.999, 1))
# Flip probability of the best-resolved objects (99th percentile of alpha) above which none counts as well resolved.
MOST_FLIPPED = 0.5
# Farthest that an end of theta's 95 % interval may lie from it, relative, where theta differs from galaxy to galaxy:
# then theta itself is within 10 % of the truth 99 times of 100.
LOOSEST = 0.1 * 1.96 / 2.576


def too_few(labels: npt.NDArray[np.integer], parameters: int) -> str | None:
    """Why there are too few objects of a class to fit so many parameters, or None."""
    disks = int(np.count_nonzero(labels))
    rarer, needed = min(disks, labels.size - disks), PER_PARAMETER * parameters
    if rarer >= needed:
        return None
    return f"{labels.size} objects, {disks} of them labelled disk: {needed} of each class are needed"


def constant_alpha(alpha: Floats) -> str | None:
    """Why alpha varies too little to show how labels depend on it, or None."""
    low, high = np.quantile(alpha, [0.05, 0.95])
    if np.log(high / low) >= LEAST_SPREAD:
        return None
    return f"alpha is nearly constant: 90 % of it lies between {low:.4g} and {high:.4g}"


def explained_alpha(alpha: Floats, features: Floats) -> str | None:
    """Why the features leave no freedom to alpha, or None.

    Formula: R^2 of the normal scores of alpha on cubic polynomials of the features' normal scores and their products,
    so that any increasing function of a feature counts as the feature.
    """
    scores = normal_scores(features)
    products = [scores[:, i] * scores[:, j] for i in range(scores.shape[1]) for j in range(i)]
    design = np.column_stack([np.ones(len(scores)), scores, scores**2, scores**3, *products])
    target = normal_scores(alpha[:, None])[:, 0]
    rest = target - design @ np.linalg.lstsq(design, target, rcond=None)[0]
    explained = 1.0 - float(rest.var() / target.var())
    if explained <= MOST_EXPLAINED:
        return None
    return f"the features determine alpha: they explain {explained:.1%} of its variance"


def normal_scores(values: Floats) -> Floats:
    """(N, D) normal quantiles of the ranks of each column, ties averaged."""
    return special.ndtri((stats.rankdata(values, axis=0) - 0.5) / len(values))


def no_bias(gain: float) -> str | None:
    """Why labels without any bias explain the data as well, or None.

    Args:
        gain: twice the gain in log-likelihood of the fit over labels without bias, >= 0.
    """
    if gain > LEAST_GAIN:
        return None
    return f"the labels show no bias: twice the log-likelihood gains {gain:.2f}, less than {LEAST_GAIN:.2f}"


def unresolved(alpha: Floats, highest: float) -> str | None:
    """Why there is no object whose label can be trusted, or None.

    Args:
        alpha: (N,) resolution, > 0.
        highest: upper end of the interval of theta, may be infinite.
    """
    best = float(np.quantile(alpha, 0.99))
    flipped = np.exp(-0.5 * (best / highest) ** 2) if np.isfinite(highest) else 1.0
    if flipped <= MOST_FLIPPED:
        return None
    scale = f"theta = {highest:.4g}" if np.isfinite(highest) else "any large theta"
    return (
        f"no object is well resolved: with {scale}, which the data allow, {flipped:.0%} of the disks "
        f"at alpha = {best:.4g}, the 99th percentile, would be seen as smooth"
    )


def loose(theta: float, ends: tuple[float, float]) -> str | None:
    """Why theta is not known well enough, or None.

    Args:
        theta: > 0.
        ends: of the interval of ln theta.
    """
    below, above = (float(np.exp(end) / theta - 1.0) for end in ends)
    if -below <= LOOSEST and above <= LOOSEST:
        return None
    return (
        f"theta differs from galaxy to galaxy, and its median is only known to {below:+.0%} and {above:+.0%}: "
        "give more galaxies, or a law fitted to known classes"
    )
