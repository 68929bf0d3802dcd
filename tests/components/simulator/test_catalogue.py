"""The catalogue: what is true of every simulated sky."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from truemorph.components.bias_estimator.cv14 import fit_cv14
from truemorph.components.laws import ExponentialLaw
from truemorph.components.resolution import resolution
from truemorph.components.simulator import catalogue, survey

THETA = 9.18
FEATURES = ["ng", "e", "Rhlr"]


@pytest.fixture(scope="module")
def sky() -> pd.DataFrame:
    return catalogue.draw(20_000, 5, THETA)


@pytest.fixture(scope="module")
def galaxies(sky: pd.DataFrame) -> pd.DataFrame:
    return sky[sky["label"] < 2]


def logistic(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Plain logistic regression; returns weights and, last, the intercept."""
    design = np.column_stack([x, np.ones(len(x))])

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        z = design @ w
        return float(np.mean(np.logaddexp(0, z) - y * z)), design.T @ (expit(z) - y) / len(y)

    return minimize(loss, np.zeros(design.shape[1]), jac=True, method="BFGS").x


def test_three_numbers_alone_reach_about_85_percent(galaxies: pd.DataFrame) -> None:
    x, y = galaxies[FEATURES].to_numpy(), galaxies["label"].to_numpy()
    half = len(y) // 2
    weights = logistic(x[:half], y[:half])
    accuracy = np.mean((x[half:] @ weights[:3] + weights[3] > 0) == (y[half:] == 1))
    assert 0.83 < accuracy < 0.87


def test_the_class_is_logistic_in_the_features(galaxies: pd.DataFrame) -> None:
    weights = logistic(galaxies[FEATURES].to_numpy(), galaxies["label"].to_numpy())
    assert weights == pytest.approx([*catalogue.WEIGHTS, catalogue.INTERCEPT], rel=0.12)
    p = catalogue.p_disk(*(galaxies[f] for f in FEATURES))
    for low in np.arange(0.0, 1.0, 0.2):
        inside = (p >= low) & (p < low + 0.2)
        error = np.sqrt(p[inside].mean() * (1 - p[inside].mean()) / inside.sum())
        assert galaxies["label"][inside].mean() == pytest.approx(p[inside].mean(), abs=4 * error)


@pytest.mark.parametrize("column", ["alpha", "redshift", "psfWidth_r", "petroMag_r"])
def test_the_class_depends_on_nothing_else(galaxies: pd.DataFrame, column: str) -> None:
    """Given the features, the class knows nothing of resolution: the residual has no slope."""
    residual = galaxies["label"] - catalogue.p_disk(*(galaxies[f] for f in FEATURES))
    score = np.corrcoef(residual, np.log(galaxies[column]))[0, 1] * np.sqrt(len(galaxies))
    assert abs(score) < 3.5


def test_disks_are_about_six_in_ten_and_artifacts_a_few_percent(sky: pd.DataFrame, galaxies: pd.DataFrame) -> None:
    assert galaxies["label"].mean() == pytest.approx(0.62, abs=0.02)
    assert (sky["label"] == 2).mean() == pytest.approx(catalogue.ARTIFACT_SHARE, abs=0.005)


def test_the_classes_overlap_in_every_feature(galaxies: pd.DataFrame) -> None:
    smooth, disk = (galaxies[galaxies["label"] == y] for y in (0, 1))
    for feature in FEATURES:
        assert disk[feature].quantile(0.05) < smooth[feature].quantile(0.5) < disk[feature].quantile(0.97)
        assert smooth[feature].quantile(0.03) < disk[feature].quantile(0.5) < smooth[feature].quantile(0.95)
    assert smooth["ng"].median() > disk["ng"].median() + 1.0


def test_resolution_and_seeing_are_those_of_the_survey(sky: pd.DataFrame) -> None:
    alpha = resolution(sky["petroRad_r"], sky["psfWidth_r"])
    assert sky["alpha"].to_numpy() == pytest.approx(alpha)
    assert alpha.min() > 4.0 - 1e-3 and alpha.max() < 35.0 + 1e-3
    assert np.quantile(alpha, 0.01) < 5.5 and np.quantile(alpha, 0.99) > 27.0
    assert 9.0 < np.median(alpha) < 12.0
    sigma = sky["psfWidth_r"] / 2.3548
    assert sigma.min() >= 0.4 and sigma.max() <= 0.8
    assert sky["redshift"].between(0.0099, 0.2501).all()
    assert (sky["petroMag_r"] < 19.0).all() and (sky["petroMag_r"] < 17.8).mean() > 0.97


