"""Any law learnt jointly with a logistic classifier: found again, and refused where the data cannot tell it."""

import numpy as np
import pytest
from scipy import special

from truemorph.components.bias_estimator.executor import check_parameters
from truemorph.components.bias_estimator.joint import fit_joint, law_entries
from truemorph.components.bias_estimator.law import bias_law
from truemorph.components.errors import InputError
from truemorph.components.laws import FLIP_LAWS, ExponentialLaw, FlipLaw, LogisticLaw, StretchedLaw, stored_law
from truemorph.components.laws.kinds import starting_law


def sky(law: FlipLaw | None, n: int = 6000, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x, alpha = rng.normal(size=(n, 3)), rng.uniform(4, 35, n)
    seen = rng.random(n) < special.expit(2 * x[:, 0] - x[:, 1] + 0.5)
    if law is not None:
        seen &= rng.random(n) > law.flip_probability(alpha)
    return x, seen.astype(int), alpha


@pytest.mark.parametrize("law", [LogisticLaw(12.0, 2.0), StretchedLaw(9.0, 3.5)], ids=lambda law: law.kind)
def test_a_law_is_found_again(law: FlipLaw) -> None:
    x, seen, alpha = sky(law)
    fit = fit_joint(law.kind, x, seen, alpha)
    assert fit.status == "ok" and fit.law is not None and fit.spread is not None and fit.scale_interval is not None
    for name, true in law.parameters.items():
        assert abs(np.log(fit.law.parameters[name] / true)) < 3 * fit.spread[name]
    assert fit.scale_interval[0] < law.scale < fit.scale_interval[1]
    exponential = fit_joint("exponential", x, seen, alpha)
    assert exponential.nll is not None and fit.nll is not None and fit.nll < exponential.nll - 10


def test_a_table_follows_any_law() -> None:
    law = LogisticLaw(12.0, 2.0)
    x, seen, alpha = sky(law)
    table, exponential = (fit_joint(kind, x, seen, alpha).law for kind in ("tabulated", "exponential"))
    assert table is not None and exponential is not None
    at = np.linspace(6, 30, 50)
    away = [np.abs(found.flip_probability(at) - law.flip_probability(at)).mean() for found in (table, exponential)]
    assert away[0] < 0.6 * away[1]


@pytest.mark.parametrize("kind", list(FLIP_LAWS))
def test_starts_are_about_the_exponential_law(kind: str) -> None:
    alpha = np.linspace(4, 35, 100)
    start = starting_law(kind, 9.0, alpha)
    assert start.kind == kind
    assert np.abs(start.flip_probability(alpha) - ExponentialLaw(9.0).flip_probability(alpha)).max() < 0.13


def test_a_table_may_start_far_beyond_its_scale() -> None:
    start = starting_law("tabulated", 1.0, np.array([30.0, 400.0]))
    assert start.flip_probability(400.0) > 0


@pytest.mark.parametrize("kind", ["logistic", "stretched", "tabulated"])
def test_what_the_data_cannot_tell(kind: str) -> None:
    x, seen, alpha = sky(None)
    assert "no bias" in str(fit_joint(kind, x, seen, alpha).why)
    assert fit_joint(kind, x[:60], seen[:60], alpha[:60]).status == "insufficient_data"
    flat = fit_joint(kind, x, seen, np.full(len(x), 9.0) + np.linspace(0, 0.1, len(x)))
    assert flat.status == "not_identifiable" and "nearly constant" in str(flat.why)
    assert "law" not in law_entries(flat) and law_entries(flat)["status"] == "not_identifiable"


def table(law: FlipLaw | None, n: int = 6000) -> object:
    import pandas as pd

    x, seen, alpha = sky(law, n)
    names = dict(zip(("ng", "e", "Rhlr"), x.T, strict=True))
    return pd.DataFrame({"alpha": alpha, "label_raw": seen, **names})


def test_bias_law_of_another_kind() -> None:
    law = bias_law(table(LogisticLaw(12.0, 2.0)), "estimate", "logistic")  # type: ignore[arg-type]
    assert (law["law"], law["status"], law["method"]) == ("logistic", "ok", "joint")
    fitted = stored_law(law)
    assert isinstance(fitted, LogisticLaw) and fitted.midpoint == pytest.approx(12.0, abs=0.6)
    assert law["theta"] == pytest.approx(fitted.scale) and law["interval"][0] < law["theta"] < law["interval"][1]
    assert law["cv14"]["status"] == "ok"


def test_without_structure_the_share_of_disks_is_taken_to_be_the_same_everywhere() -> None:
    law = bias_law(table(LogisticLaw(12.0, 2.0)).drop(columns=["ng"]), "estimate", "logistic")  # type: ignore[attr-defined]
    assert law["status"] == "ok" and law["cv14"] is None
    assert law["law_parameters"]["midpoint"] == pytest.approx(12.0, abs=1.0)


def test_a_sky_that_cannot_tell_keeps_the_exponential_law() -> None:
    law = bias_law(table(None), "estimate", "stretched")  # type: ignore[arg-type]
    assert (law["law"], law["status"]) == ("exponential", "not_identifiable")
    assert isinstance(stored_law(law), ExponentialLaw)


def test_parameters() -> None:
    assert check_parameters("stretched", "learn") == "estimate"
    with pytest.raises(
        InputError, match=r'bias_law.theta: received 9.0; for a logistic law give "estimate" or "learn"'
    ):
        check_parameters("logistic", 9.0)
