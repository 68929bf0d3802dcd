"""Prediction of parts through Beam's RunInference: a part is one fat element, its images never pass a shuffle."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam
import pandas as pd
from apache_beam.ml.inference.base import ModelHandler, RunInference

from truemorph.components.bulk_inferrer.classifier import Classifier, load_classifier
from truemorph.components.bulk_inferrer.inference import predict_part, with_posterior
from truemorph.components.bulk_inferrer.parts import Part
from truemorph.components.bulk_inferrer.work import part_path, write_part
from truemorph.components.engines.jobs import count, tell
from truemorph.components.engines.runners import make_runner
from truemorph.components.errors import raised_by
from truemorph.components.progress import followed

NumberedPart = tuple[int, Part]


class PartHandler(ModelHandler[NumberedPart, tuple[int, pd.DataFrame], Classifier]):
    """How RunInference loads the classifier and predicts a part.

    Args:
        model: folder of the model, see load_classifier.
        symmetries: see load_classifier.
    """

    def __init__(self, model: Path, symmetries: int | None = None) -> None:
        super().__init__(min_batch_size=1, max_batch_size=1)
        self._model, self._symmetries = model, symmetries

    def load_model(self) -> Classifier:
        """The classifier; Beam keeps one a process."""
        return load_classifier(self._model, self._symmetries)

    def run_inference(
        self, batch: Sequence[NumberedPart], model: Classifier, inference_args: dict[str, Any] | None = None
    ) -> Iterable[tuple[int, pd.DataFrame]]:
        """Number and predictions of each part."""
        for number, part in batch:
            yield number, predict_part(model, part)


class PredictImages(beam.PTransform):
    """p(disk) of every image in numbered parts, as `parts.image_parts` or `parts.example_parts` cut them.

    Args:
        handler: how a worker comes to the model.
        law: law for the posterior of objects with a label and alpha, or None.

    Returns:
        (number, table): the number of a part and its predictions, a row for each object, see predict_part.

    Examples:
        >>> from truemorph.components.bulk_inferrer.parts import image_parts
        >>> with beam.Pipeline() as pipeline:  # doctest: +SKIP
        ...     parts = pipeline | beam.Create(list(enumerate(image_parts("images")[0])))
        ...     parts | PredictImages(PartHandler(Path("run/serving"))) | beam.Map(print)
    """

    def __init__(self, handler: PartHandler, law: Any = None) -> None:
        super().__init__()
        self._handler, self._law = handler, law

    def expand(self, parts: Any) -> Any:
        """See PTransform."""
        predicted = parts | "RunInference" >> RunInference(self._handler)
        return predicted | "Posterior" >> beam.Map(_told, self._law)


def _told(numbered: tuple[int, pd.DataFrame], law: Any) -> tuple[int, pd.DataFrame]:
    number, table = numbered
    for status, found in table["status"].value_counts().items():
        count(f"images {status}", int(found))
    return number, with_posterior(table, law)


def run_parts(
    parts: Mapping[int, Part],
    done: int,
    model: Path,
    law: Any,
    work: Path,
    workers: int = 1,
    symmetries: int | None = None,
) -> None:
    """Predict parts and leave each as part-NNNNN.parquet in the folder `work`, whole or not at all.

    Args:
        parts: by number.
        done: images of parts that are there already, for the progress bar.
        model: folder of the model.
        law: law for the posterior of objects with a label and alpha, or None.
        work: an existing folder.
        workers: processes of this machine.
        symmetries: see load_classifier.

    Raises:
        InputError: if the model or a part cannot be read.
        OSError: if a part cannot be written.
    """
    runner, options = make_runner("FnApiRunner", workers)
    pipeline = beam.Pipeline(runner=runner, options=options)
    predicted = (
        pipeline
        | "Parts" >> beam.Create(list(parts.items()), reshuffle=workers > 1)
        | "Predict" >> PredictImages(PartHandler(model, symmetries), law)
    )
    _ = predicted | "Write" >> beam.Map(lambda numbered: write_part(work, *numbered))

    def finished() -> int:
        return done + sum(len(part) for number, part in parts.items() if part_path(work, number).exists())

    total = done + sum(map(len, parts.values()))
    with followed(finished, total=total, initial=done, desc="predict", unit=" images"):
        try:
            result = pipeline.run()
            result.wait_until_finish()
        except Exception as error:
            raise raised_by(error) or error from error
    tell("predict", result)
