"""What networks of the copy in JAX give, and their objectives: features, what the loss takes, what is published."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy.typing as npt
from keras import layers, ops
from schedule import PRECISION
from sky import IMAGE_SIZE

from truemorph.components.laws import FlipLaw
from truemorph.components.trainer.backbones import MOMENTUM, build_classifier
from truemorph.components.trainer.debiasing import DebiasingLayer
from truemorph.components.trainer.precision import precision

VOTES = 64
"""The most votes of one galaxy, and more."""


def dirichlet(seed: int) -> keras.Model:
    """Zoobot's network: two concentrations of votes, told the resolution.

    Args:
        seed: of the weights.

    Returns:
        (N, S, S, 3) images and (N, 1) ln alpha -> features, and twice the concentrations (N, 2), 1 to 100.

    References: Walmsley et al. 2022, MNRAS 509, 3966.
    """
    classifier, ln_alpha = build_classifier("small", IMAGE_SIZE, seed), keras.Input((1,), name="ln_alpha")
    features = classifier.get_layer("logits").input
    hidden = layers.Dense(32, "relu", name="told_alpha")(layers.Concatenate()([features, ln_alpha]))
    concentrations = layers.Dense(2, lambda x: 1.0 + 99.0 * ops.sigmoid(x), name="concentrations")(hidden)
    return keras.Model([classifier.input, ln_alpha], [features, concentrations, concentrations])


def dirichlet_loss(concentrations: Any, known: tuple[Any, ...]) -> Any:
    """Minus the log-likelihood of (N, 2) votes under the Dirichlet-multinomial, but for a constant, (N,)."""
    (votes,) = known
    each = ops.sum(_log_rising(concentrations, votes), axis=-1)
    return _log_rising(ops.sum(concentrations, axis=-1), ops.sum(votes, axis=-1)) - each


def _log_rising(start: Any, count: Any) -> Any:
    """log of start (start + 1) ... (start + count - 1), which is lgamma(start + count) - lgamma(start)."""
    number = ops.arange(VOTES, dtype="float32")
    factors = ops.log(ops.expand_dims(start, -1) + number)
    return ops.sum(ops.where(number < ops.expand_dims(count, -1), factors, 0.0), axis=-1)


def label_bias(seed: int) -> keras.Model:
    """LBE's network: a free propensity p(seen disk | disk, x) beside p(disk | x), both from the image.

    Args:
        seed: of the weights.

    Returns:
        (N, S, S, 3) images -> features, and twice p(disk | x) and the propensity, (N, 2).

    References: Gong et al. 2021, IEEE TPAMI 44, 10.
    """
    classifier = build_classifier("small", IMAGE_SIZE, seed)
    features = classifier.get_layer("logits").input
    both = layers.Dense(2, "sigmoid", name="class_and_propensity")(features)
    return keras.Model(classifier.input, [features, both, both])


def label_bias_loss(p: Any, known: tuple[Any, ...]) -> Any:
    """Minus the log-likelihood of (N,) labels seen, (N,)."""
    (seen,) = known
    q = ops.clip(p[:, 0] * p[:, 1], 1e-6, 1.0 - 1e-6)
    return -(seen * ops.log(q) + (1.0 - seen) * ops.log(1.0 - q))


def classifier(seed: int, backbone: str = "small") -> keras.Model:
    """The network itself: (N, S, S, 3) images -> features, and logits and probabilities of smooth and disk (N, 2)."""
    with precision(PRECISION[backbone]):
        model = build_classifier(backbone, IMAGE_SIZE, seed)
    return keras.Model(model.input, [model.get_layer("logits").input, model.output, ops.softmax(model.output)])


def strided(seed: int) -> keras.Model:
    """`small` as it was before, with sides that halve by strides, as `classifier`."""
    keras.utils.set_random_seed(seed)
    image = keras.Input((IMAGE_SIZE, IMAGE_SIZE, 3))
    x = layers.Rescaling(1 / 127.5, offset=-1.0)(image)
    for kernel, filters in ((5, 24), (3, 48), (3, 96), (3, 128)):
        x = layers.Conv2D(filters, kernel, strides=2, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization(momentum=MOMENTUM)(x))
    features = layers.Dense(128, "relu")(layers.GlobalAveragePooling2D()(x))
    logits = layers.Dense(2, kernel_initializer="zeros")(features)
    return keras.Model(image, [features, logits, ops.softmax(logits)])


def learning(
    seed: int, law: FlipLaw, spread: Mapping[str, npt.ArrayLike], galaxies: int, rates: tuple[float, float]
) -> keras.Model:
    """`classifier` and the debiasing layer, whose parameters are learnt; it is told alpha and the law's observables.

    Args:
        seed: of the weights.
        law, spread, galaxies, rates: see DebiasingLayer.

    Returns:
        As `classifier`, but in the place of the logits log p(seen | x), (N, 2).
    """
    inner, told = classifier(seed), keras.Input((1 + len(law.observables),), name="told")
    features, logits, published = inner.outputs
    layer = DebiasingLayer(law, from_logits=True, learn=spread, galaxies=galaxies, rates=rates, name="debiasing")
    more = [told[:, 1:]] if law.observables else []
    return keras.Model([inner.input, told], [features, layer([logits, told[:, 0], *more]), published])


def seen_loss(log_p: Any, known: tuple[Any, ...]) -> Any:
    """Minus log p(seen | x), (N, 2), of (N,) labels, (N,)."""
    (label,) = known
    return -ops.where(label == 1, log_p[:, 1], log_p[:, 0])


def generalized_loss(logits: Any, known: tuple[Any, ...], q: float = 0.5) -> Any:
    """Generalized cross-entropy of (N,) labels, (1 - p^q) / q (Zhang & Sabuncu 2018), (N,)."""
    (label,) = known
    p = ops.softmax(logits)
    return (1.0 - ops.power(ops.where(label == 1, p[:, 1], p[:, 0]), q)) / q


def marginal_loss(logits: Any, known: tuple[Any, ...]) -> Any:
    """Minus the log-likelihood of what was seen, the true class summed over, (N,).

    Formula: -log sum_y p(y | x) p(seen | y) + log sum_y p(y | x) p(kept | y).

    Args:
        logits: (N, 2).
        known: log p(seen | y), (N, 2), and log p(kept | y), (N, 2), of a sample that was drawn by label.
    """
    seen, kept = known
    log_p = ops.log_softmax(logits)
    return ops.logsumexp(log_p + kept, axis=1) - ops.logsumexp(log_p + seen, axis=1)