def test_sizes_and_distances_agree_with_astropy(sky: pd.DataFrame) -> None:
    """Rhlr in kpc, the redshift and the angle of the Petrosian radius are one galaxy's."""
    from astropy.cosmology import WMAP9

    some = sky.iloc[:200]
    kpc = WMAP9.kpc_proper_per_arcmin(some["redshift"].to_numpy()).value / 60.0
    assert some["petroRad_r"].to_numpy() * kpc == pytest.approx(
        (some["petro_per_Rhlr"] * some["Rhlr"]).to_numpy(), rel=2e-3
    )


def test_labels_follow_the_law_in_every_bin_of_alpha(galaxies: pd.DataFrame) -> None:
    disks = galaxies[galaxies["label"] == 1]
    expected = ExponentialLaw(THETA).flip_probability(disks["alpha"])
    assert disks["p_flip"].to_numpy() == pytest.approx(expected, abs=1e-6)
    flipped = (disks["label_seen"] == 0).to_numpy()
    place = np.digitize(disks["alpha"], [6, 8, 10, 12, 15, 20])
    for k in range(7):
        p = expected[place == k]
        assert flipped[place == k].sum() == pytest.approx(p.sum(), abs=4 * np.sqrt((p * (1 - p)).sum()) + 1)


def test_smooth_is_never_called_disk(galaxies: pd.DataFrame, sky: pd.DataFrame) -> None:
    smooth = galaxies[galaxies["label"] == 0]
    assert (smooth["label_seen"] == 0).all() and (smooth["p_flip"] == 0).all()
    assert ((sky["label"] == 2) == (sky["label_seen"] == 2)).all()


def test_a_network_that_learns_the_labels_seen_must_fail(galaxies: pd.DataFrame) -> None:
    """The best that can be learnt from the labels: disks below alpha = theta sqrt(2 ln 2) are called smooth."""
    lost = (galaxies["label"] == 1) & (galaxies["alpha"] < THETA * np.sqrt(2 * np.log(2)))
    assert 0.70 < 1.0 - lost.mean() < 0.78


def test_without_bias_the_label_seen_is_the_true_one() -> None:
    null = catalogue.draw(3000, 5, THETA, null=True)
    assert (null["label"] == null["label_seen"]).all() and (null["p_flip"] == 0).all()
    biased = catalogue.draw(3000, 5, THETA)
    assert null.drop(columns=["label_seen", "p_flip"]).equals(biased.drop(columns=["label_seen", "p_flip"]))


@pytest.mark.parametrize("theta", [6.0, THETA])
def test_theta_can_be_read_from_the_catalogue(theta: float) -> None:
    sky = catalogue.draw(20_000, 8, theta)
    kept = sky[sky["label"] < 2]
    fit = fit_cv14(kept[FEATURES].to_numpy(), kept["label_seen"].to_numpy(), kept["alpha"].to_numpy())
    assert fit.status == "ok"
    assert fit.theta == pytest.approx(theta, rel=0.04)


@pytest.mark.slow
def test_theta_is_unbiased_at_the_size_of_a_demo_and_exact_in_a_large_sky() -> None:
    def theta_of(n: int, seed: int) -> float:
        sky = catalogue.draw(n, seed, THETA)
        kept = sky[sky["label"] < 2]
        return fit_cv14(kept[FEATURES].to_numpy(), kept["label_seen"].to_numpy(), kept["alpha"].to_numpy()).theta

    assert theta_of(100_000, 1) == pytest.approx(THETA, rel=0.02)
    found = np.array([theta_of(4000, 100 + k) for k in range(20)])
    assert found.mean() == pytest.approx(THETA, abs=3 * found.std() / np.sqrt(20))
    assert found.std() < 0.3


def test_a_galaxy_is_the_same_in_a_sky_of_any_number(sky: pd.DataFrame) -> None:
    assert catalogue.draw(50, 5, THETA).equals(sky.iloc[:50])
    assert not catalogue.draw(50, 6, THETA)["ng"].equals(sky["ng"].iloc[:50])


def test_ids_read_as_those_of_sdss(sky: pd.DataFrame) -> None:
    ids = sky["objid"]
    assert ids.is_unique and ids.dtype == np.int64
    assert ids.astype(str).str.fullmatch(r"587\d{15}").all()
    assert ((ids.to_numpy() >> 48) & 0x7FF == 40).all()
    assert set((ids.to_numpy() >> 29) & 7) == {1, 2, 3, 4, 5, 6}
    assert ((ids.to_numpy() >> 16) & 0xFFF).min() >= 11
    assert (ids.to_numpy() & 0xFFFF).min() >= 1
    assert any(int(float(i)) != i for i in ids[:50])  # a float would destroy them


def test_ids_stay_different_in_the_largest_sky() -> None:
    rows = np.array([0, 1, 799, 800, survey.FIELDS * 65535 - 1])
    same = np.full(5, 0.5)
    assert len(set(survey.object_ids(rows, same, same))) == 5
