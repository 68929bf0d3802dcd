"""The bias of a table's labels as a Beam transform: the passes over its parts, on as many machines as there are."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import apache_beam as beam

from truemorph.components.evaluator.table_bias import bias_in_passes
from truemorph.components.evaluator.table_passes import HELD, Question, Survey, merged


class MeasureBias(beam.PTransform):
    """CV14 or CV18 bias of the labels in a table whose parts, as paths, are the elements.

    Each of the 2 P + 4 passes reads all parts, counts, and merges what was counted; P is the depth of the tree, 0 for
    CV14. Every worker has to see the parts under their paths.

    Args:
        question: what to measure.

    Returns:
        one element, the result of `table_bias`, the same to the last bit whatever the parts, their order and the
        workers.

    Raises:
        InputError: in a worker, as `table_bias`.

    Examples:
        >>> from truemorph.components.measures.design import BiasDesign
        >>> question = Question("sky", "label", ("alpha",), ("redshift",), BiasDesign(bins=8, depth=3))
        >>> with beam.Pipeline() as pipeline:  # doctest: +SKIP
        ...     parts = pipeline | beam.Create(["sky/part-0.parquet", "sky/part-1.parquet"])
        ...     parts | MeasureBias(question) | beam.Map(print)
    """

    def __init__(self, question: Question) -> None:
        super().__init__()
        self._question = question

    def expand(self, parts: Any) -> Any:
        survey = Survey(self._question)
        parts = parts | "Spread" >> beam.Reshuffle()
        found = parts | "Survey" >> beam.FlatMap(lambda part: survey.tallies(Path(part)))
        reading = found | "Surveyed" >> beam.CombineGlobally(Merge()) | "Begin" >> beam.Map(survey.then)
        for number in range(2 * self._question.design.depth + 3):
            known = beam.pvalue.AsSingleton(reading)
            found = (
                parts
                | f"Count{number}" >> beam.FlatMap(lambda part, before: before.tallies(Path(part)), known)
                | f"Merge{number}" >> beam.CombineGlobally(Merge())
            )
            reading = found | f"Then{number}" >> beam.Map(lambda tally, before: before.then(tally), known)
        return reading | "Bias" >> beam.Map(bias_in_passes)


class Merge(beam.CombineFn):
    """Tallies, merged into one, or None where there are none."""

    def create_accumulator(self) -> list[Any]:
        return []

    def add_input(self, held: list[Any], tally: Any) -> list[Any]:
        held.append(tally)
        return [merged(held)] if len(held) == HELD else held

    def merge_accumulators(self, accumulators: Iterable[list[Any]]) -> list[Any]:
        found = merged(tally for held in accumulators for tally in held)
        return [] if found is None else [found]

    def extract_output(self, held: list[Any]) -> Any:
        return merged(held)
