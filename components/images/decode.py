"""decode: the pixels of an encoded image, the same in training, inference and serving."""

import tensorflow as tf

DEFAULT_CROP = 207 / 424
"""The central share of the stamp's side that the network sees, the paper's."""
_END_OF_JPEG = b"\xff\xd9"
_MARGIN = 2


def decode(encoded: tf.Tensor, crop: float = DEFAULT_CROP, image_size: int = 64, margin: int = 0) -> tf.Tensor:
    """The pixels of an encoded image: the one function of training, bulk inference, predict and serving.

    Args:
        encoded: scalar string, JPEG or PNG bytes of an image of any size.
        crop: central share of the shorter side that is kept, in (0, 1]. Defaults to the paper's 207/424.
        image_size: side of the result in pixels. Defaults to 64.
        margin: pixels more on each side, of the sky round the cut on the same grid, mirrored where the image ends.

    Returns:
        (image_size + 2 margin, image_size + 2 margin, 3) float32 in 0..255, RGB.

    Raises:
        tf.errors.InvalidArgumentError: if the bytes are no complete image.
    """
    # A JPEG that ends as it should can be decoded in part; all else is decoded whole, which finds what is missing.
    end = tf.strings.substr(encoded, tf.maximum(tf.strings.length(encoded) - 2, 0), 2)
    whole = tf.io.is_jpeg(encoded) & (end == _END_OF_JPEG)
    share, size = margin / image_size, image_size + 2 * margin
    cut, side = tf.cond(whole, lambda: _cut_of_jpeg(encoded, crop, share), lambda: _cut_of_any(encoded, crop, share))
    scale = image_size / tf.cast(side, tf.float32)
    around = tf.cast(_around(side, share), tf.float32)
    # What tf.image.resize does, but for the shift: the cut's pixels must be the same ones with and without a margin.
    pixels = tf.raw_ops.ScaleAndTranslate(
        images=tf.cast(cut, tf.float32)[None],
        size=[size, size],
        scale=tf.stack([scale, scale]),
        translation=tf.repeat(margin - around * scale, 2),
        kernel_type="triangle",
        antialias=True,
    )[0]
    return tf.ensure_shape(tf.clip_by_value(pixels, 0.0, 255.0), (size, size, 3))


def _centre(height: tf.Tensor, width: tf.Tensor, crop: float) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """First row, first column and side of the central crop."""
    side = tf.maximum(tf.cast(tf.round(crop * tf.cast(tf.minimum(height, width), tf.float64)), tf.int32), 1)
    return (height - side) // 2, (width - side) // 2, side


def _around(side: tf.Tensor, share: float) -> tf.Tensor:
    """Pixels of the image that a margin of this share of the side needs."""
    return tf.cast(tf.math.ceil(share * tf.cast(side, tf.float64)), tf.int32)


def _cut_of_any(encoded: tf.Tensor, crop: float, share: float) -> tuple[tf.Tensor, tf.Tensor]:
    """The central crop with what a margin of this share needs around it, and the crop's side."""
    image = tf.io.decode_image(encoded, channels=3, expand_animations=False)
    top, left, side = _centre(tf.shape(image)[0], tf.shape(image)[1], crop)
    return _with_surroundings(image, top, left, side, share), side


def _cut_of_jpeg(encoded: tf.Tensor, crop: float, share: float) -> tuple[tf.Tensor, tf.Tensor]:
    """The very pixels of _cut_of_any; what lies outside the cut is hardly decoded."""
    shape = tf.io.extract_jpeg_shape(encoded)
    height, width = shape[0], shape[1]
    top, left, side = _centre(height, width, crop)
    # Colours are stored at half the resolution: at the edge of what is decoded they would lack a neighbour.
    more = _around(side, share) + _MARGIN
    first_row, first_column = tf.maximum(top - more, 0), tf.maximum(left - more, 0)
    rows = tf.minimum(top + side + more, height) - first_row
    columns = tf.minimum(left + side + more, width) - first_column
    image = tf.io.decode_and_crop_jpeg(encoded, tf.stack([first_row, first_column, rows, columns]), channels=3)
    return _with_surroundings(image, top - first_row, left - first_column, side, share), side


def _with_surroundings(image: tf.Tensor, top: tf.Tensor, left: tf.Tensor, side: tf.Tensor, share: float) -> tf.Tensor:
    """A square of the image and what a margin of this share needs around it, mirrored where the image ends."""
    if not share:
        return image[top : top + side, left : left + side]
    around = _around(side, share)
    first_row, first_column = tf.maximum(top - around, 0), tf.maximum(left - around, 0)
    part = image[first_row : top + side + around, first_column : left + side + around]
    before = around - tf.stack([top - first_row, left - first_column])
    after = side + 2 * around - before - tf.shape(part)[:2]
    return tf.pad(part, tf.pad(tf.stack([before, after], axis=1), [[0, 1], [0, 0]]), "SYMMETRIC")


def why_unreadable(error: tf.errors.InvalidArgumentError) -> str:
    """What decode's error says, in one short line."""
    line = error.message.splitlines()[0].split("}} ")[-1]
    return line.split("[Op:")[0].strip()


def image_of(record: tf.Tensor) -> tf.Tensor:
    """The encoded image, a scalar string, of a serialised Example."""
    return tf.io.parse_single_example(record, {"image": tf.io.FixedLenFeature((), tf.string)})["image"]
