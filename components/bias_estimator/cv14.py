"""CV14: the true classes and the resolution scale theta learnt together from biased labels, by maximum likelihood."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import optimize, special, stats

from truemorph.components.bias_estimator import identifiability
from truemorph.components.errors import InputError
from truemorph.components.laws import DISK, ExponentialLaw

Floats = npt.NDArray[np.float64]
# Exponents beyond this, or as near to 0 as its ninth power, change no double.
NO_FLIP = 1e4
HALF_CHI2 = 0.5 * float(stats.chi2.ppf(0.95, 1))


@dataclass(frozen=True)
class Cv14Fit:
    """A joint fit of the weights of a logistic classifier and of theta.

    Whatever the data cannot tell is None: all estimates unless status is 'ok'.

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
        status: 'ok', 'not_identifiable' or 'insufficient_data'.
        why: one sentence where status is not 'ok'.
        n: objects used.
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


def cv14_nll(
    parameters: npt.ArrayLike, features: npt.ArrayLike, labels: npt.ArrayLike, alpha: npt.ArrayLike
) -> tuple[float, Floats]:
    """Negative log-likelihood of biased labels and its gradient.

    Formula: -sum_i [y ln q + (1 - y) ln(1 - q)], q = s (1 - e), s = sigmoid(w.x + b), e = exp(-alpha^2 / (2 theta^2)).

    Args:
        parameters: (D + 2,) w, b, theta; theta > 0, or 0 for labels without bias.
        features: (N, D) standardised features.
        labels: (N,) labels seen, 0 smooth or 1 disk.
        alpha: (N,) resolution, > 0.

    Returns:
        The sum over objects, and its gradient (D + 2,) in w, b, theta.

    Example:
        >>> value, gradient = cv14_nll([0.0, 0.0, 9.0], [[1.0], [-1.0]], [1, 0], [9.0, 9.0])
        >>> round(value, 4), gradient.round(4).tolist()
        (1.845, [-0.6225, -0.3775, 0.1293])

    References:
        Medina-Rosales & Cabrera-Vives 2021, equations 1 to 4.
    """
    parameters = np.asarray(parameters, dtype=np.float64)
    x, alpha = np.asarray(features, dtype=np.float64), np.asarray(alpha, dtype=np.float64)
    theta = parameters[-1]
    with np.errstate(divide="ignore"):
        exponent = np.minimum(0.5 * np.square(alpha / theta), NO_FLIP)
    value, by_logit, by_exponent, *_ = _terms(
        x @ parameters[:-2] + parameters[-2], exponent, np.asarray(labels) == DISK
    )
    by_theta = 0.0 if theta == 0 else -2.0 / theta * float(by_exponent @ exponent)
    return value, np.concatenate([by_logit @ x, [by_logit.sum(), by_theta]])


def _terms(logit: Floats, exponent: Floats, seen_disk: npt.NDArray[np.bool_]) -> tuple[float, Floats, Floats, Floats]:
    """Likelihood summed over objects; its derivatives by the logit z of p(disk | x) and by u = alpha^2 / (2 theta^2).

    Formula: seen disk: softplus(-z) - ln(1 - exp(-u)); seen smooth: softplus(z) - softplus(z - u). The probability that
    the object is truly a disk is 1 for the first, and g = sigmoid(z - u) for the second.

    Returns:
        Value, d/dz, d/du, g (0 where seen as disk).
    """
    shifted = np.where(seen_disk, -np.inf, logit - exponent)
    true_disk = special.expit(shifted)
    with np.errstate(over="ignore", divide="ignore"):
        seen = np.logaddexp(0.0, -logit) - np.log(-np.expm1(-exponent))
        rise = 1.0 / np.expm1(exponent)
    unseen = np.logaddexp(0.0, logit) - np.logaddexp(0.0, shifted)
    by_logit = special.expit(logit) - np.where(seen_disk, 1.0, true_disk)
    return float(np.where(seen_disk, seen, unseen).sum()), by_logit, np.where(seen_disk, -rise, true_disk), true_disk


