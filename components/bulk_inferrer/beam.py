"""Prediction of parts through Beam's RunInference: a part is one fat element, its images never pass a shuffle."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam
import pandas as pd
from apache_beam.ml.inference.base import ModelHandler, RunInference
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from truemorph.components.bulk_inferrer.classifier import Classifier, load_classifier
from truemorph.components.bulk_inferrer.inference import predict_part, with_posterior
from truemorph.components.bulk_inferrer.parts import Part
from truemorph.components.bulk_inferrer.work import part_path, write_part
from truemorph.components.errors import InputError, told_by
from truemorph.components.progress import followed

NumberedPart = tuple[int, Part]


class PartHandler(ModelHandler[NumberedPart, tuple[int, pd.DataFrame], Classifier]):
    """How RunInference loads the classifier and predicts a part.

    Args:
        model: folder of the model, see load_classifier.
    """

    def __init__(self, model: Path) -> None:
        super().__init__(min_batch_size=1, max_batch_size=1)
        self._model = model

    def load_model(self) -> Classifier:
        """The classifier; Beam keeps one a process."""
        return load_classifier(self._model)

    def run_inference(
        self, batch: Sequence[NumberedPart], model: Classifier, inference_args: dict[str, Any] | None = None
    ) -> Iterable[tuple[int, pd.DataFrame]]:
        """Number and predictions of each part."""
        for number, part in batch:
            yield number, predict_part(model, part)


def run_parts(parts: Mapping[int, Part], done: int, model: Path, law: Any, work: Path) -> None:
    """Predict parts and leave each as part-NNNNN.parquet in the folder `work`, whole or not at all.

    Args:
        parts: by number.
        done: images of parts that are there already, for the progress bar.
        model: folder of the model.
        law: law for the posterior of objects with a label and alpha, or None.
        work: an existing folder.

    Raises:
        InputError: if the model or a part cannot be read, or a part cannot be written.
    """

    def finish(numbered: tuple[int, pd.DataFrame]) -> None:
        number, table = numbered
        write_part(work, number, with_posterior(table, law))

    # Without flags=[] Beam would read the command line of whatever process this is.
    pipeline = beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions(flags=[]))
    _ = (
        pipeline
        | "Parts" >> beam.Create(list(parts.items()), reshuffle=False)
        | "RunInference" >> RunInference(PartHandler(model))
        | "Write" >> beam.Map(finish)
    )

    def predicted() -> int:
        return done + sum(len(part) for number, part in parts.items() if part_path(work, number).exists())

    total = done + sum(map(len, parts.values()))
    with followed(predicted, total=total, initial=done, desc="predict", unit=" images"):
        try:
            pipeline.run().wait_until_finish()
        except Exception as error:
            line = told_by(error)
            if line is None:
                raise
            raise InputError(line) from error
