"""The debiasing layer: the law's numbers, serialisation, dtypes, and training under stock losses."""

from pathlib import Path

import keras
import numpy as np
import pytest

from truemorph.components.laws import (
    ConfusionLaw,
    ExponentialLaw,
    FlipLaw,
    GalaxyLaw,
    LogisticLaw,
    Observable,
    StretchedLaw,
    TabulatedLaw,
)
from truemorph.components.laws.votes import even_votes
from truemorph.components.likelihood import log_likelihood, log_votes_seen
from truemorph.components.trainer.debiasing import DebiasingLayer, VoteLayer

LAW = ExponentialLaw(9.18)
ALPHA = np.array([1e-5, 4.0, 9.18, 30.0, 70.0], np.float32)
P_DISK = np.array([0.0, 0.2, 0.5, 0.9, 1.0], np.float32)


def test_probabilities_go_through_the_law() -> None:
    out = np.asarray(DebiasingLayer(LAW)([np.stack([1 - P_DISK, P_DISK], -1), ALPHA]))
    np.testing.assert_allclose(out[:, 1], LAW.seen_disk(P_DISK, ALPHA), rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(out.sum(axis=1), 1.0, atol=1e-6)


def test_logits_give_log_probabilities() -> None:
    logits = np.float32([[0, -3], [1, 1], [0, 40], [5, 0], [-2, 2]])
    log_p = np.asarray(DebiasingLayer(LAW, from_logits=True)([logits, ALPHA]))
    p = np.asarray(DebiasingLayer(LAW)([keras.ops.softmax(logits), ALPHA]))
    np.testing.assert_allclose(np.exp(log_p), p, rtol=1e-5, atol=1e-7)


def test_stock_cross_entropy_over_the_layer_is_the_likelihood() -> None:
    logits = np.float32([[0, -3], [1, 1], [0, 40], [5, 0], [-2, 2]])
    seen = np.int32([0, 1, 1, 0, 1])
    stock = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    ours = stock(seen, DebiasingLayer(LAW, from_logits=True)([logits, ALPHA]))
    np.testing.assert_allclose(ours, -np.mean(log_likelihood(logits, ALPHA, seen, LAW)), rtol=1e-6)


def test_alpha_may_be_a_column() -> None:
    p = np.stack([1 - P_DISK, P_DISK], -1)
    np.testing.assert_array_equal(DebiasingLayer(LAW)([p, ALPHA[:, None]]), DebiasingLayer(LAW)([p, ALPHA]))


def test_config_round_trip() -> None:
    layer = DebiasingLayer({"law": "exponential", "theta": 11.25}, from_logits=True, name="flip")
    again = DebiasingLayer.from_config(layer.get_config())
    assert (again.law, again.from_logits, again.name) == (ExponentialLaw(11.25), True, "flip")


def test_a_model_with_it_is_saved_and_loaded(tmp_path: Path) -> None:
    image, alpha = keras.Input((4,)), keras.Input(())
    model = keras.Model([image, alpha], DebiasingLayer(LAW, from_logits=True)([keras.layers.Dense(2)(image), alpha]))
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    inputs = [np.ones((3, 4), np.float32), np.float32([4, 8, 16])]
    np.testing.assert_array_equal(model(inputs), again(inputs))


@pytest.mark.parametrize("policy", ["bfloat16", "mixed_float16", "float32"])
def test_computes_in_float32_whatever_the_policy(policy: str) -> None:
    layer = DebiasingLayer(LAW, from_logits=True, dtype=policy)
    logits = keras.ops.cast(np.float32([[0.0, 8.0]]), "bfloat16")
    out = layer([logits, np.float32([68.2])])  # p_flip = 1e-12
    assert keras.backend.standardize_dtype(out.dtype) == "float32"
    np.testing.assert_allclose(out[0, 1], -np.log1p(np.exp(-8.0)), rtol=1e-4)
    symbolic = layer([keras.KerasTensor((None, 2), "bfloat16"), keras.KerasTensor((None,), "float32")])
    assert (symbolic.shape, symbolic.dtype) == ((None, 2), "float32")


@pytest.mark.parametrize("law", [{"law": "logistic", "theta": 1.0}, {"law": "other"}, {"theta": 1.0}, 9.18])
def test_an_unknown_law_is_refused(law: object) -> None:
    with pytest.raises(ValueError, match="law must be"):
        DebiasingLayer(law)  # type: ignore[arg-type]


def test_a_theta_that_is_not_positive_is_refused() -> None:
    with pytest.raises(ValueError, match="theta must be finite and > 0"):
        DebiasingLayer({"law": "exponential", "theta": -1.0})


def test_it_recovers_a_probability_that_labels_hide() -> None:
    """80 % disks whatever the image; at alpha = 6 most are called smooth; one logit must come back to 0.8."""
    rng = np.random.default_rng(0)
    alpha = rng.uniform(4, 8, 20_000).astype(np.float32)
    seen = ((rng.random(20_000) < 0.8) & (rng.random(20_000) > LAW.flip_probability(alpha))).astype(np.int32)
    image, resolution = keras.Input((1,)), keras.Input(())
    classifier = keras.layers.Dense(2, use_bias=False, kernel_initializer="zeros")
    logits = classifier(image)
    model = keras.Model([image, resolution], DebiasingLayer(LAW, from_logits=True)([logits, resolution]))
    model.compile(keras.optimizers.Adam(0.05), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    ones = np.ones((20_000, 1), np.float32)
    model.fit([ones, alpha], seen, batch_size=2000, epochs=30, verbose=0, shuffle=False)
    assert seen.mean() < 0.25
    p = keras.ops.softmax(classifier(ones[:1]))[0, 1]
    assert abs(float(p) - 0.8) < 0.05


THREE = ConfusionLaw(
    ("smooth", "disk", "artifact"),
    (Observable("alpha"), Observable("redshift", better="low")),
    ((None, None, -6.0), (9.0, None, -6.0), (1.0, None, None)),
    (((0, 0), (0, 0), (0.5, 0)), ((2.0, 2.0), (0, 0), (0.5, 0)), ((1.0, 0), (0, 0), (0, 0))),
)


def test_three_classes_and_two_observables() -> None:
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(3), 30).astype(np.float32)
    observables = np.stack([rng.uniform(3, 30, 30), rng.uniform(0.01, 0.2, 30)], axis=1).astype(np.float32)
    out = np.asarray(DebiasingLayer(THREE)([p, observables]))
    np.testing.assert_allclose(out, THREE.seen(p, observables), rtol=1e-4, atol=1e-6)
    again = DebiasingLayer.from_config(DebiasingLayer(THREE, from_logits=True).get_config())
    log_p = np.asarray(again([np.log(p), observables]))
    np.testing.assert_allclose(np.exp(log_p), out, rtol=1e-4, atol=1e-6)


def test_three_classes_are_learnt_through_their_confusion() -> None:
    """Class shares that labels hide: 20 % smooth, 70 % disk, 10 % artifact; disks and artifacts are called smooth."""
    rng, n = np.random.default_rng(0), 20_000
    observables = np.stack([rng.uniform(3, 20, n), rng.uniform(0.02, 0.2, n)], axis=1).astype(np.float32)
    shares = np.array([0.2, 0.7, 0.1])
    true = rng.choice(3, n, p=shares)
    matrix = THREE.matrix(observables)[np.arange(n), true]
    seen = (rng.random((n, 1)) > matrix.cumsum(axis=1)).sum(axis=1).astype(np.int32)
    assert np.mean(seen == 0) > 0.35
    image, observed = keras.Input((1,)), keras.Input((2,))
    classifier = keras.layers.Dense(3, use_bias=False, kernel_initializer="zeros")
    model = keras.Model([image, observed], DebiasingLayer(THREE, from_logits=True)([classifier(image), observed]))
    model.compile(keras.optimizers.Adam(0.05), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    ones = np.ones((n, 1), np.float32)
    model.fit([ones, observables], seen, batch_size=2000, epochs=20, verbose=0, shuffle=False)
    np.testing.assert_allclose(keras.ops.softmax(classifier(ones[:1]))[0], shares, atol=0.05)


def learnt_theta(spread: float, epochs: int = 20) -> float:
    rng, n = np.random.default_rng(3), 8000
    alpha = rng.uniform(3, 30, n).astype(np.float32)
    x = rng.normal(size=(n, 1)).astype(np.float32)
    disk = rng.random(n) < 1 / (1 + np.exp(-3 * x[:, 0]))
    seen = (disk & (rng.random(n) > ExponentialLaw(7.0).flip_probability(alpha))).astype(np.int32)
    image, resolution = keras.Input((1,)), keras.Input(())
    layer = DebiasingLayer(LAW, from_logits=True, learn={"theta": spread}, galaxies=n)
    logits = keras.layers.Dense(2, kernel_initializer="zeros")(image)
    model = keras.Model([image, resolution], layer([logits, resolution]))
    model.compile(keras.optimizers.Adam(0.02), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit([x, alpha], seen, batch_size=500, epochs=epochs, verbose=0, shuffle=False)
    law = layer.learnt_law()
    assert isinstance(law, ExponentialLaw)
    return law.theta


def test_theta_is_learnt_where_the_image_cannot_tell_alpha() -> None:
    assert learnt_theta(float("inf")) == pytest.approx(7.0, rel=0.05)


def test_a_narrow_prior_holds_theta() -> None:
    assert learnt_theta(1e-3) == pytest.approx(9.18, rel=0.02)


def test_the_prior_is_that_of_a_log_normal() -> None:
    layer = DebiasingLayer(LAW, from_logits=True, learn={"theta": 0.1}, galaxies=50)
    layer.raw["theta"].assign(np.log(10.0))
    layer([np.zeros((4, 2), np.float32), ALPHA[:4]])
    expected = 0.5 * (np.log(10.0 / 9.18) / 0.1) ** 2 / 50
    assert float(layer.losses[0]) == pytest.approx(expected, rel=1e-4)
    assert layer.learnt_law().parameters["theta"] == pytest.approx(10.0, rel=1e-6)


@pytest.mark.parametrize("law", [LogisticLaw(10.0, 2.0), StretchedLaw(9.0, 3.0), TabulatedLaw((5.0, 20.0), (0.9, 0.1))])
def test_every_parameter_can_be_learnt(law: FlipLaw) -> None:
    layer = DebiasingLayer(law, from_logits=True, learn=dict.fromkeys(law.parameters, 0.1), galaxies=10)
    logits = np.float32([[0, -3], [1, 1], [0, 40], [5, 0], [-2, 2]])
    fixed = DebiasingLayer(law, from_logits=True)
    np.testing.assert_allclose(layer([logits, ALPHA]), fixed([logits, ALPHA]), rtol=1e-4, atol=1e-6)
    assert len(layer.trainable_variables) == len(law.parameters) and not fixed.trainable_variables
    np.testing.assert_allclose(layer.learnt_law().matrix(ALPHA), law.matrix(ALPHA), rtol=1e-5, atol=1e-7)
    again = DebiasingLayer.from_config(layer.get_config())
    assert (again.law, again.learn, again.galaxies) == (law, layer.learn, 10)


@pytest.mark.parametrize("learn", [{"beta": 0.1}, {"theta": 0.0}])
def test_what_cannot_be_learnt_is_refused(learn: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"learn must give a number > 0 for some of \['theta'\]"):
        DebiasingLayer(LAW, learn=learn, galaxies=10)
    with pytest.raises(ValueError, match="and galaxies their number"):
        DebiasingLayer(LAW, learn={"theta": 0.1})


def test_the_vote_layer_is_the_likelihood_of_votes() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (5, 2)).astype(np.float32)
    log_votes = even_votes().log_votes(rng.integers(0, 30, (5, 2))).astype(np.float32)
    layer = VoteLayer(LAW)
    out = layer([logits, ALPHA, log_votes])
    np.testing.assert_allclose(out, DebiasingLayer(LAW, from_logits=True)([logits, ALPHA]), rtol=1e-6)
    log_p = log_votes_seen(keras.ops.log_softmax(logits), LAW.log_confusion(ALPHA.astype(np.float64)), log_votes)
    assert float(layer.losses[0]) == pytest.approx(-float(np.mean(log_p)), rel=1e-5)
    assert VoteLayer.from_config(layer.get_config()).law == LAW


@pytest.mark.parametrize("from_logits", [True, False])
def test_a_sample_drawn_by_label(from_logits: bool) -> None:
    law, rates = ExponentialLaw(9.18), [0.35, 1.0]
    share, alpha = np.array([0.1, 0.5, 0.9]), np.array([4.0, 9.0, 20.0])
    p_true = np.stack([1 - share, share], axis=1)
    q = share * (1 - np.exp(-(alpha**2) / (2 * 9.18**2)))
    expected = q / (q + 0.35 * (1 - q))
    layer = DebiasingLayer(law, from_logits=from_logits, rates=rates)
    out = np.asarray(layer([np.log(p_true) if from_logits else p_true, alpha]))
    np.testing.assert_allclose((np.exp(out) if from_logits else out)[:, 1], expected, rtol=1e-6)
    assert DebiasingLayer.from_config(layer.get_config()).rates == rates
    with pytest.raises(ValueError, match="rates must be 2 shares"):
        DebiasingLayer(law, rates=[0.0, 1.0])


def test_a_law_with_observables() -> None:
    law = GalaxyLaw(ExponentialLaw(9.0), ("ng",), (2.5,), (1.0,), (0.4,), 0.3)
    share, alpha = np.array([0.2, 0.5, 0.9], "float32"), np.array([4.0, 9.0, 20.0], "float32")
    observables = np.array([[1.0], [np.nan], [4.0]], "float32")
    p_true = np.stack([1 - share, share], axis=1)
    expected = law.seen(p_true, np.column_stack([alpha, observables]))
    layer = DebiasingLayer(law.get_config())
    np.testing.assert_allclose(np.asarray(layer([p_true, alpha, observables])), expected, rtol=1e-4)
    votes = np.log(np.broadcast_to(np.array([[1.0, 1e-30], [1.0, 1e-30]], "float32"), (3, 2, 2)))
    vote_layer = VoteLayer(law)
    vote_layer([np.log(p_true), alpha, votes, observables])
    assert float(vote_layer.losses[0]) == pytest.approx(-np.log(expected[:, 0]).mean(), rel=1e-4)
