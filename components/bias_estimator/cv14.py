"""CV14: the true classes and the resolution scale theta learnt together from biased labels, by maximum likelihood."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from truemorph.components.bias_estimator import identifiability
from truemorph.components.bias_estimator.galaxy import Misfit, about, fit_galaxy_law, misfit_of
from truemorph.components.bias_estimator.sensitivity import sensitivity_of
from truemorph.components.errors import InputError
from truemorph.components.laws import CLASS_NAMES, CatalogueLikelihood, ExponentialLaw, FlipLaw
from truemorph.components.laws.base import Floats
from truemorph.components.resolution import in_unit, refuse_masked


@dataclass(frozen=True)
class Cv14Fit:
    """A joint fit of the weights of a logistic classifier and of theta.

    Whatever the data cannot tell is None: all estimates unless status is 'ok', 'uncertain' or 'misfit'.

    Args:
        weights: (D,) of the features in units of their standard deviations.
        intercept: b.
        mean: (D,) means of the features.
        std: (D,) standard deviations (ddof 0) of the features.
        theta: resolution scale, dimensionless.
        theta_interval: 95 % profile-likelihood interval of theta.
        nll: negative log-likelihood at the maximum, summed over objects.
        p_true: (N,) p(true disk | x), the debiased classifier.
        posterior: (N,) p(true disk | x, alpha, label seen).
        status: 'ok', 'misfit' where the labels contradict the law that was fitted (its estimates are there, and wrong),
            'uncertain' where theta goes with observables and its interval is wider than 10 %, 'not_identifiable' or
            'insufficient_data'.
        why: one sentence where status is not 'ok'.
        n: objects used.
        law: the law: exponential, or with observables a GalaxyLaw, whose theta is that of the median disk.
        misfit: the test of the law.
        sensitivity: theta where the class goes with alpha itself; see sensitivity_of.
    """

    weights: Floats | None
    intercept: float | None
    mean: Floats | None
    std: Floats | None
    theta: float | None
    theta_interval: tuple[float, float] | None
    nll: float | None
    p_true: Floats | None
    posterior: Floats | None
    status: str
    why: str | None
    n: int
    law: FlipLaw | None = None
    misfit: Misfit | None = None
    sensitivity: list[dict[str, Any]] | None = None


def fit_cv14(
    features: npt.ArrayLike,
    labels: npt.ArrayLike,
    alpha: npt.ArrayLike,
    *,
    observables: npt.ArrayLike | None = None,
    names: Sequence[str] | None = None,
    rates: tuple[float, float] = (1.0, 1.0),
) -> Cv14Fit:
    """Joint maximum likelihood of a logistic classifier of the true class and of theta, from biased labels.

    Formula: maximise prod_i sum_y p(seen_i | y, alpha_i) p(y | x_i; w, b) over w, b and theta, exponential law. The
    features are standardised here (mean 0, standard deviation 1 with ddof 0); the weights are in those units. The
    interval holds the theta whose likelihood, maximised over w and b, lies within 1.92 of the maximum.

    Args:
        features: (N, D) numbers that tell the class, such as Sersic index, ellipticity and half-light radius.
        labels: (N,) labels seen, 0 or 'smooth', 1 or 'disk'.
        alpha: (N,) resolution, dimensionless, > 0.
        observables: (N, J) what theta may go with, which may be the features: ln theta_i = ln theta + slope . z_i +
            spread eps_i, z standardised, slope ~ N(0, 0.5^2), spread ~ N(0.5, 0.25^2). None: one theta for all.
        names: (J,) names of the observables, for the law.
        rates: shares of the smooth and of the disk labels that the sample kept, each in (0, 1]; a sample balanced by
            the labels has, without them, a theta that is too low.

    Returns:
        Cv14Fit. Its status is 'not_identifiable' where alpha is nearly constant, where the features determine alpha,
        where the labels show no bias, or where no object is well resolved; 'insufficient_data' with fewer than ten
        objects of a class for each parameter; 'misfit' where theta goes with the features, or is spread, and the law
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

    why = identifiability.too_few(seen, d + 2)
    if why:
        return unknown("insufficient_data", why)
    mean, std = x.mean(axis=0), x.std(axis=0)
    if not (std > 0).all():
        raise InputError(f"features: column {int(np.argmin(std))} is constant; leave it out")
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
        return unknown("not_identifiable", why or "every small theta explains the labels as well")
    law: FlipLaw = likelihood.law_at(at)
    one, taken, rest, ends = at, alpha, nll, (lower, upper)
    if observables is not None:
        likelihood, nll, at, ends = _with_observables(x, seen, alpha, np.asarray(observables), at, names, rates)
        law, taken, rest = likelihood.law_at(at), likelihood.observables, likelihood.unpenalised(at)
    misfit = misfit_of(x, seen, alpha, rest, one, rates)
    loose = identifiability.loose(law.scale, ends) if observables is not None else None
    p_true = special.expit(x @ at[:d] + at[d])
    return Cv14Fit(
        weights=at[:d],
        intercept=float(at[d]),
        mean=mean,
        std=std,
        theta=law.scale,
        theta_interval=(float(np.exp(ends[0])), float(np.exp(ends[1]))),
        nll=nll,
        p_true=p_true,
        posterior=law.posterior(p_true, taken, seen),
        status="misfit" if misfit.found else "uncertain" if loose else "ok",
        why=misfit.why or loose,
        n=n,
        law=law,
        misfit=misfit,
        sensitivity=sensitivity_of(x, seen, alpha, np.append(at[: d + 1], np.log(law.scale)), rates),
    )


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
        raise InputError("observables: some values are NaN or infinite; drop or mend those rows first")
    mean, std = observables.mean(axis=0), observables.std(axis=0)
    if not (std > 0).all():
        raise InputError(f"observables: column {int(np.argmin(std))} is constant; leave it out")
    likelihood, nll, found = fit_galaxy_law(
        x, seen, alpha, (observables - mean) / std, at, names=names, scale=(mean, std), rates=rates
    )
    disk = special.expit(likelihood.x @ found[: likelihood.d])
    likelihood = likelihood.through(about(likelihood.law_at(found), disk @ observables / disk.sum()))
    found = likelihood.start(found[: likelihood.d])
    place = likelihood.index("theta").start
    bounds = (min(found[place], np.log(0.01 * alpha.min())), max(found[place], np.log(100.0 * alpha.max())))
    ends = tuple(likelihood.end(nll, found, place, float(bound)) for bound in bounds)
    return likelihood, nll, found, tuple(b if end is None else end for b, end in zip(bounds, ends, strict=True))  # type: ignore[return-value]


