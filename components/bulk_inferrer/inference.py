"""Prediction of parts through Beam's RunInference: a part is one fat element, its images never pass a shuffle."""

import itertools
import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
import pandas as pd
import tensorflow as tf
from apache_beam.ml.inference.base import ModelHandler, RunInference
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from truemorph.components.bulk_inferrer.classifier import Classifier, load_classifier
from truemorph.components.bulk_inferrer.parts import part_path, with_posterior, write_part
from truemorph.components.bulk_inferrer.sources import Part, Record
from truemorph.components.errors import InputError
from truemorph.components.images.decode import decode, why_unreadable
from truemorph.components.laws import CLASS_NAMES
from truemorph.components.progress import followed

BATCH = 64
REFUSED = "refused.txt"
NumberedPart = tuple[int, Part]


class PartHandler(ModelHandler[NumberedPart, tuple[int, pd.DataFrame], Classifier]):
    """How RunInference loads the classifier and predicts a part.

    Args:
        model: folder of the model, see load_classifier.
        work: folder where a refusal is left; Beam gives back only the text of a worker's traceback.
    """

    def __init__(self, model: Path, work: Path) -> None:
        super().__init__(min_batch_size=1, max_batch_size=1)
        self._model, self._work = model, work

    def load_model(self) -> Classifier:
        """The classifier; Beam keeps one a process."""
        return load_classifier(self._model)

    def run_inference(
        self, batch: Sequence[NumberedPart], model: Classifier, inference_args: dict[str, Any] | None = None
    ) -> Iterable[tuple[int, pd.DataFrame]]:
        """Number and predictions of each part."""
        try:
            for number, part in batch:
                yield number, predict_part(model, part)
        except InputError as error:
            (self._work / REFUSED).write_text(str(error), "utf-8")
            raise


def predict_part(classifier: Classifier, part: Part, batch_size: int = BATCH) -> pd.DataFrame:
    """The rows of a part: reading, decoding and the network go on side by side.

    Args:
        classifier: the model.
        part: the objects.
        batch_size: images in a batch.

    Returns:
        (n, columns) table in the part's order: what is known of each object, then p_disk (float32, NaN where the image
        is damaged), label ('smooth', 'disk' or None) and status ('ok', or 'unreadable: why').
    """
    known: list[Mapping[str, Any]] = []
    whys: list[str] = []
    p_disk = np.full(len(part), np.nan, np.float32)
    for records, pixels, why in _decoded(part, classifier.crop, classifier.image_size, batch_size):
        places = len(known) + np.flatnonzero([not text for text in why])
        known.extend(record.known for record in records)
        whys.extend(why)
        if places.size:
            p_disk[places] = classifier.p_disk(pixels)
        for place in places[np.isnan(p_disk[places])]:
            whys[place] = "the network gives no number for it"
    table = pd.DataFrame(known)
    table["p_disk"] = p_disk[: len(known)]
    table["label"] = [None if np.isnan(p) else CLASS_NAMES[int(p > 0.5)] for p in table["p_disk"]]
    table["status"] = [f"unreadable: {why}" if why else "ok" for why in whys]
    return table


Decoded = tuple[Sequence[Record], tf.Tensor, list[str]]
"""n records, (m, S, S, 3) pixels of those that can be read, and why each of the n cannot, '' where it can."""


def _decoded(part: Part, crop: float, image_size: int, batch_size: int) -> Iterator[Decoded]:
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
    whys = [record.why for record in batch]
    try:
        return batch, _decoder(crop, image_size)([record.image for record in batch if not record.why]), whys
    except tf.errors.InvalidArgumentError:
        pixels = []
        for place, record in enumerate(batch):
            if not record.why:
                try:
                    pixels.append(decode(tf.constant(record.image), crop, image_size))
                except tf.errors.InvalidArgumentError as error:
                    whys[place] = why_unreadable(error)
        return batch, tf.stack(pixels) if pixels else tf.zeros((0, image_size, image_size, 3)), whys


@lru_cache
def _decoder(crop: float, image_size: int) -> Any:
    """Encoded images, string (n,), to pixels (n, S, S, 3); traced once, for that takes as long as a thousand images."""

    def decode_all(images: tf.Tensor) -> tf.Tensor:
        return tf.map_fn(lambda image: decode(image, crop, image_size), images, fn_output_signature=tf.float32)

    return tf.function(decode_all, input_signature=[tf.TensorSpec((None,), tf.string)])


def run_parts(parts: Mapping[int, Part], done: int, model: Path, law: Any, work: Path) -> None:
    """Predict parts and leave each as part-NNNNN.parquet in the folder `work`, whole or not at all.

    Args:
        parts: by number.
        done: images of parts that are there already, for the progress bar.
        model: folder of the model.
        law: law for the posterior of objects with a label and alpha, or None.
        work: an existing folder.

    Raises:
        InputError: if the model or a part cannot be read.
    """
    (work / REFUSED).unlink(missing_ok=True)

    def finish(numbered: tuple[int, pd.DataFrame]) -> None:
        number, table = numbered
        write_part(work, number, with_posterior(table, law))

    # Without flags=[] Beam would read the command line of whatever process this is.
    pipeline = beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions(flags=[]))
    _ = (
        pipeline
        | "Parts" >> beam.Create(list(parts.items()), reshuffle=False)
        | "RunInference" >> RunInference(PartHandler(model, work))
        | "Write" >> beam.Map(finish)
    )

    def predicted() -> int:
        return done + sum(len(part) for number, part in parts.items() if part_path(work, number).exists())

    total = done + sum(map(len, parts.values()))
    with followed(predicted, total=total, initial=done, desc="predict", unit=" images"):
        try:
            pipeline.run().wait_until_finish()
        except Exception as error:
            if (work / REFUSED).exists():
                raise InputError((work / REFUSED).read_text("utf-8")) from error
            raise
