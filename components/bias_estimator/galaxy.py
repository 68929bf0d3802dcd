"""Theta of each galaxy's own, fitted jointly with the classifier, and the test whether one theta does for all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import stats

from truemorph.components.laws import CatalogueLikelihood, ExponentialLaw, FlipLaw, GalaxyLaw
from truemorph.components.laws.base import Floats
from truemorph.components.laws.galaxy import SLOPE_PRIOR

SPREAD_PRIOR = (0.5, 0.25)
"""Middle and width of the prior on the spread of ln theta that no observable tells."""
SIGNIFICANT = 0.01
"""p of a likelihood-ratio test below which the simpler law does not do; so rarely do true laws give it."""
Labels = npt.NDArray[np.integer]
Rates = tuple[float, float]


@dataclass(frozen=True)
class Misfit:
    """The likelihood-ratio test of one theta against theta of each galaxy's own.

    Args:
        statistic: D, twice the gain in log-likelihood.
        dof: slopes and spread that were freed; the spread, on its boundary, counts half.
        p: chance of so large a D where one theta is right.
    """

    statistic: float
    dof: int
    p: float

    @property
    def found(self) -> bool:
        """Whether one theta does not do."""
        return self.p < SIGNIFICANT

    @property
    def likelier(self) -> bool:
        """Whether Akaike's criterion (1974, IEEE Trans. Autom. Control 19, 716) prefers a theta that differs."""
        return self.statistic > 2 * self.dof

    @property
    def why(self) -> str | None:
        """One sentence where it does not."""
        if not self.found:
            return None
        return (
            f"the labels contradict the law: theta differs from galaxy to galaxy (twice the log-likelihood gains "
            f"{self.statistic:.1f} for {self.dof} parameters, p = {self.p:.2g}); "
            "give observables, or a law fitted to known classes"
        )

    def as_json(self) -> dict[str, float]:
        """The test as JSON values."""
        return {"statistic": self.statistic, "dof": self.dof, "p": self.p}


def fit_galaxy_law(
    x: Floats,
    seen: Labels,
    alpha: Floats,
    z: Floats,
    at: Floats,
    *,
    names: Sequence[str] | None = None,
    scale: tuple[Floats, Floats] | None = None,
    rates: Rates = (1.0, 1.0),
    prior: bool = True,
) -> tuple[CatalogueLikelihood, float, Floats]:
    """Joint maximum of a classifier and of ln theta_i = ln theta + slope . z_i + spread eps_i, from one theta on.

    Formula: maximise prod_i sum_y p(seen_i | y, alpha_i; theta_i) p(y | x_i); slope ~ N(0, 0.5^2), and the spread
    ~ N(0.5, 0.25^2), which decides where the data cannot tell it.

    Args:
        x: (N, D) standardised features.
        seen: (N,) labels seen.
        alpha: (N,) resolution.
        z: (N, J) standardised observables.
        at: (D + 2,) w, b, ln theta of the fit of one theta.
        names: (J,) names of the observables.
        scale: means and standard deviations of the observables; None: 0 and 1.
        rates: shares of the smooth and of the disk labels that the sample kept.
        prior: False: none on the spread, as for a test.

    Returns:
        The likelihood, its least negative logarithm, and where that is.
    """
    j = z.shape[1]
    mean, std = scale or (np.zeros(j), np.ones(j))
    start = GalaxyLaw(
        ExponentialLaw(float(np.exp(at[-1]))),
        tuple(names or [f"z{k}" for k in range(j)]),
        tuple(mean.tolist()),
        tuple(std.tolist()),
        (0.0,) * j,
        0.3,
    )
    priors: dict[str, tuple[npt.ArrayLike, float]] = {"slope": (np.zeros(j), SLOPE_PRIOR)}
    if prior:
        priors["spread"] = SPREAD_PRIOR
    observables = np.column_stack([alpha, z * std + mean])
    likelihood = CatalogueLikelihood(x, seen, observables, start, prior=priors, rates=rates)
    return likelihood, *likelihood.minimise(likelihood.start(at[:-1]))


def about(law: FlipLaw, mean: Floats) -> FlipLaw:
    """A law of galaxies of their own, with theta that of the galaxy with these observables (J,).

    About the mean of the disks, which alone have a theta, it is that of the median disk.

    Examples:
        >>> law = about(GalaxyLaw(ExponentialLaw(9.0), ("mu",), (21.0,), (1.0,), (0.5,), 0.0), np.array([22.0]))
        >>> round(law.scale, 3), law.flip_probability([[9.0, 21.0]]).round(4).tolist()
        (14.838, [0.6065])
    """
    if not isinstance(law, GalaxyLaw):
        raise ValueError(f"law must be a GalaxyLaw. Received: {law}")
    shift = float((mean - law.mean) / law.std @ np.array(law.slope))
    return replace(law, form=ExponentialLaw(law.scale * np.exp(shift)), mean=tuple(mean.tolist()))


def misfit_of(
    x: Floats, seen: Labels, alpha: Floats, z: Floats, nll: float, at: Floats, rates: Rates = (1.0, 1.0)
) -> Misfit:
    """Whether theta depends on the features, or is spread besides.

    Formula: D = 2 (log-likelihood of the law with slopes and a spread - that with one theta), against the mean of
    chi-square with as many degrees of freedom as there are slopes, and one more.

    Args:
        x: (N, D) standardised features.
        seen: (N,) labels seen.
        alpha: (N,) resolution.
        z: (N, J) those on which theta may depend.
        nll: least negative log-likelihood with one theta.
        at: (D + 2,) where it is.
        rates: shares of the smooth and of the disk labels that the sample kept.
    """
    _, full, _ = fit_galaxy_law(x, seen, alpha, z, at, rates=rates, prior=False)
    statistic, j = max(0.0, 2.0 * (nll - full)), z.shape[1]
    p = 0.5 * (stats.chi2.sf(statistic, j) + stats.chi2.sf(statistic, j + 1))
    return Misfit(statistic, j + 1, float(p))
