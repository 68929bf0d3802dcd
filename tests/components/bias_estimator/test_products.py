"""Squares and products of the features, where the class needs them."""

import json
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
from scipy import special

from truemorph.components.bias_estimator import law
from truemorph.components.bias_estimator.cv14 import fit_cv14
from truemorph.components.bias_estimator.estimate import cv14_entry
from truemorph.components.bias_estimator.law import bias_law
from truemorph.components.errors import InputError
from truemorph.components.evaluator.panels import profile
from truemorph.components.laws import ExponentialLaw, cv14_p_disk, with_products

NAMES = ["ng", "e", "Rhlr"]
Sky = tuple[np.ndarray, np.ndarray, np.ndarray]


def sky(seed: int, n: int = 6000, curved: float = 1.0) -> Sky:
    """Features, labels seen and alpha; disks lie on both sides of the middle of the first feature."""
    rng = np.random.default_rng(seed)
    x, alpha = rng.normal(size=(n, 3)), rng.lognormal(2.4, 0.45, n)
    disk = rng.random(n) < special.expit(curved * (x[:, 0] ** 2 + x[:, 1] * x[:, 2]) + x[:, 1])
    return x, (disk & (rng.random(n) > ExponentialLaw(9.18).flip_probability(alpha))).astype(int), alpha


def table_of(x: np.ndarray, seen: np.ndarray, alpha: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(x, columns=NAMES).assign(alpha=alpha, label_raw=seen)


def test_products_are_features_like_any_other() -> None:
    x, seen, alpha = sky(1)
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    by_hand = [z[:, i] * z[:, j] for i, j in ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))]
    np.testing.assert_allclose(with_products(x, x.mean(axis=0), x.std(axis=0)), np.column_stack([x, *by_hand]))
    fit, given = fit_cv14(x, seen, alpha, products=True), fit_cv14(np.column_stack([x, *by_hand]), seen, alpha)
    assert fit.theta == pytest.approx(given.theta) and fit.nll == pytest.approx(given.nll)
    assert fit.theta_interval[0] < 9.18 < fit.theta_interval[1]
    np.testing.assert_allclose(fit.weights, given.weights)
    assert (fit.misfit.dof, given.misfit.dof) == (4, 10)  # theta may depend on the features, not on their products
    np.testing.assert_allclose(cv14_p_disk(json.loads(json.dumps(asdict(fit), default=list)), x, alpha), fit.p_true)


def test_a_sky_has_them_where_that_is_likelier() -> None:
    found = bias_law(table_of(*sky(2)), "estimate", observables=None)
    assert len(found["cv14"]["weights"]) == 9
    assert "ng, e, Rhlr, their squares and products" in found["source"]
    assert found["interval"][0] < 9.18 < found["interval"][1]
    straight = bias_law(table_of(*sky(2, curved=0.0)), "estimate", observables=None)
    assert len(straight["cv14"]["weights"]) == 3 and "squares" not in straight["source"]
    assert len(bias_law(table_of(*sky(2)), "estimate", observables=[])["cv14"]["weights"]) == 3


def test_the_profile_of_such_a_fit_meets_its_interval() -> None:
    table = table_of(*sky(3))
    fit = cv14_entry(table, products=True)
    assert fit is not None
    found = profile(table, {"cv14": fit})
    assert found is not None
    np.testing.assert_allclose(np.interp(fit["interval"], found["theta"], found["rise"]), 1.92, atol=0.05)


def test_disks_that_are_cut_out_are_no_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    table = table_of(*sky(2))
    monkeypatch.setattr(law, "SHARP", 0.1)
    assert len(bias_law(table, "estimate", observables=None)["cv14"]["weights"]) == 3


def test_few_galaxies_and_a_feature_of_two_values() -> None:
    x, seen, alpha = sky(4, 2000)
    assert "of each class are needed" in fit_cv14(x[:120], seen[:120], alpha[:120], products=True).why
    x[:, 0] = np.where(np.arange(len(x)) % 2, 1.0, -1.0)
    fit, plain = (fit_cv14(x[:, :1], seen, alpha, products=products) for products in (True, False))
    assert fit.theta == pytest.approx(plain.theta)
    np.testing.assert_allclose(fit.p_true, plain.p_true, rtol=1e-5)
    with pytest.raises(InputError, match="features: column 2 is constant"):
        fit_cv14(x * [1, 1, 0], seen, alpha, products=True)
