"""`truemorph predict`: debiased predictions for a folder, a zip or a dataset, in order, resuming."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from truemorph.components.artifacts.model_card import ModelCard, TrainedModel
from truemorph.components.artifacts.model_folder import model_files, read_card
from truemorph.components.bulk_inferrer.parts import part_path
from truemorph.components.bulk_inferrer.sources import FolderPart, Part, ZipPart, example_parts, image_parts, state_of
from truemorph.components.bulk_inferrer.writers import WRITERS, companion, write_facts
from truemorph.components.errors import InputError
from truemorph.components.laws import CLASS_NAMES
from truemorph.components.progress import hushed_logs, say


def predict(model: Path, images: Path | None, out: Path, examples: Path | None = None) -> dict[str, int]:
    """Write p(disk) of every object. Killed, the same call goes on where it stopped.

    Args:
        model: models/<name>/ of a run, a version of serving/, or serving/ itself.
        images: folder of .jpg, .jpeg and .png files, or a .zip of them; the id of an object is the name of its file
            without the ending. None where examples are given.
        out: .parquet, .csv, .fits or .vot. Columns: objid (string), p_disk, label ('smooth' or 'disk') and status:
            'ok', or 'unreadable: why', where p_disk and label are null (in FITS and VOTable: NaN and empty). Of images
            sorted by objid; of examples in record order, with split, alpha, observed (the label seen) and
            p_disk_posterior too. The versions of truemorph and of the model, the law and its theta stand in the
            file's metadata; those of p.csv in p.csv-metadata.json.
        examples: folder of Examples that ExampleGen wrote, instead of images.

    Returns:
        number of galaxies called smooth, disk, and unreadable.

    Raises:
        InputError: if out has another ending or no folder, the model is none, there is no image, two images have one
            id, a dataset is damaged, or an id is not ASCII and out is .fits.

    Example:
        truemorph predict --model run/serving --images my_images --out debiased.parquet
    """
    if out.suffix not in WRITERS:
        raise InputError(f"--out {out}: ending {out.suffix!r} is not known; use {', '.join(WRITERS)}")
    if not out.parent.is_dir():
        raise InputError(f"--out {out}: there is no folder {out.parent}; create it")
    if (images is None) == (examples is None):
        raise ValueError(f"give images or examples, one of them. Received: {images=}, {examples=}")
    parts = image_parts(images) if images is not None else example_parts(examples or Path())
    foreign = next((name for name in _names(parts) if not name.isascii()), None)
    if out.suffix == ".fits" and foreign:
        raise InputError(f"--out {out}: FITS holds ASCII only, {foreign} is not; rename it or write .parquet or .csv")
    card, files = read_card(model), model_files(model)
    model_hash = _hash(files)
    work = out.with_name(f".{out.name}.parts")
    missing = _left(work, parts, hashlib.sha256(json.dumps([model_hash, *map(state_of, parts)]).encode()).hexdigest())
    if missing:
        done = sum(len(part) for part in parts) - sum(len(part) for part in missing.values())
        try:
            with hushed_logs():
                # Imports TensorFlow and Beam: only now, so that a bad argument is refused at once.
                from truemorph.components.bulk_inferrer.inference import run_parts

                run_parts(missing, done, model, card.own_law(), work)
        except InputError:
            if not any(part_path(work, number).exists() for number in range(len(parts))):
                shutil.rmtree(work)
            raise
    counts = _assemble(work, parts, _facts(card, files[0].parent.name, model_hash), out)
    shutil.rmtree(work)
    return counts


def _names(parts: Sequence[Part]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, FolderPart | ZipPart):
            yield from part.names


def _hash(files: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _left(work: Path, parts: Sequence[Part], state: str) -> dict[int, Part]:
    """The parts that are not predicted yet, by number; what another model or other images left is removed."""
    note = work / "state"
    if not note.is_file() or note.read_text("utf-8") != state:
        if work.exists():
            shutil.rmtree(work)
        work.mkdir()
        note.write_text(state, "utf-8")
    left = {number: part for number, part in enumerate(parts) if not part_path(work, number).exists()}
    if len(left) < len(parts):
        say(f"predict: going on, {len(parts) - len(left)} of {len(parts)} parts are done")
    return left


def _facts(card: TrainedModel | ModelCard, folder: str, model_hash: str) -> dict[str, Any]:
    """What the predictions were made by; None where there is no such thing."""
    return {
        "truemorph": version("truemorph"),
        "model": card.name,
        "model_version": folder if folder.isdecimal() else None,
        "model_hash": card.model_hash if isinstance(card, ModelCard) else model_hash,
        "law": card.law,
        "theta": card.theta,
    }


def _assemble(work: Path, parts: Sequence[Part], facts: dict[str, Any], out: Path) -> dict[str, int]:
    """The parts in order, as one file that appears when it is whole; the number of objects of each label."""
    paths = [part_path(work, number) for number in range(len(parts))]
    staged, staged_facts = work / f"whole{out.suffix}", work / "facts"
    WRITERS[out.suffix]((pd.read_parquet(path) for path in paths), facts, staged)
    if out.suffix == ".csv":
        write_facts(out, pd.read_parquet(paths[0]).columns, facts, staged_facts)
        os.replace(staged_facts, companion(out))
    os.replace(staged, out)
    labels = pd.concat([pd.read_parquet(path, columns=["label"])["label"] for path in paths])
    return {name: int((labels == name).sum()) for name in CLASS_NAMES} | {"unreadable": int(labels.isna().sum())}
