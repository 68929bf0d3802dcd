"""Any law of two classes learnt jointly with a logistic classifier, as CV14 does for the exponential one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

from truemorph.components.bias_estimator import identifiability
from truemorph.components.laws import DISK, ExponentialLaw, FlipLaw, LogisticLaw, StretchedLaw, TabulatedLaw

Floats = npt.NDArray[np.float64]
KNOTS = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Quantiles of alpha at which a tabulated law has its knots."""
TABLE_PRIOR = 1.0
"""Width of the prior on the logarithm of each increment of a tabulated law, about the exponential law's: a bin with few
labels tells little of its own."""
_REACH = (-30.0, 30.0)
"""Logarithms of parameters between which a line search is held."""
_WIDEST = 3.0
"""Standard error of the logarithm of a parameter from which on the data are said not to tell it."""


@dataclass(frozen=True)
class JointFit:
    """A joint fit of a logistic classifier and of a law; estimates are None unless status is 'ok'.

    Args:
        law: the law.
        scale_interval: 95 % interval of the law's scale, the alpha at which p_flip = exp(-1/2).
        spread: for each parameter, standard errors of its logarithm, as nested lists.
        nll: negative log-likelihood at the maximum, summed over objects.
        status: 'ok', 'not_identifiable' or 'insufficient_data'.
        why: one sentence where status is not 'ok'.
        n: objects used.
    """

    law: FlipLaw | None
    scale_interval: tuple[float, float] | None
    spread: dict[str, Any] | None
    nll: float | None
    status: str
    why: str | None
    n: int


def starting_law(kind: str, theta: float, alpha: Floats) -> FlipLaw:
    """A law of some kind that is about the exponential one.

    Args:
        kind: 'exponential', 'logistic', 'stretched' or 'tabulated'.
        theta: scale of the exponential law.
        alpha: (N,) resolutions of the sky; the knots of a tabulated law lie among them.

    Example:
        >>> starting_law("stretched", 9.0, np.array([4.0, 30.0]))
        StretchedLaw(theta=9.0, beta=2.0)
    """
    exponential = ExponentialLaw(theta)
    if kind == LogisticLaw.kind:
        midpoint = theta * float(np.sqrt(2.0 * np.log(2.0)))
        return LogisticLaw(midpoint, midpoint / 4.0)
    if kind == TabulatedLaw.kind:
        knots = np.quantile(alpha, KNOTS)
        # Held above what no double can tell from 0, and falling all the same.
        u = np.minimum(exponential.exponent(knots), 25.0 + np.arange(len(knots)))
        return TabulatedLaw(tuple(knots.tolist()), tuple(np.exp(-u).tolist()))
    return StretchedLaw(theta, 2.0) if kind == StretchedLaw.kind else exponential


