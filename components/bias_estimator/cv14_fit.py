"""What a CV14 fit found."""

import html
from dataclasses import dataclass
from typing import Any

from truemorph.components.bias_estimator.galaxy import Misfit
from truemorph.components.laws import FlipLaw
from truemorph.components.laws.base import Floats


@dataclass(frozen=True)
class Cv14Fit:
    """A joint fit of the weights of a logistic classifier and of theta.

    Whatever the data cannot tell is None: all estimates unless status is 'ok', 'uncertain' or 'misfit'.

    Args:
        weights: (D,) of the features in units of their standard deviations; with products (D + D (D + 1) / 2,), and so
            mean and std, see with_products.
        intercept: b.
        mean: (D,) means of the features.
        std: (D,) standard deviations (ddof 0) of the features.
        theta: resolution scale, dimensionless.
        theta_interval: 95 % profile-likelihood interval of theta.
        nll: negative log-likelihood at the maximum, summed over objects.
        p_true: (N,) p(true disk | x), the debiased classifier.
        posterior: (N,) p(true disk | x, alpha, label seen).
        status: 'ok', 'misfit' where the labels contradict the law that was fitted (its estimates are there, and wrong),
            'uncertain' where theta depends on observables and is not known to 10 %, 'not_identifiable' or
            'insufficient_data'.
        why: one sentence where status is not 'ok'.
        n: objects used.
        law: the law: exponential, or with observables a GalaxyLaw, whose theta is that of the median disk.
        misfit: the test of the law.
        sensitivity: theta under other assumptions; see sensitivity_of.
        class_on_alpha: weight of ln alpha in the classifier, with the mean and the standard deviation of ln alpha; None
            where it was not asked for.
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
    class_on_alpha: dict[str, float] | None = None

    def __repr__(self) -> str:
        if self.theta is None or self.theta_interval is None:
            return f"theta not known, {self.status}: {self.why} ({self.n:,} objects)"
        low, high = self.theta_interval
        told = self.status if self.why is None else f"{self.status}: {self.why}"
        return f"theta {self.theta:.2f} [{low:.2f}, {high:.2f}], {told} ({self.n:,} objects)"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{row['assumption']}</th><td>{row['theta']:.2f}</td><td>{row['share_poorly_resolved']:.3f}</td></tr>"
            for row in self.sensitivity or ()
        )
        head = "<tr><th></th><th>theta</th><th>disks at low alpha</th></tr>" if rows else ""
        return f"<table><caption>{html.escape(repr(self))}</caption>{head}{rows}</table>"
