"""Any law of two classes learnt jointly with a logistic classifier, as CV14 does for the exponential one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from truemorph.components.bias_estimator import identifiability
from truemorph.components.bias_estimator.one_theta import best_fit, unbiased_nll
from truemorph.components.laws import CatalogueLikelihood, ExponentialLaw, FlipLaw
from truemorph.components.laws.base import Floats
from truemorph.components.laws.kinds import starting_law, table_prior

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


def fit_joint(
    kind: str,
    features: npt.ArrayLike,
    labels: npt.ArrayLike,
    alpha: npt.ArrayLike,
    *,
    rates: tuple[float, float] = (1.0, 1.0),
) -> JointFit:
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
        rates: shares of the smooth and of the disk labels that the sample kept.

    Returns:
        JointFit; 'not_identifiable' where alpha is nearly constant or determined by the features, the labels show no
        bias, no object is well resolved, or the likelihood is flat in a parameter; 'insufficient_data' with fewer than
        ten objects of a class for each parameter.

    Examples:
        >>> from scipy import special
        >>> from truemorph.components.laws import LogisticLaw
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
    x, resolution, seen = np.asarray(features, np.float64), np.asarray(alpha, np.float64), np.asarray(labels)
    first = starting_law(kind, float(np.median(resolution)), resolution)

    def unknown(status: str, why: str) -> JointFit:
        return JointFit(None, None, None, None, status, why, len(x))

    why = identifiability.too_few(seen, x.shape[1] + 1 + sum(value.size for value in first.parameters.values()))
    if why:
        return unknown("insufficient_data", why)
    x = standardised(x)
    why = _cannot_tell(x, resolution)
    if why:
        return unknown("not_identifiable", why)
    nll, at = best_fit(x, seen, resolution, rates)
    why = identifiability.no_bias(2.0 * (unbiased_nll(x, seen, resolution, rates) - nll))
    if why:
        return unknown("not_identifiable", why)
    law = starting_law(kind, float(np.exp(at[-1])), resolution)
    likelihood = CatalogueLikelihood(x, seen, resolution, law, prior=table_prior(law), rates=rates)
    nll, at = likelihood.minimise(likelihood.start(at[:-1]))
    fitted = likelihood.law_at(at)
    best = float(np.quantile(resolution, 0.99))
    flipped = float(fitted.flip_probability(best))
    if flipped > identifiability.MOST_FLIPPED:
        why = f"no object is well resolved: {flipped:.0%} are flipped at alpha = {best:.4g}"
        return unknown("not_identifiable", why)
    errors = _errors(likelihood, at)
    if errors is None:
        return unknown("not_identifiable", f"the likelihood is flat in a parameter of the {kind} law")
    spread, error = errors
    interval = tuple(float(fitted.scale * np.exp(sign * 1.96 * error)) for sign in (-1, 1))
    return JointFit(fitted, interval, spread, nll, "ok", None, len(x))  # type: ignore[arg-type]


def _errors(likelihood: CatalogueLikelihood, at: Floats) -> tuple[dict[str, Any], float] | None:
    """Standard errors of each parameter's logarithm and of ln scale, by the curvature; None where it is flat."""
    curvature = likelihood.hessian(at)
    if not np.isfinite(curvature).all() or np.linalg.eigvalsh(curvature).min() <= 1e-8:
        return None
    covariance = np.linalg.inv(curvature)
    errors = np.sqrt(np.diag(covariance))
    if not (errors[likelihood.d :] < _WIDEST).all():
        return None
    law, spread = likelihood.law, {}
    for name in likelihood.free:
        spread[name] = errors[likelihood.index(name)].reshape(law.parameters[name].shape).tolist()
    step, slope = 1e-4, np.zeros(at.size)
    for i in range(likelihood.d, at.size):
        shift = step * (np.arange(at.size) == i)
        slope[i] = np.log(likelihood.law_at(at + shift).scale / likelihood.law_at(at - shift).scale) / (2.0 * step)
    return spread, float(np.sqrt(slope @ covariance @ slope))


def unbiased_law(
    features: npt.ArrayLike, labels: npt.ArrayLike, alpha: npt.ArrayLike, rates: tuple[float, float] = (1.0, 1.0)
) -> ExponentialLaw | None:
    """The most likely exponential law where the data could tell a bias and show none; under it next to no label flips.

    Args:
        features, labels, alpha, rates: see fit_joint.

    Returns:
        The law; None where there is a bias, or where these data could not tell.

    Examples:
        >>> from scipy import special
        >>> rng = np.random.default_rng(0)
        >>> x, alpha = rng.normal(size=(4000, 1)), rng.uniform(4, 40, 4000)
        >>> law = unbiased_law(x, (rng.random(4000) < special.expit(2 * x[:, 0])).astype(int), alpha)
        >>> float(law.flip_probability(4.0)) < 0.2
        True
    """
    x, resolution, seen = np.asarray(features, np.float64), np.asarray(alpha, np.float64), np.asarray(labels)
    if identifiability.too_few(seen, x.shape[1] + 2):
        return None
    x = standardised(x)
    if _cannot_tell(x, resolution):
        return None
    # From the smallest theta that does anything here on.
    first = ExponentialLaw(float(resolution.min()) / 2.0)
    likelihood = CatalogueLikelihood(x, seen, resolution, first, rates=rates)
    nll, at = likelihood.minimise(likelihood.start())
    if identifiability.no_bias(2.0 * (unbiased_nll(x, seen, resolution, rates) - nll)) is None:
        return None
    return ExponentialLaw(likelihood.law_at(at).scale)


def standardised(features: Floats) -> Floats:
    """Features of mean 0 and standard deviation 1 (a constant one is 0)."""
    std = features.std(axis=0)
    return np.asarray((features - features.mean(axis=0)) / np.where(std > 0, std, 1.0))


def _cannot_tell(x: Floats, alpha: Floats) -> str | None:
    """Why a dependence on alpha could not be seen, or None."""
    explained = identifiability.explained_alpha(alpha, x) if x.shape[1] else None
    return identifiability.constant_alpha(alpha) or explained


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