def fit_joint(kind: str, features: npt.ArrayLike, labels: npt.ArrayLike, alpha: npt.ArrayLike) -> JointFit:
    """Joint maximum likelihood of a logistic classifier of the true class and of a law's parameters.

    Formula: maximise prod_i sum_y p(seen_i | y, alpha_i) p(y | x_i; w, b) over w, b and the law's parameters. Standard
    errors are those of the curvature at the maximum. The exponential law is fitted first, and the others start there;
    the increments of a tabulated law have a log-normal prior about it.

    Args:
        kind: 'exponential', 'logistic', 'stretched' or 'tabulated'.
        features: (N, D) numbers that tell the class; D may be 0, then the share of disks is taken to be the same at
            every alpha.
        labels: (N,) labels seen, 0 smooth or 1 disk.
        alpha: (N,) resolution, dimensionless, > 0.

    Returns:
        JointFit; 'not_identifiable' where alpha is nearly constant or determined by the features, the labels show no
        bias, no object is well resolved, or the likelihood is flat in a parameter; 'insufficient_data' with fewer than
        ten objects of a class for each parameter.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> x, alpha = rng.normal(size=(4000, 1)), rng.uniform(2, 40, 4000)
        >>> disk = rng.random(4000) < special.expit(2 * x[:, 0])
        >>> seen = disk & (rng.random(4000) > LogisticLaw(12.0, 2.0).flip_probability(alpha))
        >>> fit = fit_joint("logistic", x, seen.astype(int), alpha)
        >>> fit.status, abs(fit.law.midpoint - 12.0) < 1.0
        ('ok', True)

    References:
        Cabrera, Miller & Schneider 2014, ICPR, 4417.
    """
    x, resolution = np.asarray(features, dtype=np.float64), np.asarray(alpha, dtype=np.float64)
    seen_disk = np.asarray(labels) == DISK
    n, d = x.shape
    law: FlipLaw = ExponentialLaw(float(np.median(resolution)))
    extra = sum(value.size for value in starting_law(kind, law.scale, resolution).parameters.values())

    def unknown(status: str, why: str) -> JointFit:
        return JointFit(None, None, None, None, status, why, n)

    why = identifiability.too_few(seen_disk.astype(np.int64), d + 1 + extra)
    if why:
        return unknown("insufficient_data", why)
    x = _design(x)
    why = _cannot_tell(x, resolution)
    if why:
        return unknown("not_identifiable", why)
    start = _start(x, seen_disk)
    problem, at = _fit(_Problem(x, seen_disk, resolution, law), start)
    why = identifiability.no_bias(problem.gain(problem.value(at)[0], start))
    if why:
        return unknown("not_identifiable", why)
    if kind != ExponentialLaw.kind:
        law = starting_law(kind, problem.law_at(at).scale, resolution)
        prior = TABLE_PRIOR if kind == TabulatedLaw.kind else np.inf
        problem, at = _fit(_Problem(x, seen_disk, resolution, law, prior), at[: d + 1])
    nll = problem.value(at)[0]
    fitted = problem.law_at(at)
    best = float(np.quantile(resolution, 0.99))
    flipped = float(fitted.flip_probability(best))
    if flipped > identifiability.MOST_FLIPPED:
        return unknown(
            "not_identifiable", f"no object is well resolved: {flipped:.0%} are flipped at alpha = {best:.4g}"
        )
    covariance = problem.covariance(at)
    errors = None if covariance is None else np.sqrt(np.diag(covariance)[d + 1 :])
    if covariance is None or errors is None or not (errors < _WIDEST).all():
        return unknown("not_identifiable", f"the likelihood is flat in a parameter of the {kind} law")
    slope = problem.scale_slope(at)
    error = float(np.sqrt(slope @ covariance[d + 1 :, d + 1 :] @ slope))
    interval = (fitted.scale * np.exp(-1.96 * error), fitted.scale * np.exp(1.96 * error))
    spread = {name: part.tolist() for name, part in problem.named(errors).items()}
    return JointFit(fitted, (float(interval[0]), float(interval[1])), spread, nll, "ok", None, n)


class _Problem:
    """The negative log-likelihood over w, b and the logarithms of the law's parameters, with their prior."""

    def __init__(
        self, x: Floats, seen_disk: npt.NDArray[np.bool_], alpha: Floats, law: FlipLaw, prior: float = np.inf
    ) -> None:
        self.x, self.seen_disk, self.alpha, self.law, self.prior = x, seen_disk, alpha, law, prior
        self.shapes = {name: value.shape for name, value in law.parameters.items()}

    def raw(self, law: FlipLaw) -> Floats:
        return np.log(np.concatenate([np.ravel(value) for value in law.parameters.values()]))

    def named(self, flat: Floats) -> dict[str, Floats]:
        parts, start = {}, 0
        for name, shape in self.shapes.items():
            size = int(np.prod(shape))
            parts[name] = flat[start : start + size].reshape(shape)
            start += size
        return parts

    def law_at(self, at: Floats) -> FlipLaw:
        return self.law.with_parameters(self.named(np.exp(np.clip(at[self.x.shape[1] :], *_REACH))))

    def exponent(self, raw: Floats) -> Floats:
        # Far from the maximum a line search may try anything.
        return np.clip(self.law.exponent(self.alpha, self.named(np.exp(np.clip(raw, *_REACH)))), 1e-30, 1e4)

    def value(self, at: Floats) -> tuple[float, Floats]:
        """Formula: seen disk: softplus(-z) - ln(1 - e^-u); seen smooth: softplus(z) - softplus(z - u); z = w.x + b."""
        d = self.x.shape[1]
        z, raw = self.x @ at[:d], at[d:]
        u = self.exponent(raw)
        disk = np.logaddexp(0.0, -z) - np.log(-np.expm1(-u))
        smooth = np.logaddexp(0.0, z) - np.logaddexp(0.0, z - u)
        true_disk = special.expit(z - u)
        by_z = special.expit(z) - np.where(self.seen_disk, 1.0, true_disk)
        by_u = np.where(self.seen_disk, -1.0 / np.expm1(np.minimum(u, 500.0)), true_disk)
        step = 1e-6
        by_raw = [
            float(by_u @ (self.exponent(raw + shift) - self.exponent(raw - shift))) / (2.0 * step)
            for shift in step * np.eye(raw.size)
        ]
        away = (raw - self.raw(self.law)) / self.prior
        value = float(np.where(self.seen_disk, disk, smooth).sum() + 0.5 * away @ away)
        return value, np.concatenate([by_z @ self.x, by_raw + away / self.prior])

    def gain(self, nll: float, start: Floats) -> float:
        """Twice the gain in log-likelihood over labels without bias."""
        plain = optimize.minimize(self.unbiased, start, jac=True, method="BFGS")
        return max(0.0, 2.0 * (float(plain.fun) - nll))

    def unbiased(self, weights: Floats) -> tuple[float, Floats]:
        """The same for labels without bias."""
        z = self.x @ weights
        value = np.logaddexp(0.0, np.where(self.seen_disk, -z, z)).sum()
        return float(value), (special.expit(z) - self.seen_disk) @ self.x

    def covariance(self, at: Floats) -> Floats | None:
        """Inverse of the curvature, or None where it is not a maximum in every direction."""
        step = 1e-4
        rows = [(self.value(at + e)[1] - self.value(at - e)[1]) / (2.0 * step) for e in step * np.eye(at.size)]
        curvature = 0.5 * (np.array(rows) + np.array(rows).T)
        if not np.isfinite(curvature).all() or np.linalg.eigvalsh(curvature).min() <= 1e-8:
            return None
        return np.asarray(np.linalg.inv(curvature), np.float64)

    def scale_slope(self, at: Floats) -> Floats:
        """Derivatives of ln scale by the logarithms of the parameters."""
        d, step = self.x.shape[1], 1e-4
        shifts = np.pad(step * np.eye(at.size - d), ((0, 0), (d, 0)))
        rises = [np.log(self.law_at(at + e).scale / self.law_at(at - e).scale) / (2.0 * step) for e in shifts]
        return np.array(rises)


