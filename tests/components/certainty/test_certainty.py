"""What is kept of a network's certainty: its file, the distances, intervals and entropies, folds together."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import entr, expit, logit
from scipy.stats import norm

from truemorph.components.artifacts.model_folder import CERTAINTY
from truemorph.components.certainty.answers import Answers, asked
from truemorph.components.certainty.certainty import TWO_SIDED_95, Certainty, read_certainty, write_certainty
from truemorph.components.certainty.laplace import Evidence
from truemorph.components.certainty.spread import entropies, interval
from truemorph.components.errors import InputError
from truemorph.components.examples.draws import folds_of


def certainty(seed: int) -> Certainty:
    rng = np.random.default_rng(seed)
    features, held = rng.normal(3.0, 2.0, (500, 4)), rng.normal(3.0, 2.0, (400, 4))
    evidence = Evidence.of(features, rng.uniform(0.1, 0.25, 500), rng.normal(size=500))
    return Certainty.of(evidence, 500, 1.0, held, [[0.3, 0.0], [-0.1, 0.2]])


def test_a_file_gives_back_what_was_written(tmp_path: Path) -> None:
    write_certainty(tmp_path / CERTAINTY, [certainty(0), certainty(1)])
    features, z = np.random.default_rng(2).normal(3.0, 2.0, (20, 4)), np.linspace(-5.0, 5.0, 20)
    for seed, found in enumerate(read_certainty(tmp_path)):
        kept = certainty(seed).judge(features, z)
        assert all(np.allclose(*both, rtol=1e-4) for both in zip(found.judge(features, z), kept, strict=True))
    with np.load(tmp_path / CERTAINTY) as file:
        before = {name: file[name] for name in file.files if not name.startswith("offset")}
    np.savez(tmp_path / CERTAINTY, **before)  # as files were before offsets were known
    assert [found.offset.tolist() for found in read_certainty(tmp_path)] == [[[0.0, 0.0], [0.0, 0.0]]] * 2
    assert read_certainty(tmp_path / "none") == []
    (tmp_path / CERTAINTY).write_bytes(b"PK nonsense")
    with pytest.raises(InputError, match=r"certainty.npz: is damaged .*; train the network again"):
        read_certainty(tmp_path)


def test_the_distance_is_even_for_galaxies_as_those_known_and_1_for_strangers() -> None:
    one, rng = certainty(0), np.random.default_rng(3)
    _, _, nearer = one.judge(rng.normal(3.0, 2.0, (4000, 4)), np.zeros(4000))
    assert np.allclose(np.quantile(nearer, [0.1, 0.5, 0.9]), [0.1, 0.5, 0.9], atol=0.06)
    _, _, strange = one.judge(rng.normal(30.0, 2.0, (10, 4)), np.zeros(10))
    assert (strange == 1.0).all()


def test_a_feature_that_never_changed_marks_the_image_that_changes_it() -> None:
    rng = np.random.default_rng(0)
    features = np.column_stack([rng.normal(size=(300, 3)), np.zeros(300)])
    one = Certainty.of(Evidence.of(features, np.ones(300), np.zeros(300)), 300, 1.0, features, np.zeros((2, 2)))
    _, _, nearer = one.judge([[0.0, 0.0, 0.0, 2.0], [0.0, 0.0, 0.0, 0.0]], np.zeros(2))
    assert nearer[0] == 1.0 and nearer[1] < 0.1


def test_interval_and_entropies_are_those_of_draws() -> None:
    z, variance = np.array([-3.5, 0.0, 3.5]), np.array([0.5, 2.0, 4.0])
    drawn = expit(z + np.sqrt(variance) * np.random.default_rng(0).normal(size=(400_000, 3)))
    low, high = interval(z, variance)
    assert np.allclose(np.quantile(drawn, [0.1587, 0.8413], axis=0), [low, high], atol=0.01)
    bits = [-(x * np.log2(x) + (1 - x) * np.log2(1 - x)) for x in (drawn, drawn.mean(axis=0))]
    image, network = entropies(z, variance)
    assert np.allclose(image, bits[0].mean(axis=0), atol=0.003)
    assert np.allclose(image + network, bits[1], atol=0.003)


@pytest.mark.parametrize("sigma", [0.0, 1e-9, 0.3, 3.0, 10.0, 20.0])
def test_entropies_are_the_integrals(sigma: float) -> None:
    def bits(z: float) -> float:
        return float(entr(expit(z)) + entr(expit(-z))) / np.log(2.0)

    def mean(of: Callable[[float], float], z: float) -> float:
        bend = min(max(-z / max(sigma, 1.0), -8.0), 8.0)
        return float(quad(lambda u: of(z + sigma * u) * norm.pdf(u), -8.0, 8.0, points=[bend])[0])

    for z in (-30.0, -2.0, 0.0, 1.0, 8.0):
        means = [mean(bits, z), mean(expit, z)]
        whole = bits(float(logit(means[1]))) if 0.0 < means[1] < 1.0 else 0.0
        image, network = entropies(np.array([z]), np.array([sigma**2]))
        assert image[0] == pytest.approx(means[0], abs=2e-3) and network[0] == pytest.approx(whole - means[0], abs=4e-3)


def test_no_number_leaves_its_range_however_sure_or_unsure_the_network_is() -> None:
    z, sigma = (
        each.ravel() for each in np.meshgrid([-1e4, -80, -1, 0, 1e-9, 40, 800, 1e9], [0, 1e-9, 1, 50, 1e6, 1e100])
    )
    for networks in (1, 3):
        several = [np.repeat(values[:, None], networks, axis=1) for values in (z, sigma**2, 0 * z, 0 * z)]
        found = Answers(*several).published()
        told = {name: values.astype(np.float32) for name, values in found.items()}
        assert (told["p_disk_lo"] <= told["p_disk"]).all() and (told["p_disk"] <= told["p_disk_hi"]).all()
        for values in told.values():
            assert ((values >= 0.0) & (values <= 1.0 + 1e-6)).all()
    sure = (sigma == 0) & (np.abs(z) < 700)
    assert (found["p_disk_lo"][sure] == found["p_disk"][sure]).all()
    far = interval(np.array([40.0]), np.array([20.0**2]))  # where float64 has p = 1
    assert far[0][0] == pytest.approx(expit(20.0))


def test_one_galaxy_is_enough_and_a_number_that_overflowed_is_not_known() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(1, 4))
    one = Certainty.of(Evidence.of(features, np.zeros(1), np.zeros(1)), 1, 0.0, features, np.zeros((2, 2)))
    variance, drift, nearer = one.judge(features, np.zeros(1))
    assert np.isfinite([variance, drift]).all() and nearer.tolist() == [0.0]
    with np.errstate(invalid="ignore"):
        judged = one.judge([[np.inf, 0.0, 0.0, 0.0], [np.nan, 0.0, 0.0, 0.0]], np.zeros(2))
    assert np.isnan(judged[0]).all() and np.isnan(judged[2]).all()


def test_folds_are_put_together_as_by_hand() -> None:
    z = np.array([[-1.0, 0.0, 2.0], [0.5, 0.5, 1.5]])
    variance, drift, nearer = np.array([[0.1, 0.2, 0.3]] * 2), np.array([[0.3, -0.1, 0.1]] * 2), np.full((2, 3), 0.4)
    objids = ["587722981741363200", "587722981741363201"]
    who = asked(objids, np.array([False, True]), 0, 3)
    found = Answers(z, variance, drift, nearer).published(who)
    own, p = folds_of(objids, 0, 3)[1], expit(z)
    assert found["p_disk"] == pytest.approx([p[0].mean(), p[1][own]])
    spread = [np.var(row, ddof=1) for row in z]
    totals = [0.2 + spread[0] / 3 + 0.1**2, variance[1][own] + spread[1] + drift[1][own] ** 2]
    low, high = interval(logit(found["p_disk"]), np.array(totals))
    assert np.allclose([found["p_disk_lo"], found["p_disk_hi"]], [low, high])
    assert found["training_distance"] == pytest.approx([0.4, 0.4])


def test_a_network_that_does_not_know_says_so() -> None:
    nothing = np.full((2, 1), np.nan)
    found = Answers(np.array([[0.0], [3.0]]), nothing, nothing, nothing).published()
    assert found["p_disk"] == pytest.approx([0.5, expit(3.0)])
    assert all(np.isnan(values).all() for name, values in found.items() if name != "p_disk")


def test_drift_is_in_standard_deviations() -> None:
    one = certainty(0)
    _, drift, _ = one.judge(np.zeros((1, 4)), np.zeros(1))
    assert drift[0] == pytest.approx(one.shift[-1] / TWO_SIDED_95)
