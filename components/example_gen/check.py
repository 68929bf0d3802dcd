"""What an ingest of these sources would keep and drop, without writing anything."""

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd

from truemorph.components.errors import InputError
from truemorph.components.example_gen.beam import gather
from truemorph.components.example_gen.images import read_image
from truemorph.components.example_gen.join import join
from truemorph.components.example_gen.records import FEATURES
from truemorph.components.example_gen.shard import image_path
from truemorph.components.example_gen.sources import Sources, open_sources


def check(
    votes: Path,
    photometry: Path,
    images: Path,
    mapping: Path | None = None,
    structure: Path | None = None,
    votes_column: str = "fraction",
) -> dict[str, Any]:
    """Count what an ingest would make of these sources; images are read and checked, nothing is written.

    Returns:
        {"rows_in": rows of the votes, "examples": galaxies that would be kept, "rejects": {reason: rows}}.

    Raises:
        InputError: if a source is missing, damaged or without a needed column.
    """
    from tqdm import tqdm

    galaxies = _joined(open_sources(votes, photometry, images, mapping, structure, votes_column))
    reasons = Counter(galaxies["reason"].dropna())
    kept = 0
    names = galaxies.loc[galaxies["reason"].isna(), "image_name"]
    for name in tqdm(names, desc="check", unit="image", file=sys.stderr):
        _, reason = read_image(image_path(images, name))
        if reason is None:
            kept += 1
        else:
            reasons[reason] += 1
    return {"rows_in": len(galaxies), "examples": kept, "rejects": dict(sorted(reasons.items()))}


def catalogue(
    votes: Path,
    photometry: Path,
    mapping: Path | None = None,
    structure: Path | None = None,
    votes_column: str = "fraction",
) -> pd.DataFrame:
    """The galaxies that an ingest would keep if all had good images, in the columns of `records.read_table`.

    Args:
        votes, photometry, structure: the tables.
        mapping: not read: names of images make no difference here.
        votes_column: 'fraction', 'weighted_fraction' or 'count'.

    Raises:
        InputError: if a table is missing, damaged or without a needed column, or no galaxy is left.
    """
    galaxies = _joined(open_sources(votes, photometry, None, None, structure, votes_column))
    kept = galaxies.loc[galaxies["reason"].isna(), list(FEATURES)].reset_index(drop=True)
    if kept.empty:
        reasons = ", ".join(f"{reason} {n}" for reason, n in Counter(galaxies["reason"]).most_common(4))
        raise InputError(f"no galaxy is left of the {len(galaxies)} in {votes}, {photometry}: {reasons}")
    return kept


def _joined(sources: Sources) -> pd.DataFrame:
    tables = gather((source.kind, batch) for source in sources.tables for batch in source.batches())
    return join(tables, sources.votes_column)
