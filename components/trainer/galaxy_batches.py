"""Galaxies in memory as batches of images, labels and alpha, in an order that is a function of seed and epoch alone."""

import copy
from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from truemorph.components.trainer.rotation import rotate
from truemorph.components.trainer.zoom import zoom


def dihedral(images: tf.Tensor, codes: tf.Tensor) -> tf.Tensor:
    """Images turned by multiples of 90 degrees and mirrored: the sky has no up.

    Args:
        images: (N, S, S, 3).
        codes: (N,) integers in 0..7, one for each symmetry of the square; 0 leaves the image as it is.

    Returns:
        (N, S, S, 3), same dtype.
    """
    size = images.shape[1]
    numbered = np.arange(size * size, dtype=np.int32).reshape(size, size)
    changes: tuple[Callable[[Any], Any], ...] = (np.transpose, np.flipud, np.fliplr)
    places = []
    for code in range(8):
        turned = numbered
        for bit, change in enumerate(changes):
            turned = change(turned) if code >> bit & 1 else turned
        places.append(turned.ravel())
    # One look-up is ten times as fast as three choices between whole images.
    pixels = tf.reshape(images, (-1, size * size, 3))
    return tf.reshape(tf.gather(pixels, tf.gather(np.stack(places), codes), batch_dims=1), tf.shape(images))


@tf.function(autograph=False)
def changed(pixels: Any, codes: Any, angles: Any, zooms: Any, margin: int) -> tf.Tensor:
    """Images turned and zoomed as in training; traced once for all epochs and networks.

    Args:
        pixels: (N, S, S, 3), of any number type.
        codes: (N,) see dihedral.
        angles: (N,) see rotate; None: not turned by any angle.
        zooms: (N, 3) logarithm of the scale, and moves as shares of a fifth of the side; see zoom. None: not zoomed.
        margin: pixels that are cut off each side.

    Returns:
        (N, S - 2 margin, S - 2 margin, 3) float32.
    """
    turned = dihedral(pixels, codes)
    if angles is not None:
        image = rotate(turned, angles, margin)
    else:
        within = slice(margin, turned.shape[1] - margin)
        image = tf.cast(turned[:, within, within], tf.float32)
    if zooms is not None:
        image = zoom(image, tf.exp(zooms[:, 0]), zooms[:, 1:] * image.shape[1] / 5)
    return image


