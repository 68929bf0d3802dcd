"""The gallery of a finished run, made again: with more galaxies, with links to the sky, with Hubble's images."""

from pathlib import Path
from typing import Any

from truemorph.components.artifacts.model_card import TrainedModel
from truemorph.components.artifacts.model_folder import MODEL
from truemorph.components.artifacts.predictions import read_predictions
from truemorph.components.errors import InputError
from truemorph.components.evaluator.galaxies import join
from truemorph.components.examples.table import read_table
from truemorph.components.gallery.page import write_gallery
from truemorph.components.gallery.positions import has_positions
from truemorph.components.laws import CLASS_NAMES
from truemorph.components.methods import DDB


def remake_gallery(
    run: Path, page: Path, *, count: int, positions: Path | None = None, hst: bool = False
) -> dict[str, Any]:
    """Write the page of a finished run's galaxies that changed class.

    Args:
        run: output folder of a finished run.
        page: where the page shall be.
        count: galaxies shown at most.
        positions: table with ids, ra and dec; None: those that the run found in its votes, if any.
        hst: ask for Hubble's images.

    Returns:
        As `write_gallery`.

    Raises:
        InputError: if the run has no debiased network or no predictions, or Hubble's images are wanted and no
            position is known.
    """
    card = run / "models" / DDB.folder / MODEL
    predictions = run / "predictions.parquet"
    if not card.is_file():
        raise InputError(f"--run {run}: has no models/debiased, whose classes the gallery compares; run the method ddb")
    model = TrainedModel.read(card)
    if model.class_names != CLASS_NAMES:
        raise InputError(
            f"--run {run}: has the classes {', '.join(model.class_names)}; the gallery only compares smooth and disk"
        )
    if not predictions.is_file():
        raise InputError(f"--run {run}: has no predictions.parquet; give the --out of a finished truemorph run")
    kept = run / "report" / "gallery.csv"
    if positions is None and kept.is_file():
        positions = kept
    if hst and (positions is None or not has_positions(positions)):
        raise InputError(
            f"--hst: no position is known{'' if positions is None else f' in {positions}'}; give --positions, "
            "a table with ids, ra and dec, such as the votes of Galaxy Zoo 2"
        )
    table = join(read_table(run / "examples"), read_predictions(predictions))
    return write_gallery(page, run / "examples", table, crop=model.crop, positions=positions, count=count, hst=hst)
