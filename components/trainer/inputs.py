"""From Examples to batches of images, labels and alpha, in an order that is a function of seed and epoch alone."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from truemorph.components.errors import InputError

DEFAULT_CROP = 207 / 424
"""The central share of the stamp's side that the network sees, the seed's."""
LABELS = {"raw": "label_raw", "debiased": "label_debiased"}
_FRAMING_BEFORE, _FRAMING_AFTER = 12, 4  # bytes of length and checksums around each record of a TFRecord file


def decode(encoded: tf.Tensor, crop: float = DEFAULT_CROP, image_size: int = 64) -> tf.Tensor:
    """The pixels of an encoded image: the one function of training, bulk inference, predict and serving.

    Args:
        encoded: scalar string, JPEG or PNG bytes of an image of any size.
        crop: central share of the shorter side that is kept, in (0, 1]. Defaults to the seed's 207/424.
        image_size: side of the result in pixels. Defaults to 64.

    Returns:
        (image_size, image_size, 3) float32 in 0..255, RGB.

    Raises:
        tf.errors.InvalidArgumentError: if the bytes are no complete image.
    """
    image = tf.io.decode_image(encoded, channels=3, expand_animations=False)
    height, width = tf.shape(image)[0], tf.shape(image)[1]
    shorter = tf.cast(tf.minimum(height, width), tf.float64)
    side = tf.maximum(tf.cast(tf.round(crop * shorter), tf.int32), 1)
    cropped = tf.image.crop_to_bounding_box(image, (height - side) // 2, (width - side) // 2, side, side)
    pixels = tf.image.resize(cropped, (image_size, image_size), method="bilinear", antialias=True)
    return tf.ensure_shape(tf.clip_by_value(pixels, 0.0, 255.0), (image_size, image_size, 3))


def why_unreadable(error: tf.errors.InvalidArgumentError) -> str:
    """What decode's error says, in one short line."""
    line = error.message.splitlines()[0].split("}} ")[-1]
    return line.split("[Op:")[0].strip()


def dihedral(images: tf.Tensor, codes: tf.Tensor) -> tf.Tensor:
    """Images turned by multiples of 90 degrees and mirrored: the sky has no up.

    Args:
        images: (N, S, S, 3).
        codes: (N,) integers in 0..7, one for each symmetry of the square; 0 leaves the image as it is.

    Returns:
        (N, S, S, 3), same dtype.
    """
    changes = (lambda x: tf.transpose(x, (0, 2, 1, 3)), lambda x: x[:, ::-1], lambda x: x[:, :, ::-1])
    for bit, change in enumerate(changes):
        chosen = tf.cast(tf.bitwise.right_shift(codes, bit) % 2, tf.bool)
        images = tf.where(chosen[:, None, None, None], change(images), images)
    return images


@dataclass(frozen=True)
class _Record:
    objid: str
    alpha: float
    label: int
    shard: Path
    offset: int
    length: int

    def read(self) -> bytes:
        with open(self.shard, "rb") as file:
            file.seek(self.offset)
            return file.read(self.length)