def best_fit(
    x: Floats, seen: npt.NDArray[np.integer], alpha: Floats, rates: tuple[float, float] = (1.0, 1.0)
) -> tuple[float, Floats]:
    """Least negative log-likelihood of the exponential law and (w, b, ln theta), from several starts.

    Args:
        x: (N, D) standardised features.
        seen: (N,) labels seen.
        alpha: (N,) resolution.
        rates: see fit_cv14.
    """
    whole, found = CatalogueLikelihood(x, seen, alpha, ExponentialLaw(float(np.median(alpha))), rates=rates), []
    few = whole.few()
    for theta in np.quantile(alpha, [0.1, 0.5, 0.9]):
        start = np.append(few.start()[:-1], np.log(theta))
        found.append(few.minimise(few.minimise(start, [x.shape[1] + 1])[1]))
    best = min(found, key=lambda pair: pair[0])
    return best if few is whole else whole.minimise(best[1])


def unbiased_nll(
    x: Floats, seen: npt.NDArray[np.integer], alpha: Floats, rates: tuple[float, float] = (1.0, 1.0)
) -> float:
    """Least negative log-likelihood of labels without bias; arguments as of best_fit."""
    law = ExponentialLaw(float(alpha.min()) / 200.0)  # flips none
    likelihood = CatalogueLikelihood(x, seen, alpha, law, free=(), rates=rates)
    return likelihood.minimise(likelihood.start())[0]


def checked(
    features: npt.ArrayLike, labels: npt.ArrayLike, alpha: npt.ArrayLike
) -> tuple[Floats, npt.NDArray[np.int64], Floats]:
    refuse_masked(features=features, labels=labels, alpha=alpha)
    x, resolution = np.asarray(features, dtype=np.float64), in_unit(alpha, "", "alpha")
    seen = np.asarray(labels)
    if x.ndim != 2 or resolution.shape != (len(x),) or seen.shape != (len(x),) or x.shape[1] < 1:
        shapes = f"{x.shape}, {seen.shape} and {resolution.shape}"
        raise ValueError(f"features, labels, alpha must have shapes (N, D), (N,) and (N,). Received: {shapes}")
    for name, values in (("features", x), ("alpha", resolution)):
        bad = values.size - np.count_nonzero(np.isfinite(values))
        if bad:
            raise InputError(
                f"{name}: {bad} of {values.size} values are NaN or infinite; drop or mend those rows first"
            )
    if not (resolution > 0).all():
        raise InputError(
            f"alpha: {np.count_nonzero(resolution <= 0)} of {len(x)} values are not positive; drop those rows"
        )
    if seen.dtype.kind in "OUS":
        codes = {name: code for code, name in enumerate(CLASS_NAMES)}
        seen = np.array([codes.get(word, word) for word in seen.tolist()])
    if not np.isin(seen, (0, 1)).all():
        raise InputError(f"labels must be 0 or 'smooth', 1 or 'disk'; received {np.unique(seen)[:5].tolist()}")
    return x, seen.astype(np.int64), resolution
