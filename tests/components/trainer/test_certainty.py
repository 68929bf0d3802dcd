"""What is kept of how sure a network is: the training galaxies' labels, and the offset by those held back."""

import numpy as np
import pytest
from confused import LAW

from truemorph.components.certainty.laplace import label_terms
from truemorph.components.certainty.look import look, with_features
from truemorph.components.certainty.offset import WIDTHS, offset_of
from truemorph.components.certainty.several import class_terms, contrasts
from truemorph.components.laws import ExponentialLaw, Law
from truemorph.components.trainer import certainty
from truemorph.components.trainer.backbones import build_classifier
from truemorph.components.trainer.galaxy_batches import GalaxyBatches


def galaxies(n: int, classes: int, seed: int) -> GalaxyBatches:
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 255, (n, 32, 32, 3)).astype(np.uint8)
    return GalaxyBatches(pixels, rng.uniform(4, 30, n), rng.integers(classes, size=n), batch_size=8, seed=0)


@pytest.mark.parametrize("law", [ExponentialLaw(9.0), LAW])
def test_the_offset_is_by_the_labels_held_back(law: Law, monkeypatch: pytest.MonkeyPatch) -> None:
    k = len(law.classes)
    network, held, nobody = build_classifier("small", 32, 0, k), galaxies(21, k, 1), galaxies(0, k, 1)
    network.get_layer("logits").kernel.assign(np.random.default_rng(2).normal(0, 3.0, (128, k)))
    given = {"theta": 9.0, "interval": [8.0, 10.0]} if k == 2 else {}
    found = certainty.certainty_of(network, galaxies(20, k, 0), held, law, given, 2)
    assert found is not None and found.root.shape == ((k - 1) * 129,) * 2 and found.reference.shape == (21,)
    images = np.concatenate([np.asarray(inputs["image"]) for inputs, _ in held.in_order()])
    logits = np.asarray(look(with_features(network), images, 2)[1], np.float64)
    terms = class_terms(logits, law.matrix(held.alpha), held.label)
    root = offset_of(logits @ contrasts(k).T, *terms)
    assert np.allclose(found.offset @ found.offset.T, root @ root.T, rtol=1e-3)
    if k == 2:
        flat = label_terms(logits[:, 1] - logits[:, 0], law.flip_probability(held.alpha), held.label)
        assert np.allclose(terms[1][:, 0], flat[1])
    alone = certainty.certainty_of(network, galaxies(20, k, 0), nobody, law, given, 2)
    assert alone is not None and np.allclose(np.diag(alone.offset), [*[WIDTHS[0]] * (k - 1), WIDTHS[1]])
    if k == 3:
        shift = {"intercept": np.where(LAW.possible, 0.3, 0.0), "slope": np.where(LAW.possible, 0.05, 0.0)[:, :, None]}
        wide = certainty.certainty_of(network, galaxies(20, k, 0), held, law, {"errors": [shift, shift]}, 2)
        assert wide is not None and np.array_equal(wide.root[:, :258], found.root)
        images = np.concatenate([np.asarray(inputs["image"]) for inputs, _ in galaxies(20, k, 0).in_order()])
        features, logits = (np.asarray(each, np.float64) for each in look(with_features(network), images, 1))
        total = np.zeros((2, 129))
        for n, label in enumerate(galaxies(20, k, 0).label):
            for sign in (1.0, -1.0):
                other = law.shifted(shift, sign).matrix(galaxies(20, k, 0).alpha[n : n + 1])
                slope = class_terms(logits[n : n + 1], other, [label])[1][0]
                total += sign / 2.0 * slope[:, None] * [*features[n], 1.0]
        assert np.allclose(wide.root[:, 258], found.root @ found.root.T @ total.ravel(), rtol=1e-3, atol=1e-6)
    monkeypatch.setattr(certainty, "MOST", 100)
    assert certainty.certainty_of(network, galaxies(20, k, 0), held, law, given, 2) is None
