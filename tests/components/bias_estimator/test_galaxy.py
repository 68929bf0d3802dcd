"""Theta of each galaxy's own: found again, and missed where one theta is fitted."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import special

from truemorph.components.bias_estimator.cv14 import fit_cv14
from truemorph.components.bias_estimator.executor import check_observables
from truemorph.components.bias_estimator.law import bias_law
from truemorph.components.errors import InputError
from truemorph.components.laws import GalaxyLaw, stored_law

NAMES = ("ng", "e", "Rhlr")
Sky = tuple[np.ndarray, np.ndarray, np.ndarray]


def sky(seed: int, n: int = 10_000, spread: float = 0.5) -> Sky:
    """Features, labels, alpha; ln theta is spread, half of it (in variance) with the features."""
    rng = np.random.default_rng(seed)
    x, alpha = rng.normal(size=(n, 3)), rng.lognormal(2.4, 0.45, n)
    disk = rng.random(n) < special.expit(x @ [-1.2, 0.8, 0.5] + 0.4)
    eps = x @ [-0.5, 0.6, 0.62] + rng.normal(size=n)
    theta = 9.18 * np.exp(spread * np.sqrt(0.5) * eps)
    return x, (disk & (rng.random(n) > np.exp(-(alpha**2) / (2 * theta**2)))).astype(int), alpha


def test_one_theta_is_a_misfit_and_theta_with_the_features_is_not() -> None:
    x, seen, alpha = sky(1)
    one, own = fit_cv14(x, seen, alpha), fit_cv14(x, seen, alpha, observables=x, names=NAMES)
    assert (one.status, one.misfit.dof) == ("misfit", 4) and one.misfit.p < 1e-6
    assert "theta differs from galaxy to galaxy" in one.why
    assert own.status == "ok" and own.misfit.p > 0.01
    assert isinstance(own.law, GalaxyLaw) and own.law.observables == NAMES
    np.testing.assert_allclose(own.law.slope, 0.5 * np.sqrt(0.5) * np.array([-0.5, 0.6, 0.62]), atol=0.08)
    assert own.theta == pytest.approx(9.18, rel=0.15) and own.theta_interval[0] < own.theta < own.theta_interval[1]


def test_sensitivity_to_a_class_that_goes_with_alpha() -> None:
    rng = np.random.default_rng(6)
    x, alpha = rng.normal(size=(20_000, 3)), rng.lognormal(2.4, 0.45, 20_000)
    shift = 0.2 * (np.log(alpha) - 2.4) / 0.45
    disk = rng.random(20_000) < special.expit(x @ [-1.2, 0.8, 0.5] + 0.4 + shift)
    fit = fit_cv14(x, (disk & (rng.random(20_000) > np.exp(-(alpha**2) / (2 * 9.18**2)))).astype(int), alpha)
    plain, lower, right = fit.sensitivity
    assert plain["theta"] == pytest.approx(fit.theta, rel=1e-4) and lower["theta"] > plain["theta"] > right["theta"]
    assert right["theta"] == pytest.approx(9.18, rel=0.05)
    assert right["share_poorly_resolved"] == pytest.approx(disk[alpha <= np.quantile(alpha, 0.25)].mean(), abs=0.03)


def test_observables_that_do_not_mend_it_leave_a_misfit() -> None:
    x, seen, alpha = sky(2, spread=0.8)
    other = np.random.default_rng(0).normal(size=(len(x), 1))
    assert fit_cv14(x, seen, alpha, observables=other, names=["other"]).status == "misfit"


@pytest.mark.slow
def test_alarms_where_one_theta_is_right() -> None:
    fits = [fit_cv14(*sky(seed, 3000, 0.0)) for seed in range(200)]
    alarms = np.mean([fit.status == "misfit" for fit in fits])
    print(f"200 skies: {alarms:.3f}")
    assert alarms <= 0.05


def test_a_million_galaxies_begin_with_a_few(monkeypatch: pytest.MonkeyPatch) -> None:
    x, seen, alpha = sky(3, 6000)
    whole = fit_cv14(x, seen, alpha, observables=x, names=NAMES)
    monkeypatch.setattr("truemorph.components.bias_estimator.galaxy.SUBSAMPLE", 2000)
    few = fit_cv14(x, seen, alpha, observables=x, names=NAMES)
    assert few.theta == pytest.approx(whole.theta, rel=1e-3)
    np.testing.assert_allclose(few.law.slope, whole.law.slope, atol=1e-3)


def test_bias_law_says_so_and_holds_the_law() -> None:
    x, seen, alpha = sky(4)
    table = pd.DataFrame(x, columns=NAMES).assign(alpha=alpha, label_raw=seen)
    one, own = bias_law(table, "estimate"), bias_law(table, "estimate", observables=("ng", "e"))
    assert one["status"] == "misfit" and set(one["misfit"]) == {"statistic", "dof", "p"}
    fitted = stored_law(json.loads(json.dumps(own)))
    assert fitted.observables == ("ng", "e") and own["observables"] == ["ng", "e"]
    assert own["theta"] == pytest.approx(fitted.scale)


def test_observables_that_cannot_be_used() -> None:
    with pytest.raises(InputError, match=r"bias_law.observables: takes mu, which no Example has; choose from"):
        check_observables(["mu"], "exponential", "estimate")
    with pytest.raises(InputError, match=r"bias_law.observables: received \['ng'\] with bias_law.kind=logistic"):
        check_observables(["ng"], "logistic", "estimate")
    x, seen, alpha = sky(5, 500)
    with pytest.raises(InputError, match="observables: column 0 is constant"):
        fit_cv14(x, seen, alpha, observables=np.ones((500, 1)), names=["one"])
