"""Networks with another objective or other galaxies than ours, and without our law."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf
from networks import BATCH, EPOCHS, HELD, LEARNING_RATE
from sky import IMAGE_SIZE, Sky

from truemorph.components.images.degrade import degrade
from truemorph.components.images.symmetries import symmetries
from truemorph.components.simulator.profiles import petrosian_radii
from truemorph.components.trainer.backbones import build_classifier
from truemorph.components.trainer.galaxy_batches import dihedral
from truemorph.components.trainer.parameters import TrainerParameters
from truemorph.components.trainer.zoom import zoom

Floats = npt.NDArray[np.float64]
WELL_RESOLVED = 18.0
COPIES = 5
"""Degraded copies of each well resolved galaxy, beside itself."""
SIDE = 4.14
"""Side of what the networks see, in petroR90_r: 207 / 424 of 8.48."""


def degraded(sky: Sky, label: npt.ArrayLike, seed: int) -> tuple[Sky, Floats]:
    """Well resolved galaxies, and copies of them at resolutions of the whole sample below their own.

    Args:
        sky: the galaxies.
        label: (N,) their labels.
        seed: of the resolutions and the noise.

    Returns:
        Galaxies, and their labels.
    """
    rng, alpha = np.random.default_rng((seed, 7)), sky.table["alpha"].to_numpy()
    good = np.flatnonzero(alpha > WELL_RESOLVED)
    source = np.repeat(good, COPIES + 1)
    wanted = np.minimum(rng.choice(alpha, len(source)), alpha[source])
    wanted[:: COPIES + 1] = alpha[good]
    petro, _, r90 = petrosian_radii(sky.table["ng"].fillna(1.0).clip(0.5, 8.0).to_numpy()[source])
    radius = petro / r90 * IMAGE_SIZE / SIDE  # pixels
    pixels = np.concatenate(
        [
            degrade(
                sky.pixels[source[k]], alpha[source[k]], wanted[k], (radius / alpha[source])[k], seed=(seed, k.start)
            )
            for k in (slice(start, start + 256) for start in range(0, len(source), 256))
        ]
    )
    rows = sky.rows(source)
    return Sky(np.rint(pixels).astype(np.uint8), rows.table.assign(alpha=wanted), rows.truth), np.asarray(
        label, np.float64
    )[source]


class Heads:
    """A network of the same backbone whose last layers and loss are a rival's own.

    Args:
        heads: features (N, D) and ln alpha (N, 1) -> what the loss takes.
        loss: targets and outputs -> (N,).
    """

    def __init__(self, heads: Callable[[Any, Any], Any], loss: Callable[[Any, Any], Any]) -> None:
        self.heads, self.loss = heads, loss
        self.model: keras.Model | None = None

    def fit(self, sky: Sky, target: npt.NDArray[Any], seed: int) -> "Heads":
        """Train as the other networks are: the same epochs, turns, zoom, and choice of the epoch kept."""
        keras.utils.set_random_seed(seed)
        classifier = build_classifier("small", IMAGE_SIZE, seed)
        alpha = keras.Input((1,), name="ln_alpha")
        self.model = keras.Model([classifier.input, alpha], self.heads(classifier.get_layer("logits").input, alpha))
        held = np.arange(0, len(sky), HELD)
        rest = np.setdiff1d(np.arange(len(sky)), held)
        epochs = next(number for most, number in EPOCHS if len(sky) <= most)
        rate = keras.optimizers.schedules.CosineDecay(LEARNING_RATE["small"], epochs * (len(rest) // BATCH))
        self.model.compile(keras.optimizers.Adam(rate, beta_2=0.99, global_clipnorm=1.0), self.loss, jit_compile=False)
        data, check = (self._data(sky.rows(rows), target[rows], seed, rows is rest) for rows in (rest, held))
        best = keras.callbacks.EarlyStopping(patience=epochs, restore_best_weights=True)
        self.model.fit(data, validation_data=check, epochs=epochs, callbacks=[best], verbose=0)
        return self

    def _data(self, sky: Sky, target: Floats, seed: int, turned: bool) -> tf.data.Dataset:
        ln_alpha = np.log(sky.table["alpha"].to_numpy(np.float32))[:, None]
        data = tf.data.Dataset.from_tensor_slices((sky.pixels, ln_alpha, target.astype(np.float32)))
        most = TrainerParameters(backbone="small").filled().zoom or 0.0
        if turned:
            data = data.shuffle(len(sky), seed=seed)

        def batch(pixels: Any, alpha: Any, aim: Any) -> Any:
            images, count = tf.cast(pixels, tf.float32), tf.shape(pixels)[0]
            if turned:
                draws = tf.random.uniform((count, 3), -most, most, seed=seed)
                images = dihedral(images, tf.random.uniform((count,), 0, 8, tf.int32, seed=seed))
                images = zoom(images, tf.exp(draws[:, 0]), draws[:, 1:] * IMAGE_SIZE / 5)
            return (images, alpha), aim

        return data.batch(BATCH, drop_remainder=turned).map(batch).prefetch(2)

    def predict(self, sky: Sky, alpha: Floats) -> Floats:
        """Its outputs for galaxies, told these resolutions, averaged over the symmetries as the other networks' are."""
        assert self.model is not None
        ln_alpha = np.log(np.asarray(alpha, np.float32))[:, None]
        parts = [
            np.mean(
                [
                    self.model([view, ln_alpha[k : k + 256]], training=False)
                    for view in symmetries(sky.pixels[k : k + 256].astype(np.float32))
                ],
                axis=0,
            )
            for k in range(0, len(sky), 256)
        ]
        return np.concatenate(parts).astype(np.float64)


def dirichlet() -> Heads:
    """Zoobot's objective: the votes follow a Dirichlet-multinomial whose concentrations the network gives, told alpha.

    References: Walmsley et al. 2022, MNRAS 509, 3966.
    """

    def heads(features: Any, ln_alpha: Any) -> Any:
        hidden = keras.layers.Dense(32, "relu", name="told_alpha")(keras.layers.Concatenate()([features, ln_alpha]))
        return keras.layers.Dense(2, lambda x: 1.0 + 99.0 * keras.ops.sigmoid(x), name="concentrations")(hidden)

    def loss(counts: Any, concentrations: Any) -> Any:
        total, n = tf.reduce_sum(concentrations, -1), tf.reduce_sum(counts, -1)
        each = tf.math.lgamma(counts + concentrations) - tf.math.lgamma(concentrations)
        return -(tf.math.lgamma(total) - tf.math.lgamma(total + n) + tf.reduce_sum(each, -1))

    return Heads(heads, loss)


def label_bias() -> Heads:
    """LBE: a free propensity p(seen disk | disk, x) beside p(disk | x), both from the image.

    References: Gong et al. 2021, IEEE TPAMI 44, 10.
    """

    def heads(features: Any, _: Any) -> Any:
        return keras.layers.Dense(2, "sigmoid", bias_initializer="zeros", name="class_and_propensity")(features)

    def loss(seen: Any, p: Any) -> Any:
        q = tf.clip_by_value(p[:, 0] * p[:, 1], 1e-6, 1.0 - 1e-6)
        seen = tf.reshape(seen, (-1,))
        return -(seen * tf.math.log(q) + (1.0 - seen) * tf.math.log(1.0 - q))

    return Heads(heads, loss)
