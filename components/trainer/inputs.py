"""From Examples to batches of images, labels and alpha."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from truemorph.components.errors import InputError
from truemorph.components.examples.table import read_table
from truemorph.components.examples.tfrecord import places, read_place, shards
from truemorph.components.images.decode import decode, image_of, why_unreadable
from truemorph.components.laws import ShareLaw, VoteLaw
from truemorph.components.methods import NETWORKS
from truemorph.components.trainer.galaxy_batches import GalaxyBatches
from truemorph.components.trainer.rotation import margin_of
from truemorph.components.trainer.votes import COUNTS

LABELS = {network.labels: network.learns for network in NETWORKS}
_CHUNK = 32


@tf.function(autograph=False)
def _pixels_of(record: tf.Tensor, crop: float, image_size: int, margin: int) -> tf.Tensor:
    """The pixels of a serialised Example's image; traced once for all splits. See decode."""
    return decode(image_of(record), crop, image_size, margin)


class LabelledImages(GalaxyBatches):
    """The galaxies of one split that have a label, as batches.

    Decoded pixels are kept in memory, as bytes, where they take a quarter of it at most; else each is read and decoded
    when its turn comes, in the same order.

    Args:
        examples: folder that ExampleGen wrote.
        split: 'train', 'eval' or 'test'.
        labels: 'raw' or 'debiased'; galaxies without such a label are left out and counted in `unlabelled`.
        crop, image_size: see decode.
        batch_size: galaxies in a batch.
        seed: of the shuffling and turning.
        votes: the law of votes: galaxies come with log p(votes | true, seen) and those without counts of votes are
            left out and counted in `unlabelled`; None: the labels teach.
        observables: columns that the law takes after alpha; a value may be missing.
        cache_bytes: memory that decoded pixels may take. Defaults to a quarter of the machine's.
        rotations: see GalaxyBatches. With 'any', images are read with a margin that is turned into their corners.
        zoom: see GalaxyBatches.

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
        votes: VoteLaw | ShareLaw | None = None,
        observables: Sequence[str] = (),
        cache_bytes: int | None = None,
        rotations: str = "dihedral",
        zoom: float = 0.0,
    ) -> None:
        self.crop, self.image_size, self.split = crop, image_size, split
        counts = list(COUNTS) if votes else []
        table = read_table(examples, split, ["objid", "alpha", LABELS[labels], *counts, *observables])
        usable = table[[LABELS[labels], *counts]].notna().all(axis=1).to_numpy()
        self.unlabelled = int((~usable).sum())
        table = table[usable]
        self._places = places(shards(examples, split))[usable]
        observed = table[list(observables)].to_numpy(np.float64, na_value=np.nan) if observables else None
        taken = table["alpha"].to_numpy(np.float64)
        if observed is not None:
            taken = np.column_stack([taken, observed])
        super().__init__(
            None,
            table["alpha"],
            table[LABELS[labels]].to_numpy(np.int32),
            batch_size=batch_size,
            seed=seed,
            objid=table["objid"].tolist(),
            log_votes=votes.log_votes(table[counts].to_numpy(np.float64), taken) if votes else None,
            observables=observed,
            rotations=rotations,
            margin=margin_of(crop, image_size) if rotations == "any" else 0,
            zoom=zoom,
        )
        if cache_bytes is None:
            cache_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 4
        if len(self) and len(self) * self._side**2 * 3 <= cache_bytes:
            self._pixels = tf.constant(self._decoded())

    def images_of(self, order: npt.NDArray[Any]) -> tf.data.Dataset:
        return self.shown(order, self.crop, self.margin)

    def shown(self, order: npt.NDArray[Any], crop: float, margin: int = 0) -> tf.data.Dataset:
        """The pixels of galaxies one by one, of another share of the stamp's side; see decode."""

        def read(chosen: npt.NDArray[Any]) -> npt.NDArray[Any]:
            return np.array([read_place(place) for place in self._places[self._rows[chosen]]], dtype=object)

        @tf.autograph.experimental.do_not_convert
        def records(chosen: tf.Tensor) -> tf.Tensor:
            return tf.ensure_shape(tf.numpy_function(read, [chosen], tf.string), (None,))

        # From Python in chunks, for the way of an element into TensorFlow costs as much as decoding a small image.
        encoded = tf.data.Dataset.from_tensor_slices(order).batch(_CHUNK).map(records, tf.data.AUTOTUNE).unbatch()
        pixels = tf.autograph.experimental.do_not_convert(
            lambda record: _pixels_of(record, crop, self.image_size, margin)
        )
        return encoded.map(pixels, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)

    @property
    def _side(self) -> int:
        """Pixels of a decoded image's side."""
        return self.image_size + 2 * self.margin

    def _decoded(self) -> npt.NDArray[np.uint8]:
        pixels = np.empty((len(self), self._side, self._side, 3), np.uint8)
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
        for place, objid in zip(self._places[self._rows], self.objid, strict=True):
            try:
                decode(image_of(tf.constant(read_place(place))), self.crop, self.image_size)
            except tf.errors.InvalidArgumentError as error:
                why = why_unreadable(error)
                raise InputError(
                    f"{place['shard']}: the image of objid {objid} is damaged ({why}); ingest again"
                ) from None
