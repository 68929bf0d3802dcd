"""Prediction of parts through Beam's RunInference: a part is one fat element, its images never pass a shuffle."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from truemorph.components.laws import CLASS_NAMES
from truemorph.components.progress import followed
from truemorph.components.trainer.inputs import decode, why_unreadable

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
    waiting: dict[int, Record] = {}

    def encoded() -> Iterator[tuple[range, list[bytes]]]:
        records = enumerate(part.records())
        while chunk := list(itertools.islice(records, batch_size)):
            waiting.update(chunk)
            known.extend(record.known for _, record in chunk)
            whys.extend("" for _ in chunk)
            yield range(chunk[0][0], chunk[-1][0] + 1), [record.image for _, record in chunk]

    # From Python in chunks, for the way of an element into TensorFlow costs as much as decoding a small image.
    signature = (tf.TensorSpec((None,), tf.int64), tf.TensorSpec((None,), tf.string))
    pixels = (
        tf.data.Dataset.from_generator(encoded, output_signature=signature)
        .unbatch()
        .map(_decoder(classifier.crop, classifier.image_size), num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
        .ignore_errors()
        .batch(batch_size)
        .prefetch(2)
    )
    p_disk = np.full(len(part), np.nan, np.float32)
    seen = 0
    for places, images in pixels:
        p_disk[places.numpy()] = classifier.p_disk(images)
        seen = int(places[-1]) + 1
        _settle(seen, p_disk, waiting, whys)
    _settle(len(known), p_disk, waiting, whys)
    table = pd.DataFrame(known)
    table["p_disk"] = p_disk[: len(known)]
    table["label"] = [None if np.isnan(p) else CLASS_NAMES[int(p > 0.5)] for p in table["p_disk"]]
    table["status"] = [f"unreadable: {why}" if why else "ok" for why in whys]
    return table


def _settle(stop: int, p_disk: np.ndarray, waiting: dict[int, Record], whys: list[str]) -> None:
    """Let go of the images before `stop`; those without a prediction are damaged, and why is found out."""
    for place in [place for place in waiting if place < stop]:
        record = waiting.pop(place)
        if np.isnan(p_disk[place]):
            whys[place] = record.why or _why(record.image)


def _why(image: bytes) -> str:
    try:
        decode(tf.constant(image))
    except tf.errors.InvalidArgumentError as error:
        return why_unreadable(error)
    return "the network gives no number for it"


def _decoder(crop: float, image_size: int) -> Any:
    key = (crop, image_size)
    if key not in _DECODERS:
        _DECODERS[key] = tf.function(lambda place, image: (place, decode(image, crop, image_size)))
    return _DECODERS[key]


_DECODERS: dict[tuple[float, int], Any] = {}
"""Traced once: tracing takes as long as predicting a hundred small images."""


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
