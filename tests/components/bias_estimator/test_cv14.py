"""The joint fit of classifier and theta."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from scipy import optimize, special

from truemorph.components.bias_estimator.cv14 import fit_cv14
from truemorph.components.bias_estimator.cv14_fit import Cv14Fit
from truemorph.components.bias_estimator.one_theta import unbiased_nll
from truemorph.components.errors import InputError
from truemorph.components.laws import CatalogueLikelihood, ExponentialLaw, cv14_p_disk
from truemorph.components.measures.cv14 import cv14_bias

Sky = tuple[np.ndarray, np.ndarray, np.ndarray]


def sky(
    seed: int, n: int = 3000, theta: float = 9.18, alpha: np.ndarray | None = None, x: np.ndarray | None = None
) -> Sky:
    """Features, labels seen and alpha; theta 0 leaves the labels unbiased."""
    rng = np.random.default_rng(seed)
    alpha = rng.lognormal(2.4, 0.45, n) if alpha is None else alpha
    x = rng.normal(size=(n, 3)) if x is None else x
    disk = rng.random(n) < special.expit(x @ [-1.2, 0.8, 0.5] + 0.4)
    seen = disk if theta == 0 else disk & (rng.random(n) > ExponentialLaw(theta).flip_probability(alpha))
    return x, seen.astype(int), alpha


def test_every_stored_fit(shared: Path) -> None:
    compared = 0
    for path in sorted((shared / "oracle").glob("d0*.cv14fit.json")):
        stored, arrays = json.loads(path.read_text()), np.load(path.with_name(path.name.replace("cv14fit.json", "npz")))
        x, alpha = arrays["features"].astype(np.float64), arrays["alpha"].astype(np.float64)
        z = (x - x.mean(axis=0)) / x.std(axis=0)
        point = stored["check_point"]
        likelihood = CatalogueLikelihood(z, arrays["y"], alpha, ExponentialLaw(point["theta"]))
        value, gradient = likelihood.value(likelihood.start(np.array([*point["w"], point["b"]])))
        gradient[-1] /= point["theta"]  # by theta
        assert value == pytest.approx(point["nll"], rel=0, abs=1e-6)
        np.testing.assert_allclose(gradient, point["grad_w_b_theta"], rtol=0, atol=1e-6)
        fit, best = fit_cv14(x, arrays["y"], alpha), stored["mle_lbfgs"]
        assert fit.status == "ok"
        assert fit.theta == pytest.approx(best["theta"], abs=1e-3)
        assert fit.nll == pytest.approx(best["nll"], abs=1e-6)
        np.testing.assert_allclose(fit.weights, best["w"], atol=1e-3)
        assert fit.intercept == pytest.approx(best["b"], abs=1e-3)
        counts = stored["debiased_counts"]
        assert np.count_nonzero(fit.p_true > 0.5) == counts["classifier_argmax_disk"]
        assert np.count_nonzero(fit.posterior > 0.5) == counts["posterior_map_disk"]
        assert fit.theta_interval[0] < stored["theta_true"] < fit.theta_interval[1]
        other = stored["mle_em"]
        assert (fit.theta, fit.nll) == (pytest.approx(other["theta"], abs=1e-3), pytest.approx(other["nll"], abs=1e-6))
        np.testing.assert_allclose([*fit.weights, fit.intercept], [*other["w"], other["b"]], atol=1e-3)
        plain = stored["plain_logreg_theta_to_0"]
        likelihood = CatalogueLikelihood(z, arrays["y"], alpha, ExponentialLaw(1e-3), free=())
        assert likelihood.value(np.array([*plain["w"], plain["b"]]))[0] == pytest.approx(plain["nll"], abs=1e-6)
        nll, at = likelihood.minimise(likelihood.start())
        assert (nll, unbiased_nll(z, arrays["y"], alpha)) == (pytest.approx(plain["nll"], abs=1e-6),) * 2
        np.testing.assert_allclose(at, [*plain["w"], plain["b"]], atol=1e-3)
        compared += 1 + 5 + 6 + 2 + 6 + 1 + 5 + compare_labels(stored, arrays, fit)
    print(f"compared {compared} numbers")
    assert compared == 4 * (26 + 11)


def compare_labels(stored: dict, arrays: np.lib.npyio.NpzFile, fit: Cv14Fit) -> int:
    """The label sets of a stored fit: counts, agreement with truth and CV14 bias; how many numbers there were."""
    labels = {
        "observed": arrays["y"].astype(int),
        "true": arrays["y_true"].astype(int),
        "classifier": (fit.p_true > 0.5).astype(int),
        "posterior_map": (fit.posterior > 0.5).astype(int),
    }
    for name, counts in stored["label_counts"].items():
        assert np.bincount(labels[name]).tolist() == counts
    for name, share in stored["agreement_with_true"].items():
        assert np.mean(labels[name] == labels["true"]) == pytest.approx(share, abs=1e-12)
    for name, value in stored["cv14_clean_NA10_leastbiased"].items():
        assert cv14_bias(labels[name], arrays["alpha"], bins=10).value == pytest.approx(value, abs=1e-12)
    return 4 + 3 + 4


@pytest.mark.parametrize("seed", range(4))
def test_a_general_optimiser_finds_no_better_fit(seed: int) -> None:
    """The likelihood written out as it is defined, minimised without derivatives of ours, from many starts."""
    theta = [4.0, 9.18, 14.0, 7.0][seed]
    x, seen, alpha = sky(seed, 1500, theta)
    z = (x - x.mean(axis=0)) / x.std(axis=0)

    def plain(parameters: np.ndarray) -> float:
        share = 1 / (1 + np.exp(-(z @ parameters[:3] + parameters[3])))
        q = share * (1 - np.exp(-(alpha**2) / (2 * np.exp(2 * parameters[4]))))
        return -float(np.log(np.where(seen == 1, q, 1 - q)).sum())

    best = min(
        optimize.minimize(plain, [0, 0, 0, 0, np.log(start)], method="L-BFGS-B").fun for start in (3.0, 8.0, 20.0)
    )
    fit = fit_cv14(x, seen, alpha)
    assert fit.nll == pytest.approx(best, abs=1e-4) and fit.nll <= best + 1e-9
    assert plain(np.array([*fit.weights, fit.intercept, np.log(fit.theta)])) == pytest.approx(fit.nll, abs=1e-8)


def test_features_that_part_the_classes_wholly_still_give_theta() -> None:
    rng = np.random.default_rng(3)
    x, alpha = rng.normal(size=(3000, 2)), rng.lognormal(2.4, 0.45, 3000)
    seen = (x[:, 0] > 0) & (rng.random(3000) > ExponentialLaw(9.18).flip_probability(alpha))
    fit = fit_cv14(x, seen.astype(int), alpha)
    assert fit.status == "ok" and fit.theta_interval[0] < 9.18 < fit.theta_interval[1]
    assert np.isfinite(fit.weights).all()
    assert_unknown(fit_cv14(x, (x[:, 0] > 0).astype(int), alpha), "not_identifiable", "the labels show no bias")


def test_any_unit_of_alpha_and_any_kind_of_array() -> None:
    x, seen, alpha = sky(11)
    fit = fit_cv14(x, seen, alpha)
    for scale in (1e-6, 1e6):
        assert fit_cv14(x, seen, alpha * scale).theta == pytest.approx(fit.theta * scale, rel=1e-6)
    narrow = fit_cv14(x.astype(np.float32), seen.astype(bool), alpha.astype(np.float32))
    assert narrow.theta == pytest.approx(fit.theta, rel=1e-5)
    assert fit_cv14(x.tolist(), seen.tolist(), alpha.tolist()).theta == fit.theta
    doubled = fit_cv14(np.column_stack([x, x[:, 0]]), seen, alpha)
    assert doubled.theta == pytest.approx(fit.theta, rel=1e-5)
    outlier = np.where(np.arange(alpha.size) == 7, 1e9, alpha)
    assert fit_cv14(x, seen, outlier).theta == pytest.approx(fit.theta, rel=0.01)


def test_fit_is_the_same_in_any_unit_and_reports_what_it_standardised() -> None:
    x, seen, alpha = sky(3)
    fit, other = fit_cv14(x, seen, alpha), fit_cv14(x * [1.0, 10.0, 0.1] + 5.0, seen, alpha)
    assert other.theta == pytest.approx(fit.theta, rel=1e-6)
    np.testing.assert_allclose(other.weights, fit.weights, rtol=1e-4)
    np.testing.assert_allclose(other.std, fit.std * [1.0, 10.0, 0.1])
    np.testing.assert_allclose(fit.mean, x.mean(axis=0))
    assert fit.theta_interval[0] < fit.theta < fit.theta_interval[1]


def test_ends_of_the_interval_lie_on_the_95_percent_level() -> None:
    x, seen, alpha = sky(4)
    fit = fit_cv14(x, seen, alpha)
    likelihood = CatalogueLikelihood((x - fit.mean) / fit.std, seen, alpha, ExponentialLaw(1.0))
    for end in fit.theta_interval:
        value, _ = likelihood.minimise(np.array([*fit.weights, fit.intercept, np.log(end)]), [4])
        assert 2 * (value - fit.nll) == pytest.approx(3.841459, abs=1e-3)


def test_posterior_never_turns_a_disk_into_smooth() -> None:
    x, seen, alpha = sky(5)
    fit = fit_cv14(x, seen, alpha)
    assert (fit.posterior[seen == 1] == 1).all()
    assert (fit.posterior[seen == 0] < fit.p_true[seen == 0]).all()


def assert_unknown(fit: Cv14Fit, status: str, why: str) -> None:
    assert fit.status == status and why in fit.why
    for name in ("weights", "intercept", "theta", "theta_interval", "nll", "p_true", "posterior"):
        assert getattr(fit, name) is None


def test_nearly_constant_alpha_is_not_identifiable() -> None:
    alpha = np.random.default_rng(0).uniform(9.9, 10.1, 3000)
    assert_unknown(fit_cv14(*sky(6, alpha=alpha)), "not_identifiable", "alpha is nearly constant")


@pytest.mark.parametrize("noise", [0.0, 0.03])
def test_features_that_determine_alpha_are_not_identifiable(noise: float) -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(3000, 3))
    alpha = 10 * np.exp(0.4 * x[:, 2] + noise * rng.normal(size=3000))
    assert_unknown(fit_cv14(*sky(7, alpha=alpha, x=x)), "not_identifiable", "the features determine alpha")


@pytest.mark.parametrize("seed", range(5))
def test_labels_without_bias_are_not_identifiable(seed: int) -> None:
    assert_unknown(fit_cv14(*sky(seed, theta=0)), "not_identifiable", "the labels show no bias")


@pytest.mark.parametrize("seed", range(3))
def test_no_well_resolved_object_is_not_identifiable(seed: int) -> None:
    alpha = np.random.default_rng(seed).uniform(2, 8, 8000)
    assert_unknown(fit_cv14(*sky(seed, 8000, alpha=alpha)), "not_identifiable", "no object is well resolved")


def test_too_few_objects_are_insufficient() -> None:
    assert_unknown(fit_cv14(*sky(8, 60)), "insufficient_data", "50 of each class are needed")


def test_wrong_input_is_refused() -> None:
    x, seen, alpha = sky(9, 300)
    with pytest.raises(InputError, match="features: 1 of 900 values are NaN or infinite"):
        fit_cv14(np.where(np.arange(900).reshape(300, 3) == 5, np.nan, x), seen, alpha)
    with pytest.raises(InputError, match="alpha: 300 of 300 values are not positive"):
        fit_cv14(x, seen, -alpha)
    with pytest.raises(InputError, match=r"labels must be 0 or 'smooth', 1 or 'disk'; received \[0, 2\]"):
        fit_cv14(x, 2 * seen, alpha)
    with pytest.raises(InputError, match="features: column 1 is constant"):
        fit_cv14(x * [1, 0, 1], seen, alpha)
    with pytest.raises(ValueError, match=r"must have shapes .* Received: \(300, 3\), \(299,\)"):
        fit_cv14(x, seen[1:], alpha)


def test_stored_fit_predicts_and_knows_what_it_does_not_know() -> None:
    x, seen, alpha = sky(10)
    fit = fit_cv14(x, seen, alpha)
    law = {"weights": fit.weights, "intercept": fit.intercept, "mean": fit.mean, "std": fit.std, "status": "ok"}
    np.testing.assert_allclose(cv14_p_disk(law, x, alpha), fit.p_true)
    absent = np.array([[np.nan, 0.0, 0.0], x[0]])
    assert np.isnan(cv14_p_disk(law, absent, alpha[:2])).tolist() == [True, False]
    assert np.isnan(cv14_p_disk({"status": "not_identifiable", "weights": None}, x, alpha)).all()


def test_labels_may_be_words() -> None:
    rng = np.random.default_rng(3)
    alpha, x = rng.uniform(3, 30, 400), rng.normal(size=(400, 1))
    seen = (rng.random(400) < 1 / (1 + np.exp(-2 * x[:, 0]))) & (rng.random(400) > np.exp(-(alpha**2) / 162))
    words = np.where(seen, "disk", "smooth")
    assert fit_cv14(x, words, alpha).theta == fit_cv14(x, seen.astype(int), alpha).theta
    with pytest.raises(InputError, match="labels must be 0 or 'smooth', 1 or 'disk'; received"):
        fit_cv14(x, np.where(seen, "Disk", "smooth"), alpha)


def test_a_fit_tells_itself() -> None:
    x, seen, alpha = sky(5)
    fit = fit_cv14(x, seen, alpha)
    assert re.fullmatch(r"theta \d+\.\d\d \[\d+\.\d\d, \d+\.\d\d\], ok \(3,000 objects\)", repr(fit))
    assert fit._repr_html_().count("<tr>") == 6 and repr(fit) in fit._repr_html_()
    few = fit_cv14(x[:30], seen[:30], alpha[:30])
    assert repr(few).startswith("theta not known, insufficient_data: ") and "<tr>" not in few._repr_html_()