class _Likelihood:
    """The likelihood of one data set, minimised over all parameters or over the weights at a fixed theta.

    Parameters are w, b and, unless theta is fixed, ln theta.
    """

    def __init__(self, features: Floats, labels: npt.NDArray[np.integer], alpha: Floats) -> None:
        self.x = np.column_stack([features, np.ones(len(features))])
        self.seen_disk = labels == DISK
        self.alpha = alpha
        self.start = np.append(np.zeros(features.shape[1]), special.logit(self.seen_disk.mean()))

    def exponent(self, log_theta: float) -> Floats:
        """alpha^2 / (2 theta^2)."""
        return np.clip(0.5 * np.square(self.alpha) * np.exp(-2.0 * max(log_theta, -100.0)), 1 / NO_FLIP**9, NO_FLIP)

    def value(self, at: Floats, log_theta: float | None = None) -> tuple[float, Floats]:
        """Negative log-likelihood and its gradient."""
        d = self.x.shape[1]
        exponent = self.exponent(at[d] if log_theta is None else log_theta)
        value, by_logit, by_exponent, _ = _terms(self.x @ at[:d], exponent, self.seen_disk)
        gradient = by_logit @ self.x
        return value, gradient if log_theta is not None else np.append(gradient, -2.0 * (by_exponent @ exponent))

    def hessian(self, at: Floats, log_theta: float | None = None) -> Floats:
        """Second derivatives."""
        d = self.x.shape[1]
        exponent = self.exponent(at[d] if log_theta is None else log_theta)
        logit = self.x @ at[:d]
        _, _, by_exponent, true_disk = _terms(logit, exponent, self.seen_disk)
        share, spread = special.expit(logit), true_disk * (1.0 - true_disk)
        weights = (self.x.T * (share * (1.0 - share) - spread)) @ self.x
        if log_theta is not None:
            return weights
        mixed = (-2.0 * exponent * spread) @ self.x
        # d2/du2: rise (1 + rise) where seen as disk, rise = 1 / (e^u - 1); -spread where seen as smooth.
        twice = np.where(self.seen_disk, by_exponent * (by_exponent - 1.0), -spread)
        corner = 4.0 * float((np.square(exponent) * twice + exponent * by_exponent).sum())
        return np.block([[weights, mixed[:, None]], [mixed[None, :], np.array([[corner]])]])

    def minimise(self, start: Floats, log_theta: float | None = None) -> tuple[float, Floats]:
        """Least value and where it is reached, by Newton steps within a trust region."""
        result = optimize.minimize(
            self.value,
            start,
            args=(log_theta,),
            jac=True,
            hess=self.hessian,
            method="trust-exact",
            options={"gtol": 1e-6 * np.sqrt(len(self.x)), "maxiter": 200},
        )
        return float(result.fun), result.x

    def fit(self) -> tuple[float, Floats]:
        """Least value over all parameters, from several starts."""
        found = []
        for log_theta in np.log(np.quantile(self.alpha, [0.1, 0.5, 0.9])):
            weights = self.minimise(self.start, log_theta)[1]
            found.append(self.minimise(np.append(weights, log_theta)))
        return min(found, key=lambda pair: pair[0])

    def end(self, best: float, at: Floats, bound: float) -> float | None:
        """ln theta towards bound where the profile has risen to the 95 % level, or None where it never does."""
        inner, weights = at[-1], at[:-1]
        step = np.copysign(0.02, bound - inner)
        while inner != bound:
            outer = float(np.clip(inner + step, min(bound, inner), max(bound, inner)))
            value, found = self.minimise(weights, outer)
            if value - best > HALF_CHI2:
                return self._crossing(best, weights, inner, outer)
            inner, weights, step = outer, found, 2 * step
        return None

    def _crossing(self, best: float, weights: Floats, inner: float, outer: float) -> float:
        """ln theta where the profile crosses the level; every minimum is sought from the same weights."""

        def excess(log_theta: float) -> float:
            return self.minimise(weights, log_theta)[0] - best - HALF_CHI2

        return float(optimize.brentq(excess, inner, outer, xtol=1e-6))