def unbiased_law(features: npt.ArrayLike, labels: npt.ArrayLike, alpha: npt.ArrayLike) -> ExponentialLaw | None:
    """The most likely exponential law where the data could tell a bias and show none; under it next to no label flips.

    Args:
        features: see fit_joint.
        labels: see fit_joint.
        alpha: see fit_joint.

    Returns:
        The law; None where there is a bias, or where these data could not tell.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> x, alpha = rng.normal(size=(4000, 1)), rng.uniform(4, 40, 4000)
        >>> law = unbiased_law(x, (rng.random(4000) < special.expit(2 * x[:, 0])).astype(int), alpha)
        >>> float(law.flip_probability(4.0)) < 0.2
        True
    """
    x, resolution = np.asarray(features, dtype=np.float64), np.asarray(alpha, dtype=np.float64)
    seen_disk = np.asarray(labels) == DISK
    if identifiability.too_few(seen_disk.astype(np.int64), x.shape[1] + 2):
        return None
    x = _design(x)
    if _cannot_tell(x, resolution):
        return None
    # From the smallest theta that does anything here on.
    first = ExponentialLaw(float(resolution.min()) / 2.0)
    problem, at = _fit(_Problem(x, seen_disk, resolution, first), _start(x, seen_disk))
    if identifiability.no_bias(problem.gain(problem.value(at)[0], _start(x, seen_disk))) is None:
        return None
    return ExponentialLaw(problem.law_at(at).scale)


def _design(features: Floats) -> Floats:
    """Standardised features and a column of ones."""
    std = features.std(axis=0)
    return np.column_stack([(features - features.mean(axis=0)) / np.where(std > 0, std, 1.0), np.ones(len(features))])


def _start(x: Floats, seen_disk: npt.NDArray[np.bool_]) -> Floats:
    """Weights of a classifier that gives every object the share of the disks seen."""
    return np.append(np.zeros(x.shape[1] - 1), special.logit(np.clip(seen_disk.mean(), 0.01, 0.99)))


def _cannot_tell(x: Floats, alpha: Floats) -> str | None:
    """Why a dependence on alpha could not be seen, or None."""
    features = x[:, :-1]
    explained = identifiability.explained_alpha(alpha, features) if features.shape[1] else None
    return identifiability.constant_alpha(alpha) or explained


def _fit(problem: _Problem, weights: Floats) -> tuple[_Problem, Floats]:
    """The problem, and where its value is least from these weights and its law on."""
    options = {"gtol": 1e-6 * len(problem.x), "maxiter": 500}
    start = np.concatenate([weights, problem.raw(problem.law)])
    return problem, optimize.minimize(problem.value, start, jac=True, method="BFGS", options=options).x


def law_entries(fit: JointFit) -> Mapping[str, Any]:
    """What a fit adds to bias_law.json; nothing of the law where the fit is not 'ok'."""
    if fit.law is None:
        return {"status": fit.status, "why": fit.why, "n": fit.n}
    config = fit.law.get_config()
    return {
        "law": config.pop("law"),
        "law_parameters": config,
        "theta": fit.law.scale,
        "interval": list(fit.scale_interval or ()),
        "spread": fit.spread,
        "status": "ok",
        "method": "joint",
        "source": "joint maximum likelihood with a classifier, on the training split; theta: where p_flip = exp(-1/2)",
        "why": None,
        "n": fit.n,
    }
