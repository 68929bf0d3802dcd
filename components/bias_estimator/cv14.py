"""CV14: the true classes and the resolution scale theta learnt together from biased labels, by maximum likelihood."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import special

from truemorph.components.bias_estimator import identifiability
from truemorph.components.bias_estimator.checks import checked
from truemorph.components.bias_estimator.cv14_fit import Cv14Fit
from truemorph.components.bias_estimator.galaxy import Misfit, about, fit_galaxy_law, misfit_of
from truemorph.components.bias_estimator.one_theta import best_fit, unbiased_nll
from truemorph.components.bias_estimator.sensitivity import log_scores, resolutions, sensitivity_of
from truemorph.components.errors import InputError
from truemorph.components.laws import CatalogueLikelihood, ExponentialLaw, with_products
from truemorph.components.laws.base import Floats

CLASS_PRIOR = 0.2
"""Width of the prior on the weight of ln alpha, in logit p(disk) for a standard deviation."""


def fit_cv14(
    features: npt.ArrayLike,
    labels: npt.ArrayLike,
    alpha: npt.ArrayLike,
    *,
    observables: npt.ArrayLike | None = None,
    names: Sequence[str] | None = None,
    rates: tuple[float, float] = (1.0, 1.0),
    class_on_alpha: bool = False,
    products: bool = False,
) -> Cv14Fit:
    """Joint maximum likelihood of a logistic classifier of the true class and of theta, from biased labels.

    Formula: maximise prod_i sum_y p(seen_i | y, alpha_i) p(y | x_i; w, b) over w, b and theta, exponential law. The
    features are standardised here (mean 0, standard deviation 1 with ddof 0); the weights are in those units. The
    interval holds the theta whose likelihood, maximised over w and b, lies within 1.92 of the maximum.

    Args:
        features: (N, D) numbers that tell the class, such as Sersic index, ellipticity and half-light radius.
        labels: (N,) labels seen, 0 or 'smooth', 1 or 'disk'.
        alpha: (N,) resolution, dimensionless, > 0.
        observables: (N, J) what theta may depend on, which may be the features: ln theta_i = ln theta + slope . z_i +
            spread eps_i, z standardised, slope ~ N(0, 0.5^2), spread ~ N(0.5, 0.25^2). None: one theta for all.
        names: (J,) names of the observables, for the law.
        rates: shares of the smooth and of the disk labels that the sample kept, each in (0, 1]; a sample balanced by
            the labels has, without them, a theta that is too low.
        class_on_alpha: whether the class may depend on ln alpha itself: its weight, for one standard deviation, has the
            prior N(0, 0.2^2), which decides what no catalogue can tell.
        products: whether squares and products of the features tell the class as well.

    Returns:
        Cv14Fit. Its status is 'not_identifiable' where alpha is nearly constant, where the features determine alpha,
        where the labels show no bias, or where no object is well resolved; 'insufficient_data' with fewer than ten
        objects of a class for each parameter; 'misfit' where theta depends on the features, or is spread, and the law
        that was fitted does not say so; 'uncertain' where, with observables, theta is not known to 10 %.

    Raises:
        InputError: if values are NaN or infinite, alpha is not positive, a label is neither 0 nor 1, or a feature
            is constant.
        ValueError: if shapes differ.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> x, alpha = rng.normal(size=(4000, 1)), rng.uniform(2, 40, 4000)
        >>> disk = rng.random(4000) < special.expit(2 * x[:, 0])
        >>> seen = disk & (rng.random(4000) > ExponentialLaw(9.18).flip_probability(alpha))
        >>> fit = fit_cv14(x, seen.astype(int), alpha)
        >>> fit.status, fit.theta_interval[0] < 9.18 < fit.theta_interval[1]
        ('ok', True)

    References:
        Cabrera, Miller & Schneider 2014, ICPR, 4417; Medina-Rosales & Cabrera-Vives 2021, equations 1 to 4.
    """
    x, seen, alpha = checked(features, labels, alpha)
    n, d = x.shape

    def unknown(status: str, why: str) -> Cv14Fit:
        return Cv14Fit(None, None, None, None, None, None, None, None, None, status, why, n)

    why = identifiability.too_few(seen, (d * (d + 3) // 2 if products else d) + 2)
    if why:
        return unknown("insufficient_data", why)
    mean, std = x.mean(axis=0), x.std(axis=0)
    if not (std > 0).all():
        raise InputError(f"features: column {int(np.argmin(std))} is constant; leave it out")
    if products:
        x = with_products(x, mean, std)
        mean, std = x.mean(axis=0), x.std(axis=0)
        std[std < 1e-9] = 1.0  # the square of a feature of two values, which tells nothing
    x = (x - mean) / std
    why = identifiability.constant_alpha(alpha) or identifiability.explained_alpha(alpha, x)
    if why:
        return unknown("not_identifiable", why)
    nll, at = best_fit(x, seen, alpha, rates)
    likelihood = CatalogueLikelihood(x, seen, alpha, ExponentialLaw(float(np.exp(at[-1]))), rates=rates)
    why = identifiability.no_bias(max(0.0, 2 * (unbiased_nll(x, seen, alpha, rates) - nll)))
    if why:
        return unknown("not_identifiable", why)
    upper = likelihood.end(nll, at, at.size - 1, max(at[-1], float(np.log(30.0 * alpha.max()))))
    lower = likelihood.end(nll, at, at.size - 1, min(at[-1], float(np.log(0.1 * alpha.min()))))
    why = identifiability.unresolved(alpha, np.inf if upper is None else float(np.exp(upper)))
    if why or lower is None or upper is None:
        return unknown("not_identifiable", why or "every small theta explains the labels equally well")
    one, ends = at, (lower, upper)
    if observables is not None:
        likelihood, nll, at, ends = _with_observables(x, seen, alpha, np.asarray(observables), at, names, rates)
    misfit = misfit_of(x, seen, alpha, x[:, :d], likelihood.unpenalised(at), one, rates)
    if class_on_alpha:
        likelihood, nll, at, ends = _with_class_on_alpha(likelihood, at)
    return _told(likelihood, nll, at, ends, mean, std, misfit)


def _told(
    likelihood: CatalogueLikelihood,
    nll: float,
    at: Floats,
    ends: tuple[float, float],
    mean: Floats,
    std: Floats,
    misfit: Misfit,
) -> Cv14Fit:
    """The fit from where its likelihood is greatest."""
    law, d, alpha = likelihood.law_at(at), likelihood.d, resolutions(likelihood)
    loose = identifiability.loose(law.scale, ends) if law.observables else None
    p_true, logs = special.expit(likelihood.x @ at[:d]), np.log(alpha)
    on_alpha = None
    if d > len(mean) + 1:
        on_alpha = {"weight": float(at[0]), "mean": float(logs.mean()), "std": float(logs.std())}
    return Cv14Fit(
        weights=at[d - 1 - len(mean) : d - 1],
        intercept=float(at[d - 1]),
        mean=mean,
        std=std,
        theta=law.scale,
        theta_interval=(float(np.exp(ends[0])), float(np.exp(ends[1]))),
        nll=nll,
        p_true=p_true,
        posterior=law.posterior(p_true, likelihood.observables, likelihood.seen_disk.astype(np.int64)),
        status="misfit" if misfit.found else "uncertain" if loose else "ok",
        why=misfit.why or loose,
        n=len(p_true),
        law=law,
        misfit=misfit,
        sensitivity=sensitivity_of(likelihood, at),
        class_on_alpha=on_alpha,
    )


def _with_class_on_alpha(
    likelihood: CatalogueLikelihood, at: Floats
) -> tuple[CatalogueLikelihood, float, Floats, tuple[float, float]]:
    """The fit with ln alpha among the features, its weight under a prior, and the ends of the interval of ln theta."""
    scores = log_scores(resolutions(likelihood))
    other = likelihood.assuming(np.column_stack([scores, likelihood.x[:, :-1]]), width=CLASS_PRIOR)
    nll, found = other.minimise(np.append(0.0, at))
    return other, nll, found, _ends(other, nll, found)


def _ends(likelihood: CatalogueLikelihood, nll: float, at: Floats) -> tuple[float, float]:
    """The ends of the interval of ln theta, or how far they were sought."""
    place, alpha = likelihood.index("theta").start, resolutions(likelihood)
    bounds = (min(at[place], np.log(0.01 * alpha.min())), max(at[place], np.log(100.0 * alpha.max())))
    ends = (likelihood.end(nll, at, place, float(bound)) for bound in bounds)
    lower, upper = (float(b) if end is None else end for b, end in zip(bounds, ends, strict=True))
    return lower, upper


def _with_observables(
    x: Floats,
    seen: npt.NDArray[np.integer],
    alpha: Floats,
    observables: Floats,
    at: Floats,
    names: Sequence[str] | None,
    rates: tuple[float, float],
) -> tuple[CatalogueLikelihood, float, Floats, tuple[float, float]]:
    """The fit of theta of each galaxy's own, and the ends of the interval of ln theta."""
    if observables.ndim != 2 or len(observables) != len(x):
        raise ValueError(f"observables must have shape ({len(x)}, J). Received: {observables.shape}")
    if not np.isfinite(observables).all():
        raise InputError("observables: some values are NaN or infinite; drop or fix those rows first")
    mean, std = observables.mean(axis=0), observables.std(axis=0)
    if not (std > 0).all():
        raise InputError(f"observables: column {int(np.argmin(std))} is constant; leave it out")
    likelihood, nll, found = fit_galaxy_law(
        x, seen, alpha, (observables - mean) / std, at, names=names, scale=(mean, std), rates=rates
    )
    disk = special.expit(likelihood.x @ found[: likelihood.d])
    likelihood = likelihood.through(about(likelihood.law_at(found), disk @ observables / disk.sum()))
    found = likelihood.start(found[: likelihood.d])
    return likelihood, nll, found, _ends(likelihood, nll, found)