def fit_cv14(features: npt.ArrayLike, labels: npt.ArrayLike, alpha: npt.ArrayLike) -> Cv14Fit:
    """Joint maximum likelihood of a logistic classifier of the true class and of theta, from biased labels.

    Formula: maximise prod_i sum_y p(seen_i | y, alpha_i) p(y | x_i; w, b) over w, b and theta, exponential law. The
    features are standardised here (mean 0, standard deviation 1 with ddof 0); the weights are in those units. The
    interval holds the theta whose likelihood, maximised over w and b, lies within 1.92 of the maximum.

    Args:
        features: (N, D) numbers that tell the class, such as Sersic index, ellipticity and half-light radius.
        labels: (N,) labels seen, 0 smooth or 1 disk.
        alpha: (N,) resolution, dimensionless, > 0.

    Returns:
        Cv14Fit. Its status is 'not_identifiable' where alpha is nearly constant, where the features determine alpha,
        where the labels show no bias, or where no object is well resolved; 'insufficient_data' with fewer than ten
        objects of a class for each parameter.

    Raises:
        InputError: if values are NaN or infinite, alpha is not positive, a label is neither 0 nor 1, or a feature
            is constant.
        ValueError: if shapes differ.

    Example:
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
    x, seen, alpha = _checked(features, labels, alpha)
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
    likelihood = _Likelihood(x, seen, alpha)
    nll, at = likelihood.fit()
    unbiased = likelihood.minimise(likelihood.start, -np.inf)[0]
    why = identifiability.no_bias(max(0.0, 2 * (unbiased - nll)))
    if why:
        return unknown("not_identifiable", why)
    upper = likelihood.end(nll, at, max(at[-1], float(np.log(30.0 * alpha.max()))))
    lower = likelihood.end(nll, at, min(at[-1], float(np.log(0.1 * alpha.min()))))
    why = identifiability.unresolved(alpha, np.inf if upper is None else float(np.exp(upper)))
    if why or lower is None or upper is None:
        return unknown("not_identifiable", why or "every small theta explains the labels as well")
    theta = float(np.exp(at[-1]))
    p_true = special.expit(x @ at[:-2] + at[-2])
    return Cv14Fit(
        weights=at[:-2],
        intercept=float(at[-2]),
        mean=mean,
        std=std,
        theta=theta,
        theta_interval=(float(np.exp(lower)), float(np.exp(upper))),
        nll=nll,
        p_true=p_true,
        posterior=ExponentialLaw(theta).posterior(p_true, alpha, seen),
        status="ok",
        why=None,
        n=n,
    )


def _checked(
    features: npt.ArrayLike, labels: npt.ArrayLike, alpha: npt.ArrayLike
) -> tuple[Floats, npt.NDArray[np.int64], Floats]:
    x, resolution = np.asarray(features, dtype=np.float64), np.asarray(alpha, dtype=np.float64)
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
    if not np.isin(seen, (0, 1)).all():
        raise InputError(f"labels must be 0 (smooth) or 1 (disk); received {np.unique(seen)[:5].tolist()}")
    return x, seen.astype(np.int64), resolution


def cv14_p_disk(cv14: Mapping[str, Any], features: npt.ArrayLike) -> Floats:
    """p(true disk | x) of a stored fit for other objects.

    Args:
        cv14: the section 'cv14' of bias_law.json.
        features: (N, D) in the order of cv14["features"], NaN where a value is absent.

    Returns:
        (N,) probabilities; NaN, meaning not known, where a feature is absent and everywhere if the fit is not 'ok'.

    Example:
        >>> law = {"weights": [2.0], "intercept": 0.0, "mean": [1.0], "std": [0.5], "status": "ok"}
        >>> cv14_p_disk(law, [[1.0], [1.5], [float("nan")]]).round(2).tolist()
        [0.5, 0.88, nan]
    """
    x = np.asarray(features, dtype=np.float64)
    if cv14["status"] != "ok":
        return np.full(len(x), np.nan)
    standardised = (x - np.asarray(cv14["mean"])) / np.asarray(cv14["std"])
    return special.expit(standardised @ np.asarray(cv14["weights"]) + cv14["intercept"])
