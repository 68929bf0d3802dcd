"""Classes of your own: what labels tell, as a plain loop has it; intervals and entropies as draws have them."""

import dataclasses
import math

import keras
import numpy as np
import pytest
from confused import LAW
from scipy import optimize
from scipy.special import entr, expit, logit, softmax

from truemorph.components.certainty.answers import SeveralAnswers, asked
from truemorph.components.certainty.certainty import Certainty
from truemorph.components.certainty.laplace import Evidence, label_terms, posterior_of, with_one
from truemorph.components.certainty.several import against_rest, class_terms, contrasts
from truemorph.components.certainty.spread import entropies, entropies_of_classes, interval
from truemorph.components.laws import ExponentialLaw


def test_information_is_the_plain_loops() -> None:
    rng = np.random.default_rng(0)
    logits, confusion = rng.normal(size=(20, 3)), LAW.matrix(rng.uniform(3, 30, 20))
    labels = rng.integers(3, size=20)
    found, slopes = class_terms(logits, confusion, labels)
    u = contrasts(3)
    for n in range(20):
        p = [math.exp(z) / sum(math.exp(each) for each in logits[n]) for z in logits[n]]
        whole = np.zeros((3, 3))
        for seen in range(3):
            q = sum(p[k] * confusion[n, k, seen] for k in range(3))
            if q == 0.0:
                continue
            slope = [p[k] * (confusion[n, k, seen] / q - 1.0) for k in range(3)]  # of ln q by each logit
            if seen == labels[n]:
                assert np.allclose(slopes[n], u @ slope / 2.0)
            for i in range(3):
                for j in range(3):
                    whole[i, j] += q * slope[i] * slope[j]
        assert np.allclose(found[n], u @ whole @ u.T / 4.0, atol=1e-12)


def test_two_classes_are_smooth_and_disk() -> None:
    rng, law = np.random.default_rng(0), ExponentialLaw(9.18)
    z, alpha = rng.normal(0.0, 3.0, 50), rng.uniform(3, 30, 50)
    logits = np.stack([np.zeros(50), z], axis=1)
    seen = (rng.random(50) < 0.3).astype(int)
    information, slope = class_terms(logits, law.matrix(alpha), seen)
    expected = label_terms(z, law.flip_probability(alpha), seen)
    assert np.allclose(information[:, 0, 0], expected[0]) and np.allclose(slope[:, 0], expected[1])
    by_class, by_contrast = against_rest(logits)
    assert np.allclose(by_class, np.stack([-z, z], axis=1)) and np.allclose(by_contrast[:, :, 0], [-1.0, 1.0])
    variance = rng.uniform(0.1, 4.0, 50)
    assert np.allclose(entropies_of_classes([-z, z], [variance] * 2), entropies(z, variance))


def test_a_class_that_is_out_of_the_question_stays_a_number() -> None:
    logits = np.array([[0.0, -800.0, 800.0], [1e4, 0.0, -1e4]])
    for part in (*against_rest(logits), class_terms(logits, LAW.matrix([5.0, 5.0]), [2, 0])[0]):
        assert np.isfinite(part).all()


def test_errors_are_those_of_a_regression_through_the_confusion() -> None:
    """Fit again and again to skies drawn anew: the scatter of logit p_k is what the posterior says."""
    rng, n = np.random.default_rng(1), 2000
    x, alpha = rng.normal(size=(n, 2)), rng.uniform(4, 35, n)
    h, truth, confusion = with_one(x), rng.normal(size=(3, 3)), LAW.matrix(alpha)
    p = softmax(h @ truth, axis=1)
    below = np.cumsum(np.einsum("nk,nkj->nj", p, confusion), axis=1)

    def fit(seen: np.ndarray, through: np.ndarray = confusion) -> np.ndarray:
        chosen = through[np.arange(n), :, seen]

        def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
            w = flat.reshape(3, 3)
            share = softmax(h @ w, axis=1)
            q = (share * chosen).sum(axis=1)
            slope = share * (chosen / q[:, None] - 1.0)
            return float(-np.log(q).sum() + 1e-3 * (w * w).sum()), (2e-3 * w - h.T @ slope).ravel()

        return optimize.minimize(loss, truth.ravel(), jac=True, method="BFGS").x.reshape(3, 3)

    shown = h[:50]
    seen = [np.minimum((rng.random(n)[:, None] > below).sum(axis=1), 2) for _ in range(120)]
    drawn = logit(np.array([softmax(shown @ fit(each), axis=1) for each in seen]))
    scatter = np.diff(np.quantile(drawn, [0.1587, 0.8413], axis=0), axis=0)[0] / 2.0
    evidence = Evidence.of(x, class_terms(h @ truth, confusion, seen[0])[0], np.zeros((n, 2, 0)))
    one = Certainty.of(evidence, n, float(np.square(truth @ contrasts(3).T).sum()), x, np.zeros((3, 3)))
    z, variance, nearer = one.judge_classes(x[:50], shown @ truth)
    assert np.allclose(expit(z), softmax(shown @ truth, axis=1))
    ratio = np.sqrt(variance) / scatter
    assert abs(np.median(ratio) - 1.0) < 0.1 and np.quantile(ratio, 0.05) > 0.7 and np.quantile(ratio, 0.95) < 1.35
    assert nearer.shape == (50,)
    # And through another confusion the fit moves as its shift of the weights says.
    shift = {"intercept": np.where(LAW.possible, 0.1, 0.0), "slope": np.where(LAW.possible, -0.02, 0.0)[:, :, None]}
    up, down = (LAW.shifted(shift, sign).matrix(alpha) for sign in (1.0, -1.0))
    middle = fit(seen[0])
    information, _ = class_terms(h @ middle, confusion, seen[0])
    high, low = (class_terms(h @ middle, each, seen[0])[1] for each in (up, down))
    _, moved = posterior_of(Evidence.of(x, information, ((high - low) / 2.0)[:, :, None]), 1.0)
    by_hand = (fit(seen[0], up) - fit(seen[0], down)) @ contrasts(3).T / 2.0
    assert np.allclose(shown @ moved.reshape(2, 3).T, shown @ by_hand, rtol=0.25, atol=0.02)


