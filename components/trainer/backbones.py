"""The classifiers: an image in, logits of smooth and disk out."""

from collections.abc import Callable
from typing import Any

import keras
from keras import layers

MOMENTUM = 0.9
"""Of every BatchNormalization: with Keras's 0.99 a short training leaves the moving averages behind the weights."""

Block = Callable[[Any], Any]


def build_classifier(backbone: str, image_size: int, seed: int, classes: int = 2) -> keras.Model:
    """An untrained classifier that starts at p = 1/K for every image and class: p(disk) = 0.5.

    Args:
        backbone: 'resnet50', 'resnet101', 'deepgalaxyv2' or 'small'.
        image_size: side of the input in pixels, at least 32.
        seed: of the initial weights.
        classes: K; more than 2 for a ConfusionLaw of more classes. Defaults to smooth and disk.

    Returns:
        A model of stock layers: (N, image_size, image_size, 3) in 0..255 -> (N, K) logits 'logits', whose softmax is
        [p(smooth), p(disk)]. Pixels are rescaled inside. The last layer starts at zero: the debiased likelihood has a
        plateau where every object is called disk, and an ordinary start with large logits may fall on it.

    Raises:
        ValueError: if the backbone is unknown or the image too small.
    """
    if backbone not in BODIES:
        raise ValueError(f"backbone must be one of {', '.join(BODIES)}. Received: backbone={backbone}")
    if image_size < 32:
        raise ValueError(f"image_size must be >= 32. Received: image_size={image_size}")
    keras.utils.set_random_seed(seed)
    image = keras.Input((image_size, image_size, 3), name="image")
    scaled = layers.Rescaling(1 / 127.5, offset=-1.0, dtype=keras.config.floatx(), name="rescaling")(image)
    features = BODIES[backbone](scaled)
    logits = layers.Dense(classes, kernel_initializer="zeros", dtype=keras.config.floatx(), name="logits")(features)
    return keras.Model(image, logits, name=backbone)


def resnet50(x: Any) -> Any:
    """ResNet50 after pooling, then a dense layer of 1,024 with ReLU, as in the seed (He et al. 2016)."""
    return _resnet(keras.applications.ResNet50, x)


def resnet101(x: Any) -> Any:
    """ResNet101 with the same head (He et al. 2016)."""
    return _resnet(keras.applications.ResNet101, x)


def deepgalaxyv2(x: Any) -> Any:
    """Deep Galaxy V2 (Khalifa et al. 2018): 8 layers, one main convolution of 96 filters, two dense layers.

    Only the abstract could be read. Chosen here: the 8 layers are input, convolution (11 x 11, stride 4 from 128 px
    on, else 7 x 7, stride 2), normalisation, ReLU, max pooling (4 x 4), dense 256, ReLU, dense 2. The paper leaves the
    kernel, the stride, the pooling and the dense width open.
    """
    large = x.shape[1] >= 128
    x = layers.Conv2D(96, 11 if large else 7, strides=4 if large else 2, padding="same", use_bias=False, name="conv")(x)
    x = layers.BatchNormalization(momentum=MOMENTUM, name="conv_norm")(x)
    x = layers.ReLU(name="conv_relu")(x)
    x = layers.MaxPooling2D(4, name="pool")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(256, name="dense")(x)
    return layers.ReLU(name="dense_relu")(x)


def small(x: Any) -> Any:
    """A network for CPUs: four blocks of a convolution, normalisation and ReLU; sides halve, filters grow."""
    for index, filters in enumerate((24, 48, 96, 128)):
        kernel = 5 if index == 0 else 3
        x = layers.Conv2D(filters, kernel, strides=2, padding="same", use_bias=False, name=f"conv{index}")(x)
        x = layers.BatchNormalization(momentum=MOMENTUM, name=f"norm{index}")(x)
        x = layers.ReLU(name=f"relu{index}")(x)
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    return layers.Dense(128, activation="relu", name="dense")(x)


BODIES: dict[str, Block] = {"resnet50": resnet50, "resnet101": resnet101, "deepgalaxyv2": deepgalaxyv2, "small": small}
"""From rescaled images to features, by name of the backbone."""


def _resnet(application: Callable[..., keras.Model], x: Any) -> Any:
    body = application(weights=None, include_top=False, input_tensor=x, pooling="avg")
    for layer in body.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = MOMENTUM
    return layers.Dense(1024, activation="relu", name="dense")(body.output)
