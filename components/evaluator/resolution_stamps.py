"""The resolution test of anyone's network: degraded stamps to predict, and a table of its answers."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from truemorph.components.errors import InputError
from truemorph.components.evaluator.ladder import BATCH, RUNGS, score
from truemorph.components.evaluator.resolution_test import trusted_galaxies, trusted_labels
from truemorph.components.files import replacing
from truemorph.components.images.degrade import degrade
from truemorph.components.laws import FlipLaw
from truemorph.components.progress import bar
from truemorph.components.tables.table import read_columns
from truemorph.components.tables.values import numbers

SIZE = 224
"""Side of the stamps that are written, pixels: the whole field of view, resampled."""
TABLE = "stamps.csv"


def write(examples: Path, law: FlipLaw, side: float, folder: Path, seed: int = 0) -> int:
    """Write every trusted test galaxy at every rung that it is resolved enough for, and as it is.

    Args:
        examples: the folder that ExampleGen wrote.
        law: the law of mislabelling.
        side: see trusted_galaxies.
        folder: of the stamps, <objid>_<alpha>.png or <objid>.png, and of stamps.csv (objid, alpha, file, p_disk), whose
            p_disk is to be filled in; alpha is empty for a galaxy as it is.
        seed: of the noise.

    Returns:
        How many were written.

    Raises:
        InputError: if the folder is not empty, or there is no such dataset.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"--stamps {folder}: exists and is not an empty folder; give another")
    galaxies = trusted_galaxies(examples, law, crop=1.0, image_size=SIZE, side=side)
    folder.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    for number, rung in enumerate(bar(iterable=[None, *RUNGS], desc="degrade", unit=" rungs")):
        known = np.flatnonzero(galaxies.alpha >= (rung or 0.0))
        for at in range(0, len(known), BATCH):
            part = known[at : at + BATCH]
            shown = galaxies.images[part]
            if rung is not None:
                given, noise = (galaxies.alpha[part], rung, galaxies.sigma[part]), galaxies.noise.get(rung)
                shown = degrade(shown, *given, noise=noise, seed=(seed, number, at))
            for objid, pixels in zip(galaxies.objid[part], shown, strict=True):
                file = f"{objid}.png" if rung is None else f"{objid}_{rung:g}.png"
                Image.fromarray(np.rint(pixels).astype(np.uint8)).save(folder / file)
                rows.append({"objid": objid, "alpha": rung, "file": file, "p_disk": None})
    with replacing(folder / TABLE) as staged:
        pd.DataFrame(rows, columns=["objid", "alpha", "file", "p_disk"]).to_csv(staged, index=False)
    return len(rows)


def scored(examples: Path, law: FlipLaw, table: Path) -> dict[str, Any]:
    """The resolution test of a table of answers, such as stamps.csv filled in.

    Args:
        examples: the folder that ExampleGen wrote; its labels are what the answers are held against.
        law: the law of mislabelling.
        table: objid, alpha (the resolution shown; empty: as it was seen) and p_disk, any number of rungs.

    Returns:
        As resolution_test, with one row.

    Raises:
        InputError: if a column is missing, p_disk is no probability, a row stands twice, or no galaxy is a trusted one.
    """
    given = read_columns(table, ["objid", "alpha", "p_disk"], ids=["objid"])
    p = numbers(given["p_disk"])
    bad = ~p.between(0.0, 1.0)
    if bad.any():
        where = int(np.flatnonzero(bad)[0])
        raise InputError(
            f"{table}: p_disk in row {where + 1} is {given['p_disk'].iloc[where]}; give a number from 0 to 1"
        )
    given = given.assign(p=p, alpha=numbers(given["alpha"]))
    if (twice := given.duplicated(["objid", "alpha"])).any():
        raise InputError(f"{table}: {given.loc[twice, 'objid'].iloc[0]} appears twice at the same alpha; keep one row")
    known = trusted_labels(examples, law).set_index("objid")["label_raw"].astype(float) == 1.0
    given = given[given["objid"].isin(known.index)]
    if given.empty:
        raise InputError(f"{table}: none of its galaxies is a test galaxy with a trusted label in {examples}")
    given = given.assign(disk=known.reindex(given["objid"]).to_numpy())
    parts: list[tuple[float | None, pd.DataFrame]] = [(None, given[given["alpha"].isna()])]
    parts += [(float(rung), given[given["alpha"] == rung]) for rung in sorted(given["alpha"].dropna().unique())[::-1]]
    rungs = [score(rung, part["p"].to_numpy(), part["disk"].to_numpy(bool)) for rung, part in parts]
    counted = given.drop_duplicates("objid")
    return {
        "status": "ok" if any(rung["status"] == "ok" for rung in rungs) else "insufficient_data",
        "n": len(counted),
        "disks": int(counted["disk"].sum()),
        "rows": [{"key": "", "rungs": rungs}],
    }