class LabelledImages:
    """The galaxies of one split that have a label, as batches.

    The order of an epoch and the turn of each image depend on seed and epoch only, so a resumed run sees what an
    undisturbed one would. Decoded pixels are kept in memory, as bytes, where they take a quarter of it at most; else
    each is read and decoded when its turn comes, in the same order.

    Args:
        examples: folder that ExampleGen wrote.
        split: 'train', 'eval' or 'test'.
        labels: 'raw' or 'debiased'; galaxies without such a label are left out and counted in `unlabelled`.
        crop: see decode.
        image_size: see decode.
        batch_size: galaxies in a batch.
        seed: of the shuffling and turning.
        cache_bytes: memory that decoded pixels may take. Defaults to a quarter of the machine's.

    Raises:
        InputError: if the folder has no such split, or an image cannot be decoded.
    """

    def __init__(
        self,
        examples: Path,
        split: str,
        *,
        labels: str,
        crop: float,
        image_size: int,
        batch_size: int,
        seed: int,
        cache_bytes: int | None = None,
    ) -> None:
        self.crop, self.image_size, self.batch_size, self.seed = crop, image_size, batch_size, seed
        self.split = split
        self._records, self.unlabelled = _scan(examples, split, LABELS[labels])
        self.objid = [record.objid for record in self._records]
        self.alpha = np.array([record.alpha for record in self._records], np.float32)
        self.label = np.array([record.label for record in self._records], np.int32)
        if cache_bytes is None:
            cache_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 4
        fits = len(self) * image_size * image_size * 3 <= cache_bytes
        self._pixels: tf.Tensor | None = tf.constant(self._decoded()) if fits and len(self) else None

    def __len__(self) -> int:
        return len(self._records)

    def shuffled(self, epoch: int) -> tf.data.Dataset:
        """Batches of an epoch of training: ({'image', 'alpha'}, label), shuffled and turned; whole batches only.

        Args:
            epoch: number of the epoch, from 0.
        """
        order, codes = self._order(epoch)
        return self._batches(order, codes, drop_remainder=len(self) >= self.batch_size)

    def in_order(self) -> tf.data.Dataset:
        """Batches of all galaxies as they are, in the order of the records: ({'image', 'alpha'}, label)."""
        return self._batches(np.arange(len(self)), np.zeros(len(self), np.int32), drop_remainder=False)

    def batch_objids(self, epoch: int, step: int) -> list[str]:
        """The ids of a batch of shuffled(epoch), counted from 0."""
        order, _ = self._order(epoch)
        return [self.objid[index] for index in order[step * self.batch_size : (step + 1) * self.batch_size]]

    def _order(self, epoch: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
        rng = np.random.default_rng((self.seed, epoch))
        return rng.permutation(len(self)), rng.integers(8, size=len(self), dtype=np.int32)

    def _batches(self, order: npt.NDArray[Any], codes: npt.NDArray[Any], drop_remainder: bool) -> tf.data.Dataset:
        rows = tf.data.Dataset.from_tensor_slices((order, codes, self.alpha[order], self.label[order]))
        if self._pixels is None:
            rows = tf.data.Dataset.zip(self._from_files(order), rows)
        else:
            rows = rows.map(lambda *row: (row[0], row))

        def batch(image: tf.Tensor, row: tuple[tf.Tensor, ...]) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
            pixels = image if self._pixels is None else tf.gather(self._pixels, image)
            return {"image": tf.cast(dihedral(pixels, row[1]), tf.float32), "alpha": row[2]}, row[3]

        return rows.batch(self.batch_size, drop_remainder=drop_remainder).map(batch).prefetch(2)

    def _from_files(self, order: npt.NDArray[Any]) -> tf.data.Dataset:
        def records() -> Iterator[bytes]:
            for index in order:
                yield self._records[index].read()

        encoded = tf.data.Dataset.from_generator(records, output_signature=tf.TensorSpec((), tf.string))
        return encoded.map(
            lambda record: decode(image_of(record), self.crop, self.image_size),
            num_parallel_calls=tf.data.AUTOTUNE,
            deterministic=True,
        )

    def _decoded(self) -> npt.NDArray[np.uint8]:
        pixels = np.empty((len(self), self.image_size, self.image_size, 3), np.uint8)
        done = 0
        try:
            for images in self._from_files(np.arange(len(self))).batch(64).as_numpy_iterator():
                pixels[done : done + len(images)] = np.rint(images)
                done += len(images)
        except tf.errors.InvalidArgumentError:
            self.check_images()
            raise
        return pixels

    def check_images(self) -> None:
        """Decode every image.

        Raises:
            InputError: naming the first galaxy whose image cannot be decoded.
        """
        for record in self._records:
            try:
                decode(image_of(tf.constant(record.read())), self.crop, self.image_size)
            except tf.errors.InvalidArgumentError as error:
                why = why_unreadable(error)
                raise InputError(
                    f"{record.shard}: the image of objid {record.objid} is damaged ({why}); ingest again"
                ) from None


def image_of(record: tf.Tensor) -> tf.Tensor:
    """The encoded image, a scalar string, of a serialised Example."""
    return tf.io.parse_single_example(record, {"image": tf.io.FixedLenFeature((), tf.string)})["image"]


def _scan(examples: Path, split: str, label: str) -> tuple[list[_Record], int]:
    """The records of a split that carry the label, and how many do not."""
    folder = examples / f"Split-{split}"
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; give a folder of examples that `truemorph ingest` wrote")
    records, unlabelled = [], 0
    for shard in sorted(folder.glob("data_tfrecord-*")):
        offset = 0
        for serialised in tf.data.TFRecordDataset(str(shard)).as_numpy_iterator():
            features = tf.train.Example.FromString(serialised).features.feature
            labels = features[label].int64_list.value
            objid = features["objid"].bytes_list.value[0].decode()
            if labels:
                alpha = features["alpha"].float_list.value[0]
                start = offset + _FRAMING_BEFORE
                records.append(_Record(objid, alpha, int(labels[0]), shard, start, len(serialised)))
            else:
                unlabelled += 1
            offset += _FRAMING_BEFORE + len(serialised) + _FRAMING_AFTER
    return records, unlabelled
