"""`truemorph predict`: debiased predictions for images or a dataset, in order, resuming, in shards if wanted."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from truemorph.components.artifacts.model_card import ModelCard, TrainedModel
from truemorph.components.artifacts.model_folder import model_files, model_hash, read_card
from truemorph.components.artifacts.predictions import SURENESS
from truemorph.components.buckets.files import is_bucket
from truemorph.components.bulk_inferrer.parts import ImagePart, Part, example_parts, image_parts
from truemorph.components.bulk_inferrer.work import Plan, Shard, held, part_path, planned, remove
from truemorph.components.catalogue.writers import WRITERS, companion, write_facts
from truemorph.components.classes import CLASS_NAMES
from truemorph.components.engines.runners import HERE, Engine, check_runner, is_remote
from truemorph.components.errors import InputError
from truemorph.components.files import hash_json
from truemorph.components.progress import hushed_logs, say
from truemorph.components.tables.parquet import frame


def predict(
    model: Path,
    images: Path | str | None,
    out: Path,
    examples: Path | None = None,
    shard: Shard | None = None,
    engine: Engine = HERE,
    symmetries: int | None = None,
) -> dict[str, Any]:
    """Write p(disk) of every object. Killed, the same call goes on where it stopped.

    Args:
        model: models/<name>/ of a run, a version of serving/, or serving/ itself.
        images: folder, .zip or URL of a bucket; every file in it at any depth, whatever it is, has a row. The id of an
            object is the name of its file without the ending. None where examples are given.
        out: .parquet, .csv, .fits, .vot or .ecsv. Columns: objid (string), p_disk, or of other classes a probability
            each, and of a models/debiased how sure it is (SURENESS); label ('smooth' or 'disk', the most probable) and
            status: 'ok'; 'unreadable: why', where p_disk and label are null
            (in FITS and VOTable: NaN and empty); or 'framing: why' where the image is not framed as those that the
            model was trained on: its answer is worth little, and null where nothing is to be seen; a card that does not
            know its framing has none of these. Of images sorted by objid; of examples in record order, with split,
            alpha, observed (the label seen), in_training (whether a network that was asked learnt from it, null where
            not known) and p_disk_posterior too. The versions of truemorph and of the model, the
            law and its theta stand in the file's metadata; those of p.csv in p.csv-metadata.json.
        examples: folder of Examples that ExampleGen wrote, instead of images.
        shard: (I, N): only do the I-th of N shares of the work and leave it beside out, for `merge`.
        engine: where Beam runs; its workers have to see the images.
        symmetries: over how many of the eight ways to turn and mirror an image its answers are averaged; None: as the
            model's card says.

    Returns:
        numbers of objects: of each class ('smooth', 'disk'), 'unreadable' and 'framing', the last two by reason under
        'reasons', and of the files that are 'hidden' and have no row; of a shard the number of its 'parts'.

    Raises:
        InputError: if out has another ending or no folder or is at work, the model is none, there is no image, a
            dataset is damaged, an id is not ASCII and out is .fits, or a file cannot be written.

    Example:
        truemorph predict --model run/serving --images my_images --out debiased.parquet
    """
    _check_out(out)
    if (images is None) == (examples is None):
        raise ValueError(f"give images or examples, one of them. Received: {images=}, {examples=}")
    if shard and not 1 <= shard[0] <= shard[1]:
        raise InputError(f"--shard {shard[0]}/{shard[1]}: give I/N with I from 1 to N")
    card = read_card(model)
    if images is not None:
        parts, hidden = image_parts(str(images), (out, companion(out)))
    else:
        parts, hidden = example_parts(examples or Path(), card.learnt_from), 0
    _check_ids(parts, out)
    _check_engine(parts, shard, engine)
    files = model_files(model)
    digest = model_hash(model)
    facts = _facts(card, files[0].parent.name, digest) | {"symmetries": symmetries or card.symmetries}
    state = hash_json([digest, facts, *(part.state() for part in parts)])
    plan = Plan(state, len(parts), shard[1] if shard else 1, hidden, facts)
    with held(out, shard) as work:
        plan.begin(work, out)
        share = range(shard[0] - 1 if shard else 0, len(parts), plan.shards)
        missing = sorted(set(plan.missing(work)) & set(share))
        if len(missing) < len(share):
            say(f"predict: continuing, {len(share) - len(missing)} of {len(share)} parts are done")
        if missing:
            done = sum(len(parts[number]) for number in share) - sum(len(parts[number]) for number in missing)
            try:
                _run(
                    {number: parts[number] for number in missing}, done, model, card.own_law(), work, engine, symmetries
                )
            except InputError:
                if shard is None and len(plan.missing(work)) == len(parts):
                    remove(work)
                raise
        return {"parts": len(share)} if shard else _assemble(work, plan, out)


def merge(out: Path) -> dict[str, Any]:
    """Write the output whose shards are all done, the same as one call would have written, byte for byte.

    Args:
        out: as the shards were given it.

    Returns:
        as predict.

    Raises:
        InputError: if nothing was begun, a shard is at work, or one is missing.
    """
    _check_out(out)
    planned(out)
    with held(out) as work:
        plan = planned(out)
        missing = sorted({1 + number % plan.shards for number in plan.missing(work)})
        if missing:
            names = ", ".join(f"{number}/{plan.shards}" for number in missing)
            raise InputError(f"--merge: --shard {names} of {out} is missing; run it again")
        return _assemble(work, plan, out)


def _run(
    parts: Mapping[int, Part], done: int, model: Path, law: Any, work: Path, engine: Engine, symmetries: int | None
) -> None:
    """Predict parts, here or on an engine."""
    with hushed_logs():
        # Imports TensorFlow and Beam: only now, so that a bad argument is refused at once.
        if is_remote(engine.runner):
            from truemorph.components.bulk_inferrer.remote import run_parts_remotely

            run_parts_remotely(parts, model, law, work, engine, symmetries)
        else:
            from truemorph.components.bulk_inferrer.beam import run_parts

            run_parts(parts, done, model, law, work, engine.workers, symmetries)


def _check_engine(parts: list[Part], shard: Shard | None, engine: Engine) -> None:
    check_runner(*engine)
    if not is_remote(engine.runner):
        return
    if shard:
        raise InputError(f"--shard: {engine.runner} divides the work itself; leave it out")
    seen = all(isinstance(part, ImagePart) and is_bucket(part.location) for part in parts)
    if engine.runner == "DataflowRunner" and not seen:
        raise InputError(
            "--images: DataflowRunner's workers do not see this machine; copy the images to a bucket and give its URL, "
            "such as gs://bucket/images"
        )


def _check_out(out: Path) -> None:
    if out.suffix not in WRITERS:
        raise InputError(f"--out {out}: ending {out.suffix!r} is not known; use {', '.join(WRITERS)}")
    if not out.parent.is_dir():
        raise InputError(f"--out {out}: there is no folder {out.parent}; create it")
    if out.is_dir():
        raise InputError(f"--out {out}: is a folder; give the name of a file")


def _check_ids(parts: list[Part], out: Path) -> None:
    ids = (objid for part in parts if isinstance(part, ImagePart) for objid, _ in part.files)
    foreign = next((objid for objid in ids if not objid.isascii()), None) if out.suffix == ".fits" else None
    if foreign:
        raise InputError(
            f"--out {out}: FITS can only hold ASCII, and {foreign} is not; rename it or write .parquet or .csv"
        )


def _facts(card: TrainedModel | ModelCard, folder: str, digest: str) -> dict[str, Any]:
    """What the predictions were made by; None where there is no such thing."""
    return {
        "truemorph": version("truemorph"),
        "model": card.name,
        "model_version": folder if folder.isdecimal() else None,
        "model_hash": card.model_hash if isinstance(card, ModelCard) else digest,
        "law": card.law,
        "theta": card.theta,
        **({} if card.class_names == CLASS_NAMES else {"classes": list(card.class_names)}),
    }


def _assemble(work: Path, plan: Plan, out: Path) -> dict[str, Any]:
    """The parts in order, as one file that appears when it is whole; how many objects came to what."""
    paths = [part_path(work, number) for number in range(plan.parts)]
    staged, staged_facts = work / f"whole{out.suffix}", work / "facts"
    try:
        WRITERS[out.suffix](map(_typed, paths), plan.facts, staged)
        if out.suffix == ".csv":
            write_facts(out, _typed(paths[0]).schema, plan.facts, staged_facts)
            os.replace(staged_facts, companion(out))
        os.replace(staged, out)
    except OSError:
        staged.unlink(missing_ok=True)
        raise
    counts = _counts(paths, plan.facts.get("classes") or CLASS_NAMES) | {"hidden": plan.hidden}
    remove(work)
    return counts


def _typed(path: Path) -> Any:
    """A part as an Arrow table, the same types for every part: one whose images are all damaged has labels of none."""
    import pyarrow as pa
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(path).replace_schema_metadata()
    fields = []
    for name, kind in zip(table.column_names, table.schema.types, strict=True):
        number = name == "alpha" or name.startswith("p_") or name in SURENESS
        fields.append(pa.field(name, pa.float32() if number else pa.string() if pa.types.is_null(kind) else kind))
    return table.cast(pa.schema(fields))


def _counts(paths: list[Path], classes: Sequence[str]) -> dict[str, Any]:
    labels: Counter[str | None] = Counter()
    kinds: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for path in paths:
        table = frame(path, ["label", "status"])
        labels.update(table["label"].dropna())
        told = [status.split(": ", 1) for status in table["status"] if status != "ok"]
        kinds.update(kind for kind, _ in told)
        reasons.update(reason for _, reason in told)
    named: Mapping[str, int] = {name: labels[name] for name in classes}
    return {
        **named,
        **{kind: kinds[kind] for kind in ("unreadable", "framing")},
        "reasons": dict(sorted(reasons.items())),
    }
