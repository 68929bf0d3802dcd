"""A Keras model of your own, trained through the law: DebiasingLayer stands between the classifier and a stock loss.

Run it with: python examples/keras_model.py
"""

import keras
import numpy as np
from stamps import Stamps, make_stamps

from truemorph import DebiasingLayer, ExponentialLaw

LAW = ExponentialLaw(9.18)


def make_classifier() -> keras.Model:
    """Any network that ends in one logit a class, smooth first."""
    images = keras.Input((16, 16))
    hidden = keras.layers.Dense(32, "relu")(keras.layers.Flatten()(images))
    return keras.Model(images, keras.layers.Dense(2)(hidden))


def train(galaxies: Stamps, through_law: bool) -> keras.Model:
    """Fit a classifier to the labels that were seen."""
    classifier = make_classifier()
    alpha = keras.Input((1,))
    seen = DebiasingLayer(LAW, from_logits=True)([classifier.output, alpha]) if through_law else classifier.output
    model = keras.Model([classifier.input, alpha], seen)
    model.compile(keras.optimizers.Adam(3e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit([galaxies.images, galaxies.alpha[:, None]], galaxies.seen, epochs=15, batch_size=64, verbose=0)
    return classifier  # the law is dropped: the image alone gives the true class


def share_right(classifier: keras.Model, galaxies: Stamps) -> float:
    """The share of galaxies whose true class is found."""
    return float(np.mean(classifier.predict(galaxies.images, verbose=0).argmax(axis=1) == galaxies.truth))


if __name__ == "__main__":
    keras.utils.set_random_seed(0)
    known, unseen = make_stamps(2000, LAW, seed=1), make_stamps(1000, LAW, seed=2)
    print(f"trained on the labels: {share_right(train(known, through_law=False), unseen):.3f} right")
    print(f"trained through the law: {share_right(train(known, through_law=True), unseen):.3f} right")