class GalaxyBatches:
    """Galaxies that have a label, as batches.

    The order of an epoch and the turn of each image depend on seed and epoch only, so a resumed run sees what an
    undisturbed one would.

    Args:
        pixels: (N, S, S, 3) uint8, as inputs.decode gives them, rounded; None: a subclass gives them, see images_of.
        alpha: (N,) resolution, dimensionless, > 0.
        label: (N,) label seen, integers.
        batch_size: galaxies in a batch.
        seed: of the shuffling and turning.
        objid: (N,) their ids. Defaults to their numbers.
        log_votes: (N, K, K) log p(votes | true, seen) of VoteLaw, for a VoteLayer; None: the labels teach.
        observables: (N, J) what the law takes after alpha, NaN where not known; None: it takes alpha alone.
        rotations: how training images are turned: 'dihedral', or 'any' for an angle at random besides.
        margin: pixels around each image that are there to be turned into it, and then cut off.
        zoom: z; training images are larger or smaller by at most a factor e^z, at random, and moved down and across by
            at most a fifth of z of their side.
    """

    def __init__(
        self,
        pixels: npt.NDArray[np.uint8] | None,
        alpha: npt.ArrayLike,
        label: npt.ArrayLike,
        *,
        batch_size: int,
        seed: int,
        objid: Sequence[str] | None = None,
        log_votes: npt.ArrayLike | None = None,
        observables: npt.ArrayLike | None = None,
        rotations: str = "dihedral",
        margin: int = 0,
        zoom: float = 0.0,
    ) -> None:
        self.alpha, self.label = np.asarray(alpha, np.float32), np.asarray(label, np.int32)
        self.batch_size, self.seed = batch_size, seed
        self.rotations, self.margin, self.zoom = rotations, margin, zoom
        self.objid = [str(index) for index in range(len(self.label))] if objid is None else list(objid)
        besides = {"log_votes": log_votes, "observables": observables}
        self.besides = {name: np.asarray(each, np.float32) for name, each in besides.items() if each is not None}
        self._pixels: tf.Tensor | None = None if pixels is None else tf.constant(pixels)
        self._rows = np.arange(len(self.label))  # of the galaxies among the pixels

    def only(self, chosen: npt.NDArray[np.bool_], seed: int) -> Self:
        """Some of the galaxies, with the same pixels in memory.

        Args:
            chosen: (N,) which.
            seed: of their shuffling and turning.
        """
        some = copy.copy(self)
        some.seed = seed
        some.alpha, some.label, some._rows = self.alpha[chosen], self.label[chosen], self._rows[chosen]
        some.objid = [objid for objid, one in zip(self.objid, chosen, strict=True) if one]
        some.besides = {name: each[chosen] for name, each in self.besides.items()}
        return some

    def __len__(self) -> int:
        return len(self.label)

    @property
    def steps(self) -> int:
        """Batches in an epoch of training."""
        return max(len(self) // self.batch_size, 1)

    def shuffled(self, epoch: int, step: int = 0) -> tf.data.Dataset:
        """Batches of an epoch of training: ({'image', 'alpha'}, label), shuffled and turned; whole batches only.

        With log_votes and observables the inputs have entries of these names.

        Args:
            epoch: number of the epoch, from 0.
            step: batches to leave out at its start, without reading them.
        """
        rest = slice(step * self.batch_size, None)
        order, *changes = (each[rest] for each in self._order(epoch))
        return self._batches(order, *changes, drop_remainder=len(self) >= self.batch_size)

    def in_order(self, turned: bool = False) -> tf.data.Dataset:
        """Batches of all galaxies in their order: ({'image', 'alpha'}, label); changed as in training, or not."""
        _, *changes = self._order(0)
        if not turned:
            changes = [np.zeros_like(each) for each in changes]
        return self._batches(np.arange(len(self)), *changes, drop_remainder=False)

    def batch_objids(self, epoch: int, step: int) -> list[str]:
        """The ids of a batch of shuffled(epoch), counted from 0."""
        order, *_ = self._order(epoch)
        return [self.objid[index] for index in order[step * self.batch_size : (step + 1) * self.batch_size]]

    def images_of(self, order: npt.NDArray[Any]) -> tf.data.Dataset:
        """The pixels of galaxies one by one, in this order, where they are not in memory: a subclass knows whence."""
        raise ValueError("pixels must be given where no subclass reads them. Received: pixels=None")

    def check_images(self) -> None:
        """Decode every image, where they are not in memory; a damaged one raises InputError."""

    def _order(self, epoch: int) -> tuple[npt.NDArray[Any], ...]:
        """An epoch's order; and of each image its symmetry of the square, its angle, and (N, 3) its zoom.

        Angles are in radians; a zoom is the logarithm of the scale, and moves down and across in pixels.
        """
        rng = np.random.default_rng((self.seed, epoch))
        order, codes = rng.permutation(len(self)), rng.integers(8, size=len(self), dtype=np.int32)
        # Together with a symmetry of the square an eighth of a turn to either side makes every angle, mirrored or not.
        widest = np.pi / 4 if self.rotations == "any" else 0.0
        angles = rng.uniform(-widest, widest, len(self)).astype(np.float32)
        zooms = self.zoom * rng.uniform(-1.0, 1.0, (len(self), 3))
        return order, codes, angles, zooms.astype(np.float32)

    def _batches(
        self,
        order: npt.NDArray[Any],
        codes: npt.NDArray[Any],
        angles: npt.NDArray[Any],
        zooms: npt.NDArray[Any],
        *,
        drop_remainder: bool,
    ) -> tf.data.Dataset:
        inputs = {"alpha": self.alpha[order]} | {name: each[order] for name, each in self.besides.items()}
        changes = (codes, angles, zooms)
        rows = tf.data.Dataset.from_tensor_slices((self._rows[order], *changes, inputs, self.label[order]))
        rows = rows.batch(self.batch_size, drop_remainder=drop_remainder)
        turned, zoomed = angles.any(), zooms.any()

        @tf.autograph.experimental.do_not_convert
        def batch(row: tuple[Any, ...], pixels: tf.Tensor | None = None) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
            place, code, angle, scale, rest, label = row
            pixels = tf.gather(self._pixels, place) if pixels is None else pixels
            image = changed(pixels, code, angle if turned else None, scale if zoomed else None, self.margin)
            return {"image": image, **rest}, label

        read: tuple[tf.data.Dataset, ...] = ()
        if self._pixels is None:
            read = (self.images_of(order).batch(self.batch_size, drop_remainder=drop_remainder),)
        return tf.data.Dataset.zip((rows, *read)).map(batch).prefetch(2)
