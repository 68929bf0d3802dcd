"""What an ingest of these sources would keep and drop, without writing anything."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pandas as pd

from truemorph.components.example_gen.ingest_sources import Sources
from truemorph.components.example_gen.join import join
from truemorph.components.example_gen.parts import gather, pack, parts
from truemorph.components.example_gen.splits import make_plan
from truemorph.components.examples.draws import hash_words
from truemorph.components.examples.features import FEATURES
from truemorph.components.images.stores import open_store, read_images
from truemorph.components.progress import bar

# Of more images than these only a draw is read, so that a whole release takes seconds.
MAX_IMAGES = 5000


def check(sources: Sources, galaxies: pd.DataFrame | None = None) -> dict[str, Any]:
    """Count what an ingest would make of these sources; nothing is written.

    All rows are read. Of more than MAX_IMAGES images a draw by the hash of the id is read: the rejects for the sake
    of an image are of those only, and `examples` is what the tables would keep.

    Args:
        sources: the sources, with images.
        galaxies: what `joined` gives for them, where that is known.

    Returns:
        {"rows_in": rows of the votes, "examples": galaxies that would be kept, "rejects": {reason: rows},
        "images_read": images that were read and checked, "images_drawn": whether these are a draw only}.

    Raises:
        InputError: if a source is missing, damaged or without a needed column, or no galaxy would be kept.
    """
    if sources.images is None:
        raise ValueError("a check needs images. Received: None")
    galaxies = joined(sources) if galaxies is None else galaxies
    reasons = Counter(galaxies["reason"].dropna())
    kept = galaxies[galaxies["reason"].isna()]
    names = kept["image_name"].to_list()
    if len(names) > MAX_IMAGES:
        turns = hash_words(kept["objid"].to_list(), seed=0)[:, 2]
        names = [names[place] for place in turns.argsort()[:MAX_IMAGES]]
    bad: Counter[str] = Counter()
    images = read_images(open_store(sources.images), names)
    for _, reason in bar(iterable=images, desc="check", unit=" images", total=len(names)):
        if reason is not None:
            bad[reason] += 1
    examples, rejects = len(kept) - bad.total(), reasons + bad
    if not examples:
        raise sources.nothing_left(len(galaxies), rejects)
    return {
        "rows_in": len(galaxies),
        "examples": examples,
        "rejects": dict(sorted(rejects.items())),
        "images_read": len(names),
        "images_drawn": len(names) < len(kept),
    }


def catalogue(sources: Sources) -> pd.DataFrame:
    """The galaxies that an ingest would keep if all had good images, in the columns of `examples.table.read_table`.

    Raises:
        InputError: if a table is missing, damaged or without a needed column, or no galaxy is left.
    """
    # Names of images make no difference here.
    tables = tuple(table for table in sources.tables if table.kind != "mapping")
    galaxies = joined(replace(sources, tables=tables, images=None))
    kept = galaxies.loc[galaxies["reason"].isna(), list(FEATURES)].reset_index(drop=True)
    if kept.empty:
        raise sources.nothing_left(len(galaxies), Counter(galaxies["reason"]))
    return kept


def joined(sources: Sources) -> pd.DataFrame:
    """Every row of the votes as `join` gives it, without Beam."""
    found = (
        (source.kind, pack(part))
        for source in sources.tables
        for batch in source.batches()
        for _, part in parts(batch, make_plan(1, 0))
    )
    galaxies = join(gather(found), sources.votes_column, sources.classes)
    rows = sources.votes.rows()
    if len(galaxies) != rows:
        raise RuntimeError(f"{sources.votes.path}: {rows} rows, but {len(galaxies)} galaxies and rejects")
    return galaxies
