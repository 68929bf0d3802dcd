"""ExampleGen: sources to Examples; every row of the votes ends as an Example or as a reject with its reason."""

import csv
import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from truemorph.components.artifacts.manifest import MANIFEST, Manifest
from truemorph.components.base import Parameters, Paths, Spec
from truemorph.components.classes import CLASS_NAMES
from truemorph.components.engines.runners import check_runner, is_remote
from truemorph.components.errors import InputError
from truemorph.components.example_gen.beam import LocalIngest, run
from truemorph.components.example_gen.ingest_sources import Sources, open_sources
from truemorph.components.example_gen.remote import check_images, run_remotely
from truemorph.components.example_gen.shard import WORK, Result, count_reasons, noted
from truemorph.components.example_gen.splits import Plan, make_plan
from truemorph.components.examples.features import FEATURES, SPLITS
from truemorph.components.files import replacing

SPEC = Spec(
    "ExampleGen",
    inputs=("votes", "photometry", "images", "mapping", "structure", "table"),
    outputs=("examples", "rejects"),
    parameters=(
        "votes_column",
        "balance",
        "split_seed",
        "runner",
        "workers",
        "options",
        "columns",
        "bucket",
        "classes",
    ),
    optional=("votes", "photometry", "images", "mapping", "structure", "table", "classes"),
)


def execute(inputs: Paths, outputs: Paths, parameters: Parameters) -> None:
    """Ingest the sources; see SPEC for the names.

    What an attempt with the same inputs and parameters left is used: its finished shards are not made again.

    Raises:
        InputError: if a source is missing, damaged or without a needed column, or no galaxy is left.
        JobError: if the work on other machines fails.
        RuntimeError: if the rows read and the examples and rejects written do not add up.
    """
    runner, workers, options = (parameters[name] for name in ("runner", "workers", "options"))
    check_runner(runner, workers, options)
    given: dict[str, Any] = {name: parameters[name] for name in ("votes_column", "columns", "bucket")}
    sources = open_sources(**{**inputs, **given}, classes=parameters.get("classes"))
    if sources.images is None:
        raise InputError("--images: missing; give the folder, .zip or URL of the images")
    check_images(sources, runner)
    rows = sources.votes.rows()
    plan = make_plan(rows, parameters["split_seed"])
    examples, rejects = outputs["examples"], outputs["rejects"]
    if not ((examples / MANIFEST).exists() and rejects.exists()):
        _clear(examples, rejects, plan)
        if is_remote(runner):
            read = run_remotely(sources, plan, examples, runner, options, parameters["balance"])
        else:
            read = run(LocalIngest(sources, plan, examples, os.getpid()), workers, parameters["balance"])
        _publish(examples, rejects, plan, rows, read, sources, parameters)
    shutil.rmtree(examples / WORK, ignore_errors=True)


def _clear(examples: Path, rejects: Path, plan: Plan) -> None:
    """Keep of an earlier attempt its finished shards only."""
    for stale in (
        *examples.rglob("*.tmp"),
        *examples.rglob("*.parts"),
        examples / MANIFEST,
        rejects,
    ):
        stale.unlink(missing_ok=True)
    planned = {plan.path(examples, number) for number in range(len(plan.shards()))}
    for stale in set(examples.glob("Split-*/data_tfrecord-*")) - planned:
        stale.unlink()
    (examples / WORK).mkdir(parents=True, exist_ok=True)


def _publish(
    examples: Path,
    rejects: Path,
    plan: Plan,
    rows: int,
    read: Mapping[str, int],
    sources: Sources,
    parameters: Parameters,
) -> None:
    results = []
    for number in range(len(plan.shards())):
        # This run has hashed the file already, when it made it or when it kept it.
        result = noted(examples, number)
        if result is None or not plan.path(examples, number).exists():
            raise RuntimeError(f"{plan.path(examples, number)}: the runner came back without this shard")
        results.append(result)
    rejected = sorted(reject for result in results for reject in result.rejects)
    counts = {
        split: sum(result.examples for (name, _), result in zip(plan.shards(), results, strict=True) if name == split)
        for split in SPLITS
    }
    if rows != sum(counts.values()) + len(rejected):
        raise RuntimeError(
            f"{sources.votes.path}: {rows} rows, but {sum(counts.values())} examples and {len(rejected)} rejects"
        )
    reasons = count_reasons(rejected)
    if not sum(counts.values()):
        shutil.rmtree(examples)
        raise sources.nothing_left(rows, reasons)
    with (
        replacing(rejects) as staged,
        staged.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file,
    ):
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("objid", "reason"))
        writer.writerows(rejected)
    present = {name for result in results for name in result.features if result.examples}
    manifest = {
        "counts": {"rows_in": rows, **counts, "rejects": reasons},
        "tables": dict(read),
        "content_hash": content_hash(plan, results),
        "features": [name for name in ("image", *FEATURES) if name in present],
        "votes_column": sources.votes_column,
        "balance": parameters["balance"],
        "split_seed": parameters["split_seed"],
    }
    if parameters["balance"]:
        kept, left_out = np.sum([result.drawn for result in results], axis=0).T.tolist()
        manifest["rates"] = {
            name: kept[label] / max(kept[label] + left_out[label], 1) for label, name in enumerate(CLASS_NAMES)
        }
    if sources.classes != CLASS_NAMES:
        manifest["classes"] = list(sources.classes)
    Manifest.from_json(manifest).write(examples / MANIFEST)


def content_hash(plan: Plan, results: list[Result]) -> str:
    """SHA-256 over the names and hashes of all shards, in order: equal where every byte of the examples is."""
    lines = (f"{plan.path(Path(), number).as_posix()} {result.sha256}\n" for number, result in enumerate(results))
    return hashlib.sha256("".join(lines).encode()).hexdigest()
