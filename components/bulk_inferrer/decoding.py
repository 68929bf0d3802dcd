"""Files to pixels: read, checked and decoded in batches, some ahead of the network."""

import itertools
import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from typing import Any

import tensorflow as tf

from truemorph.components.bulk_inferrer.parts import Part, Record
from truemorph.components.images.checks import usable
from truemorph.components.images.decode import decode, why_unreadable

Decoded = tuple[Sequence[Record], tf.Tensor, list[str]]
"""n records, (m, S, S, 3) pixels of those that can be read, and why each of the n cannot, '' where it can."""


def decoded(part: Part, crop: float, image_size: int, batch_size: int) -> Iterator[Decoded]:
    """A part's records in batches, with what they decode to: as many batches ahead as there are processors."""
    ahead: deque[Future[Decoded]] = deque()
    workers = os.cpu_count() or 1
    records = part.records()
    with ThreadPoolExecutor(workers) as pool:
        while batch := list(itertools.islice(records, batch_size)):
            ahead.append(pool.submit(_decode_batch, batch, crop, image_size))
            if len(ahead) > workers:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def _decode_batch(batch: Sequence[Record], crop: float, image_size: int) -> Decoded:
    checked = [_checked(record) for record in batch]
    whys = [why for _, why in checked]
    try:
        return batch, _decoder(crop, image_size)([image for image, why in checked if not why]), whys
    except tf.errors.InvalidArgumentError:
        pixels = []
        for place, (image, why) in enumerate(checked):
            if not why:
                try:
                    pixels.append(decode(tf.constant(image), crop, image_size))
                except tf.errors.InvalidArgumentError as error:
                    whys[place] = why_unreadable(error)
        return batch, tf.stack(pixels) if pixels else tf.zeros((0, image_size, image_size, 3)), whys


def _checked(record: Record) -> tuple[bytes, str]:
    """A record's image as an ingest would keep it, and why it would not."""
    if record.why or record.name is None:
        return record.image, record.why
    image, why = usable(record.image, record.name)
    return image, why or ""


@lru_cache
def _decoder(crop: float, image_size: int) -> Any:
    """Encoded images, string (n,), to pixels (n, S, S, 3); traced once, for that takes as long as a thousand images."""

    def decode_all(images: tf.Tensor) -> tf.Tensor:
        return tf.map_fn(lambda image: decode(image, crop, image_size), images, fn_output_signature=tf.float32)

    return tf.function(decode_all, [tf.TensorSpec((None,), tf.string)], autograph=False)