def test_the_shifts_of_a_confusion_go_through_the_derivatives_of_each_class() -> None:
    rng = np.random.default_rng(0)
    x, logits = rng.normal(size=(30, 2)), rng.normal(size=(30, 3))
    evidence = Evidence.of(
        x, class_terms(logits, LAW.matrix(np.full(30, 9.0)), np.zeros(30))[0], rng.normal(size=(30, 2, 4))
    )
    root, shift = posterior_of(evidence, 1.0)
    assert np.allclose(shift, root @ root.T @ evidence.drift)
    one = Certainty.of(evidence, 30, 1.0, x, np.zeros((3, 3)))
    known = dataclasses.replace(one, root=root)
    added = one.judge_classes(x[:4], logits[:4])[1] - known.judge_classes(x[:4], logits[:4])[1]
    step = 1e-5
    for n in range(4):
        total = np.zeros(3)
        for m in range(4):
            by_contrast = shift[:, m].reshape(2, 3) @ [*x[n], 1.0]
            ends = [against_rest((logits[n] + s * step * by_contrast @ contrasts(3) / 2)[None])[0][0] for s in (1, -1)]
            total += np.square((ends[0] - ends[1]) / (2 * step))
        assert np.allclose(added[n], total, rtol=1e-4)


def test_intervals_and_entropies_are_those_of_draws() -> None:
    rng = np.random.default_rng(0)
    logits = np.array([[0.0, 0.0, 0.0], [2.0, -1.0, 0.0], [0.5, 0.0, -3.0]])
    noise = 0.6 * rng.normal(size=(100_000, 3, 2)) @ contrasts(3) / 2.0
    drawn = softmax(logits + noise, axis=2)
    z, by_contrast = against_rest(logits)
    variance = 0.36 * np.square(by_contrast).sum(axis=2)
    for k in range(3):
        ends = np.stack(interval(z[:, k], variance[:, k]))
        assert np.allclose(np.quantile(drawn[:, :, k], [0.1587, 0.8413], axis=0), ends, atol=0.015)
    image, network = entropies_of_classes(list(z.T), list(variance.T))
    known = entr(drawn).sum(axis=2).mean(axis=0) / np.log(2.0)
    assert np.allclose(image, known, atol=0.02)
    assert np.allclose(image + network, entr(drawn.mean(axis=0)).sum(axis=1) / np.log(2.0), atol=0.02)


def test_folds_are_put_together_for_each_class_and_keras_says_the_same() -> None:
    rng = np.random.default_rng(0)
    logits, names = rng.normal(size=(5, 2, 3)), ("smooth", "disk", "artifact")
    z = np.stack([against_rest(logits[:, m])[0] for m in range(2)], axis=1)
    rest = rng.uniform(0.1, 0.5, (5, 2, 3)), rng.random((5, 2))
    answers = SeveralAnswers.of(z, *rest, names)
    who = asked([f"g{n}" for n in range(5)], np.array([True, True, False, False, True]), 0, 2)
    found = answers.published(who)
    mean = (softmax(logits, axis=2) * who[:, :, None]).sum(axis=1) / who.sum(axis=1, keepdims=True)
    assert np.allclose(np.stack([found[f"p_{name}"] for name in names], axis=1), mean)
    for name in names:
        assert (found[f"p_{name}_lo"] < found[f"p_{name}"]).all() and (found[f"p_{name}"] < found[f"p_{name}_hi"]).all()
    spread = np.var(z[2, :, 1], ddof=1) / 2 + rest[0][2, :, 1].mean()
    assert found["p_disk_hi"][2] == pytest.approx(expit(logit(mean[2, 1]) + math.sqrt(spread)))
    alike = SeveralAnswers.of(*(keras.ops.convert_to_tensor(part) for part in (z, *rest)), names)
    for name, values in alike.published(xp=keras.ops).items():
        assert np.allclose(values, answers.published()[name], atol=1e-6), name
    again = SeveralAnswers.joined([answers, answers]).published()
    assert all(np.allclose(values[5:], answers.published()[name]) for name, values in again.items())
