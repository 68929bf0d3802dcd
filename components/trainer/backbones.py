"""The classifiers: an image in, logits of smooth and disk out."""

import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import keras
from keras import layers, ops

from truemorph.components.errors import InputError

MOMENTUM = 0.9
"""Of every BatchNormalization: with Keras's 0.99 a short training leaves the moving averages behind the weights."""

Block = Callable[[Any, Path | None], Any]


def build_classifier(
    backbone: str, image_size: int, seed: int, classes: int = 2, weights: Path | None = None
) -> keras.Model:
    """An untrained classifier that starts at p = 1/K for every image and class: p(disk) = 0.5.

    Args:
        backbone: 'resnet50', 'resnet101', 'efficientnetv2s', 'deepgalaxyv2' or 'small'.
        image_size: side of the input in pixels, at least 32.
        seed: of the initial weights.
        classes: K; more than 2 for a ConfusionLaw of more classes. Defaults to smooth and disk.
        weights: file of weights of the network without its top, as Keras publishes them for ImageNet; None: random.

    Returns:
        A model of stock layers: (N, image_size, image_size, 3) in 0..255 -> (N, K) logits 'logits', whose softmax is
        [p(smooth), p(disk)]. Pixels are rescaled inside. The last layer starts at zero: the debiased likelihood has a
        plateau where every object is called disk, and an ordinary start with large logits may fall on it.

    Raises:
        ValueError: if the backbone is unknown or the image too small.
        InputError: if the file holds no weights of this backbone, or there are none for it.
    """
    if backbone not in BODIES:
        raise ValueError(f"backbone must be one of {', '.join(BODIES)}. Received: backbone={backbone}")
    if image_size < 32:
        raise ValueError(f"image_size must be >= 32. Received: image_size={image_size}")
    if weights and backbone not in PUBLISHED:
        raise InputError(
            f"trainer.weights: there are none for {backbone}; give trainer.backbone={' | '.join(PUBLISHED)}"
        )
    keras.utils.set_random_seed(seed)
    image = keras.Input((image_size, image_size, 3), name="image")
    features = BODIES[backbone](image, weights)
    logits = layers.Dense(classes, kernel_initializer="zeros", dtype=keras.config.floatx(), name="logits")(features)
    return keras.Model(image, logits, name=backbone)


def resnet50(image: Any, weights: Path | None = None) -> Any:
    """ResNet50 after pooling, then a dense layer of 1,024 with ReLU, as in the paper (He et al. 2016)."""
    return _resnet(keras.applications.ResNet50, image, weights)


def resnet101(image: Any, weights: Path | None = None) -> Any:
    """ResNet101 with the same head (He et al. 2016)."""
    return _resnet(keras.applications.ResNet101, image, weights)


def efficientnetv2s(image: Any, weights: Path | None = None) -> Any:
    """EfficientNetV2-S after pooling, with its stochastic depth (Tan & Le 2021)."""
    application = partial(keras.applications.EfficientNetV2S, include_preprocessing=False)
    return _body(application, _rescaled(image, 1 / 128), weights)


def deepgalaxyv2(image: Any, weights: Path | None = None) -> Any:
    """Deep Galaxy V2 (Khalifa et al. 2018): 8 layers, one main convolution of 96 filters, two dense layers.

    Only the abstract could be read. Chosen here: the 8 layers are input, convolution (11 x 11, stride 4 from 128 px
    on, else 7 x 7, stride 2), normalisation, ReLU, max pooling (4 x 4), dense 256, ReLU, dense 2. The paper leaves the
    kernel, the stride, the pooling and the dense width open.
    """
    x = _rescaled(image)
    large = x.shape[1] >= 128
    x = layers.Conv2D(96, 11 if large else 7, strides=4 if large else 2, padding="same", use_bias=False, name="conv")(x)
    x = layers.BatchNormalization(momentum=MOMENTUM, name="conv_norm")(x)
    x = layers.ReLU(name="conv_relu")(x)
    x = layers.MaxPooling2D(4, name="pool")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(256, name="dense")(x)
    return layers.ReLU(name="dense_relu")(x)


def small(image: Any, weights: Path | None = None) -> Any:
    """A network for CPUs: four blocks of a convolution, normalisation and ReLU; sides halve, filters grow.

    Sides halve by maxima of two by two and not by a convolution's stride, which costs nothing more and was better on
    skies of every hand, see docs/measurements.md; in the first block, whose pictures are large, by the stride.
    """
    x = _rescaled(image)
    for index, filters in enumerate((24, 48, 96, 128)):
        kernel = 5 if index == 0 else 3
        strides = 2 if index == 0 else 1
        if index:
            x = layers.MaxPooling2D(2, name=f"pool{index}")(x)
        x = layers.Conv2D(filters, kernel, strides=strides, padding="same", use_bias=False, name=f"conv{index}")(x)
        x = layers.BatchNormalization(momentum=MOMENTUM, name=f"norm{index}")(x)
        x = layers.ReLU(name=f"relu{index}")(x)
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    return layers.Dense(128, activation="relu", name="dense")(x)


BODIES: dict[str, Block] = {
    "resnet50": resnet50,
    "resnet101": resnet101,
    "efficientnetv2s": efficientnetv2s,
    "deepgalaxyv2": deepgalaxyv2,
    "small": small,
}
"""From images to features, by name of the backbone."""
PUBLISHED = ("resnet50", "resnet101", "efficientnetv2s")
"""Those whose ImageNet weights Keras publishes."""
_CAFFE_MEAN = (103.939, 116.779, 123.68)  # of ImageNet's blue, green and red, which ResNet's weights were trained with


def _resnet(application: Callable[..., keras.Model], image: Any, weights: Path | None) -> Any:
    x = _rescaled(image)
    if weights:
        shift = [-mean for mean in _CAFFE_MEAN]
        x = layers.Rescaling(1.0, offset=shift, dtype=keras.config.floatx(), name="caffe")(ops.flip(image, axis=-1))
    return layers.Dense(1024, activation="relu", name="dense")(_body(application, x, weights))


def _rescaled(image: Any, scale: float = 1 / 127.5) -> Any:
    """From 0..255 to about -1..1, in full precision whatever the network computes in."""
    return layers.Rescaling(scale, offset=-1.0, dtype=keras.config.floatx(), name="rescaling")(image)


def _body(application: Callable[..., keras.Model], x: Any, weights: Path | None) -> Any:
    """Features of a network of keras.applications, with our momentum, and weights from a file if there is one."""
    shape = {"weights": None, "include_top": False, "pooling": "avg"}
    saved = _saved(application(input_shape=x.shape[1:], **shape), weights) if weights else None
    body = application(input_tensor=x, **shape)
    for layer in body.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = MOMENTUM
    if saved:
        body.set_weights(saved)
    return body.output


def _saved(network: keras.Model, weights: Path) -> list[Any]:
    """The weights of a file of these layers only, as it was saved, with nothing that Keras would let pass."""
    try:
        with warnings.catch_warnings(action="error"):
            network.load_weights(weights)
    except (OSError, ValueError, KeyError, UserWarning) as error:
        why = str(error).splitlines()[0]
        raise InputError(
            f"trainer.weights={weights}: no weights of {network.name} without its top ({why}); "
            "give the *_notop.h5 of Keras"
        ) from None
    return list(network.get_weights())
