"""One shard, by one worker: its images are streamed from the store into its file; a finished shard is kept."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from truemorph.components.example_gen.images import read_image
from truemorph.components.example_gen.records import FEATURES, encode, file_hash, write_shard
from truemorph.components.example_gen.splits import Plan

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
    """

    rows: int
    examples: int
    sha256: str
    features: list[str]
    rejects: list[tuple[str, str]]


def image_path(images: Path, name: str) -> Path:
    """The file of an image."""
    return images / f"{name}.jpg"


def result_path(examples: Path, number: int) -> Path:
    """Where the result of a shard is noted while the dataset is being made."""
    return examples / WORK / f"shard-{number:05d}.json"


def finished(examples: Path, plan: Plan, number: int) -> Result | None:
    """The result of a shard that an earlier attempt has finished and whose file is as it left it, else None."""
    try:
        noted = json.loads(result_path(examples, number).read_text("utf-8"))
        result = Result(**{**noted, "rejects": [tuple(reject) for reject in noted["rejects"]]})
        return result if file_hash(plan.path(examples, number)) == result.sha256 else None
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None


def make_shard(examples: Path, plan: Plan, number: int, galaxies: pd.DataFrame, images: Path) -> Result:
    """Write a shard unless it is finished.

    Args:
        examples: the dataset's folder.
        plan: its shards.
        number: which one.
        galaxies: as `join` gives them, all that belong to this shard.
        images: folder of the images.

    Returns:
        what became of the rows; it is noted on disk once the shard's file is in place.

    Raises:
        RuntimeError: if rows and examples and rejects do not add up.
    """
    done = finished(examples, plan, number)
    if done is not None:
        return done
    path = plan.path(examples, number)
    rejects: list[tuple[str, str]] = []
    features: set[str] = set()
    written, digest = write_shard(path, _stream(galaxies, images, rejects, features))
    result = Result(
        len(galaxies), written, digest, ["image", *(name for name in FEATURES if name in features)], rejects
    )
    if result.rows != result.examples + len(result.rejects):
        raise RuntimeError(f"{path}: {result.rows} rows, but {written} examples and {len(rejects)} rejects")
    note = result_path(examples, number)
    staged = note.with_suffix(".tmp")
    staged.write_text(json.dumps(asdict(result)), "utf-8")
    os.replace(staged, note)
    return result


def _stream(
    galaxies: pd.DataFrame, images: Path, rejects: list[tuple[str, str]], features: set[str]
) -> Iterator[bytes]:
    """Serialized Examples in the order of the table, while rejects and features fill up."""
    names = list(galaxies.columns)
    for row in galaxies.itertuples(index=False, name=None):
        galaxy = dict(zip(names, row, strict=True))
        reason = galaxy["reason"]
        image = b""
        if reason is None:
            image, reason = read_image(image_path(images, galaxy["image_name"]))
        if reason is not None:
            rejects.append((galaxy["objid"] or "", reason))
            continue
        features.update(name for name in FEATURES if not pd.isna(galaxy[name]))
        yield encode(galaxy, image)


def count_reasons(rejects: list[tuple[str, str]]) -> dict[str, int]:
    """How many rows were rejected for each reason, by name."""
    return dict(sorted(Counter(reason for _, reason in rejects).items()))
