"""From Examples to batches of images, labels and alpha."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from truemorph.components.errors import InputError
from truemorph.components.laws import VoteLaw
from truemorph.components.trainer.galaxies import Galaxies
from truemorph.components.trainer.rotation import margin_of
from truemorph.components.trainer.votes import COUNTS

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


@dataclass(frozen=True)
class _Record:
    objid: str
    alpha: float
    label: int
    counts: tuple[int, ...]
    shard: Path
    offset: int
    length: int

    def read(self) -> bytes:
        with open(self.shard, "rb") as file:
            file.seek(self.offset)
            return file.read(self.length)


class LabelledImages(Galaxies):
    """The galaxies of one split that have a label, as batches.

    Decoded pixels are kept in memory, as bytes, where they take a quarter of it at most; else each is read and decoded
    when its turn comes, in the same order.

    Args:
        examples: folder that ExampleGen wrote.
        split: 'train', 'eval' or 'test'.
        labels: 'raw' or 'debiased'; galaxies without such a label are left out and counted in `unlabelled`.
        crop: see decode.
        image_size: see decode.
        batch_size: galaxies in a batch.
        seed: of the shuffling and turning.
        votes: the law of votes: galaxies come with log p(votes | true, seen) and those without counts of votes are
            left out and counted in `unlabelled`; None: the labels teach.
        cache_bytes: memory that decoded pixels may take. Defaults to a quarter of the machine's.
        rotations: see Galaxies. With 'any', images are read with a margin that is turned into their corners.

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
        votes: VoteLaw | None = None,
        cache_bytes: int | None = None,
        rotations: str = "dihedral",
    ) -> None:
        margin = margin_of(crop, image_size) if rotations == "any" else 0
        self.crop, self.image_size, self.split = crop * (1 + 2 * margin / image_size), image_size + 2 * margin, split
        self._records, self.unlabelled = _scan(examples, split, LABELS[labels], votes is not None)
        counts = np.array([record.counts for record in self._records]).reshape(-1, len(COUNTS))
        super().__init__(
            None,
            [record.alpha for record in self._records],
            [record.label for record in self._records],
            batch_size=batch_size,
            seed=seed,
            objid=[record.objid for record in self._records],
            log_votes=votes.log_votes(counts) if votes else None,
            rotations=rotations,
            margin=margin,
        )
        if cache_bytes is None:
            cache_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 4
        if len(self) and len(self) * self.image_size**2 * 3 <= cache_bytes:
            self._pixels = tf.constant(self._decoded())

    def images_of(self, order: npt.NDArray[Any]) -> tf.data.Dataset:
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
            for images in self.images_of(np.arange(len(self))).batch(64).as_numpy_iterator():
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


def _scan(examples: Path, split: str, label: str, with_votes: bool) -> tuple[list[_Record], int]:
    """The records of a split that carry the label (and, if asked for, counts of votes), and how many do not."""
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
            counts = tuple(value for name in COUNTS for value in features[name].int64_list.value) if with_votes else ()
            if labels and len(counts) == (len(COUNTS) if with_votes else 0):
                alpha = features["alpha"].float_list.value[0]
                start = offset + _FRAMING_BEFORE
                records.append(_Record(objid, alpha, int(labels[0]), counts, shard, start, len(serialised)))
            else:
                unlabelled += 1
            offset += _FRAMING_BEFORE + len(serialised) + _FRAMING_AFTER
    return records, unlabelled
