"""One shard, by one worker: its images are streamed from the store into its file; a finished shard is kept."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from truemorph.components.engines.jobs import count
from truemorph.components.errors import InputError
from truemorph.components.example_gen.balance import drawn
from truemorph.components.example_gen.splits import Plan
from truemorph.components.examples.encoding import Encoder
from truemorph.components.examples.features import FEATURES
from truemorph.components.examples.tfrecord import write_shard
from truemorph.components.files import hash_file, read_json, write_json
from truemorph.components.images.stores import Store, read_images

WORK = ".work"


@dataclass(frozen=True)
class Result:
    """What became of the rows of a shard.

    Args:
        rows: rows of the votes that belong to it.
        examples: how many of them are in its file.
        sha256: of the file.
        features: names of the features that at least one example has.
        rejects: id and reason of every other row.
        drawn: for smooth and for disk labels how many a balanced sample kept, and how many it left out.
    """

    rows: int
    examples: int
    sha256: str
    features: list[str]
    rejects: list[tuple[str, str]]
    drawn: list[list[int]]


def result_path(examples: Path, number: int) -> Path:
    """Where the result of a shard is noted while the dataset is being made."""
    return examples / WORK / f"shard-{number:05d}.json"


def finished(examples: Path, plan: Plan, number: int) -> Result | None:
    """The result of a shard that an earlier attempt has finished and whose file is as it left it, else None."""
    result = noted(examples, number)
    try:
        return result if result and hash_file(plan.path(examples, number)) == result.sha256 else None
    except FileNotFoundError:
        return None


def noted(examples: Path, number: int) -> Result | None:
    """The result of a shard as it was noted when its file was in place, else None."""
    try:
        note = read_json(result_path(examples, number))
        return Result(**{**note, "rejects": [tuple(reject) for reject in note["rejects"]]})
    except (InputError, TypeError, KeyError):
        return None


def make_shard(examples: Path, plan: Plan, number: int, galaxies: pd.DataFrame, images: Store) -> Result:
    """Write a shard unless it is finished.

    Args:
        examples: the dataset's folder.
        plan: its shards.
        number: which one.
        galaxies: as `join` gives them, all that belong to this shard.
        images: where the images lie.

    Returns:
        what became of the rows; it is noted on disk once the shard's file is in place.

    Raises:
        RuntimeError: if rows and examples and rejects do not add up.
    """
    done = finished(examples, plan, number)
    if done is not None:
        return done
    path = plan.path(examples, number)
    reasons, counts = galaxies["reason"].to_list(), drawn(galaxies)
    written, digest = write_shard(path, _stream(galaxies, images, reasons))
    kept = galaxies[np.array([reason is None for reason in reasons], dtype=bool)]
    rejects = [
        (objid or "", reason) for objid, reason in zip(galaxies["objid"], reasons, strict=True) if reason is not None
    ]
    features = ["image", *(name for name in FEATURES if kept[name].notna().any())]
    result = Result(len(galaxies), written, digest, features, rejects, counts)
    if result.rows != result.examples + len(result.rejects):
        raise RuntimeError(f"{path}: {result.rows} rows, but {written} examples and {len(rejects)} rejects")
    write_json(result_path(examples, number), asdict(result))
    return result


def _stream(galaxies: pd.DataFrame, images: Store, reasons: list[str | None]) -> Iterator[bytes]:
    """Serialized Examples in the order of the table; whose image cannot be used gets its reason."""
    rows = [row for row, reason in enumerate(reasons) if reason is None]
    names = galaxies["image_name"].to_list()
    encoder = Encoder(galaxies)
    for row, (image, reason) in zip(rows, read_images(images, (names[row] for row in rows)), strict=True):
        if reason is None:
            yield encoder.example(row, image)
        else:
            reasons[row] = reason


def count_shard(result: Result) -> None:
    """Count in Beam's metrics what became of the rows of a shard."""
    count("shards")
    count("examples", result.examples)
    for reason, number in count_reasons(result.rejects).items():
        count(f"rejected: {reason}", number)


def count_reasons(rejects: list[tuple[str, str]]) -> dict[str, int]:
    """How many rows were rejected for each reason, by name."""
    return dict(sorted(Counter(reason for _, reason in rejects).items()))
