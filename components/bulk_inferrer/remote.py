"""Prediction by workers on other machines: the model goes to them through a staging folder, predictions come back."""

import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import apache_beam as beam
import pandas as pd
from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import GoogleCloudOptions

from truemorph.components.artifacts.model_folder import chosen_model, model_files
from truemorph.components.bulk_inferrer.beam import PartHandler, PredictImages
from truemorph.components.bulk_inferrer.classifier import Classifier, load_classifier
from truemorph.components.bulk_inferrer.parts import Part
from truemorph.components.bulk_inferrer.work import part_path, write_part
from truemorph.components.engines.jobs import run_job
from truemorph.components.engines.runners import Engine, make_runner
from truemorph.components.engines.staging import Staging, staging_of
from truemorph.components.errors import InputError, JobError, one_line
from truemorph.components.files import hash_file

_MODEL = "model.zip"


class StagedHandler(PartHandler):
    """How RunInference fetches the classifier from a staging folder and predicts a part."""

    def __init__(self, staging: Staging, symmetries: int | None = None) -> None:
        super().__init__(Path(_MODEL), symmetries)
        self._staging = staging

    def load_model(self) -> Classifier:
        """The classifier; Beam keeps one a process."""
        with TemporaryDirectory() as folder:
            self._staging.get(_MODEL, Path(folder, _MODEL))
            with zipfile.ZipFile(Path(folder, _MODEL)) as packed:
                packed.extractall(Path(folder, "model"))
            return load_classifier(Path(folder, "model"), self._symmetries)


def run_parts_remotely(
    parts: Mapping[int, Part], model: Path, law: Any, work: Path, engine: Engine, symmetries: int | None = None
) -> None:
    """Predict parts on an engine's workers and leave each as part-NNNNN.parquet in the folder `work`.

    Args:
        parts: by number; those that an earlier attempt left in the staging folder are not predicted again.
        model, law, work, symmetries: as for run_parts.
        engine: with remote workers, which see the images under their paths or URLs.

    Raises:
        InputError: if --temp_location cannot be written to.
        JobError: if the job fails; what it finished is kept in the staging folder.
    """
    runner, options = make_runner(*engine)
    FileSystems.set_options(options)
    staging = staging_of(work / "staging.txt", options.view_as(GoogleCloudOptions).temp_location)
    _send(model, staging)
    pipeline = beam.Pipeline(runner=runner, options=options)
    missing = {number: part for number, part in parts.items() if not staging.holds(_note(number))}
    predicted = (
        pipeline
        | "Parts" >> beam.Create(list(missing.items()))
        | "Predict" >> PredictImages(StagedHandler(staging, symmetries), law)
    )
    _ = predicted | "Write" >> beam.Map(lambda numbered: _put(staging, *numbered))
    if missing:
        run_job(pipeline, engine.runner, "predict")
    for number in parts:
        _fetch(staging, work, number)
    staging.remove()
    (work / "staging.txt").unlink()


def _send(model: Path, staging: Staging) -> None:
    """Put the model into the staging folder."""
    root = chosen_model(model)
    with TemporaryDirectory() as folder:
        with zipfile.ZipFile(Path(folder, _MODEL), "w") as packed:
            for file in model_files(model):
                packed.write(file, file.relative_to(root))
        try:
            staging.put(Path(folder, _MODEL), _MODEL)
        except Exception as error:
            raise InputError(
                f"beam.options: --temp_location: {staging.root} cannot be written to ({one_line(error, 0)})"
            ) from error


def _put(staging: Staging, number: int, table: pd.DataFrame) -> None:
    """Put predictions into the staging folder, then the note that they are whole, with their hash."""
    with TemporaryDirectory() as folder:
        write_part(Path(folder), number, table)
        file, note = part_path(Path(folder), number), Path(folder, "note")
        note.write_text(hash_file(file), "utf-8")
        staging.put(file, file.name)
        staging.put(note, _note(number))


def _fetch(staging: Staging, work: Path, number: int) -> None:
    """Get predictions from the staging folder, held against their hash, and put them in place."""
    path, fetched, note = part_path(work, number), work / "fetched", work / "fetched-note"
    try:
        staging.get(path.name, fetched)
        staging.get(_note(number), note)
    except Exception as error:
        raise JobError(f"{staging.root}/{path.name}: did not come back ({one_line(error, 0)}); run it again") from error
    if hash_file(fetched) != note.read_text("utf-8"):
        raise JobError(f"{staging.root}/{path.name}: differs from what its worker wrote; run the same command again")
    os.replace(fetched, path)


def _note(number: int) -> str:
    return f"part-{number:05d}.sha256"
