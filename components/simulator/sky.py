"""A sky with known truth, in the formats that real surveys publish."""

import math
import multiprocessing
import os
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from truemorph.components.errors import InputError
from truemorph.components.files import naming, write_json
from truemorph.components.progress import bar, quiet
from truemorph.components.simulator.catalogue import draw
from truemorph.components.simulator.kind import PLAIN, Kind
from truemorph.components.simulator.measured import measure
from truemorph.components.simulator.pictures import picture
from truemorph.components.simulator.stamps import Stamps, draw_stamps
from truemorph.components.simulator.survey import FIELDS, TRUE_NAMES
from truemorph.components.simulator.volunteers import vote

SIZES = (32, 424)
MOST = FIELDS * 65535
GALAXIES = 4000
BATCH = 50
MANY = 1500  # galaxies from which a second process is worth its start

PHOTOMETRY = {
    "petroRad_r": "%.5f",
    "petroR50_r": "%.5f",
    "petroR90_r": "%.5f",
    "psfWidth_r": "%.5f",
    "petroMag_r": "%.3f",
    "redshift": "%.6f",
}
STRUCTURE = {"redshift": "%.6f", "Rhlr": "%.2f", "e": "%.2f", "ng": "%.2f"}


def simulate(
    out: Path,
    *,
    galaxies: int | None = None,
    seed: int,
    theta: float = 9.18,
    size: int = 96,
    null: bool = False,
    kind: Kind = PLAIN,
    stamps: Stamps | None = None,
    processes: int | None = None,
    progress: bool = True,
) -> int:
    """Write a simulated sky: votes, photometry, structure and images as upstream publishes them, and the truth apart.

    The files depend on the arguments only, not on the machine or the number of processes. The folder appears when
    all of it is written.

    Formula: p(seen smooth | disk, alpha) = exp(-alpha^2 / (2 theta^2)), p(seen disk | smooth) = 0.

    Args:
        out: folder to write; absent or empty.
        galaxies: number of objects, a few percent of them stars and artifacts, > 0; default 4000, or all stamps.
        seed: number of the sky, 0 to 2^63 - 1.
        theta: scale of the mislabelling, finite, > 0.
        size: side of the images in pixels, 32 to 424; the field of view is the same for every size.
        null: true for a sky without mislabelling.
        kind: how the sky departs from the plain one.
        stamps: real galaxies to show at lower resolution; None: all is drawn.
        processes: processes that draw; default 2 for large skies, else 1. Each is started afresh, so a script that
            calls this keeps its own work under `if __name__ == "__main__":`.
        progress: whether to report on stderr.

    Returns:
        The number of objects.

    Raises:
        InputError: if an argument is out of range or the folder is not empty.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = simulate(Path(folder) / "sky", galaxies=2, seed=1, size=32, progress=False)
        ...     print(*sorted(p.name for p in (Path(folder) / "sky").iterdir()))
        images photometry.csv sky.json structure.csv truth.csv votes.csv

    References:
        Medina-Rosales & Cabrera-Vives 2021, equation 4; Willett et al. 2013 (stamps, votes); Hart et al. 2016
        (`_debiased`); Simard et al. 2011 (structure).
    """
    out = Path(os.path.realpath(out))
    if galaxies is None and stamps is None:
        galaxies = GALAXIES
    _check(out, galaxies, seed, theta, size)
    _check_switches(null, kind, stamps)
    if stamps is not None:
        sky = draw_stamps(stamps, galaxies, seed, theta, null=null, kind=kind)
    else:
        sky = draw(galaxies or GALAXIES, seed, theta, null=null, kind=kind)
    galaxies = len(sky)
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        (partial / "images").mkdir(parents=True)
        wanted = processes or (2 if galaxies >= MANY and (os.cpu_count() or 1) > 1 else 1)
        shown = bar(total=galaxies, desc="simulate", unit=" galaxies", disable=quiet() or not progress)
        with naming(out), shown as drawn:
            _write_tables(partial, sky, seed, kind)
            for done in _draw_images(partial / "images", sky, seed, size, kind, wanted):
                drawn.update(done)
        about = {
            "galaxies": galaxies,
            "law": "none" if null else "votes" if kind.continuous_votes else "exponential",
            "null": null,
            "seed": seed,
            "size": size,
            "theta": None if null else float(theta),
            "version": version("truemorph"),
        } | ({"with": kind.told()} if kind != PLAIN else {})
        write_json(partial / "sky.json", about, indent=2, sort_keys=True)
        if out.exists():
            # Whoever stands in it stays there.
            for path in sorted(partial.iterdir(), key=lambda path: path.name == "sky.json"):
                path.rename(out / path.name)
        else:
            partial.rename(out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return galaxies


def _check(out: Path, galaxies: int | None, seed: int, theta: float, size: int) -> None:
    """Refuse what cannot be drawn, before anything is written."""
    if galaxies is not None and not 1 <= galaxies <= MOST:
        raise InputError(f"galaxies must be 1 to {MOST}. Received: {galaxies}; try --galaxies 4000")
    if not 0 <= seed < 2**63:
        raise InputError(f"seed must be 0 to 2^63 - 1. Received: {seed}; try --seed 1")
    if not (math.isfinite(theta) and theta > 0):
        raise InputError(
            f"theta must be finite and greater than 0. Received: {theta}; try --theta 9.18, "
            "or --null for a sky without mislabelling"
        )
    if not SIZES[0] <= size <= SIZES[1]:
        least, most = SIZES
        raise InputError(f"size must be {least} to {most} pixels. Received: {size}; try --size 96")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out} exists and is not an empty folder; give another --out or remove it first")
    if out.is_symlink():
        raise InputError(f"{out} is a link that leads back to itself; give another --out or remove it first")
    for parent in out.parents:
        if parent.exists() and not parent.is_dir():
            raise InputError(f"{parent} is a file, so {out} cannot be made in it; give another --out")


def _check_switches(null: bool, kind: Kind, stamps: Stamps | None) -> None:
    """Refuse switches that mean nothing here: of mislabelling where there is none, of drawing where stamps are real."""
    on = set(kind.told())
    strange = on & {"own-theta", "surface-brightness", "continuous-votes"} if null else set()
    if strange:
        raise InputError(
            f"--null makes a sky without mislabelling and rules out {', '.join(sorted(strange))}; drop one"
        )
    strange = on & {"grey", "class-on-alpha", "balanced"} if stamps is not None else set()
    if strange:
        raise InputError(
            f"--from-stamps takes galaxies as they are and rules out {', '.join(sorted(strange))}; drop one"
        )


def _text(values: pd.Series, pattern: str) -> list[str]:
    """Numbers as text of fixed digits; what is not known is empty."""
    return ["" if pd.isna(v) else pattern % v for v in values]


def _write(path: Path, columns: dict[str, list[str]]) -> None:
    """Write a CSV table, alike on every system."""
    pd.DataFrame(columns).to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def _write_tables(folder: Path, sky: pd.DataFrame, seed: int, kind: Kind) -> None:
    """Write the upstream tables, and the truth."""
    ids = [str(v) for v in sky["objid"]]
    votes = vote(sky, seed, kind)
    patterns = {name: "%.3f" for name in votes if str(name).endswith(("fraction", "debiased", "weight"))}
    _write(folder / "votes.csv", {str(c): _text(votes[c], patterns.get(c, "%s")) for c in votes})
    _write(folder / "photometry.csv", {"objid": ids} | {c: _text(sky[c], p) for c, p in PHOTOMETRY.items()})
    fitted = sky.assign(**measure(sky, seed, kind.measured_features))
    structure = {"z" if c == "redshift" else c: _text(fitted[c], p) for c, p in STRUCTURE.items()}
    _write(folder / "structure.csv", {"objID": ids} | structure)
    names = np.array(TRUE_NAMES)
    _write(
        folder / "truth.csv",
        {
            "objid": ids,
            "label": list(names[sky["label"]]),
            "label_seen": list(names[sky["label_seen"]]),
            "p_flip": _text(sky["p_flip"], "%.6f"),
            "alpha": _text(sky["alpha"], "%.4f"),
        }
        | ({"theta": _text(sky["theta"], "%.4f")} if kind.own_theta or kind.surface_brightness else {})
        | ({"stamp": list(sky["stamp"])} if "stamp" in sky else {}),
    )


def _draw_images(folder: Path, sky: pd.DataFrame, seed: int, size: int, kind: Kind, processes: int) -> Iterator[int]:
    """Draw all images, in batches; yields the number of each batch as it is done."""
    batches = [sky.iloc[i : i + BATCH] for i in range(0, len(sky), BATCH)]
    if processes == 1:
        for batch in batches:
            yield draw_batch(folder, batch, seed, size, kind)
        return
    # Started afresh rather than forked: the caller may have threads, TensorFlow's for one.
    context = multiprocessing.get_context("spawn")
    pool: Executor = ProcessPoolExecutor(processes, mp_context=context, initializer=_end_with_parent)
    with pool:
        tasks = [pool.submit(draw_batch, folder, batch, seed, size, kind) for batch in batches]
        try:
            for task in tasks:
                yield task.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _end_with_parent() -> None:
    """Let this worker end when its parent is killed; it would wait for work for ever."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def draw_batch(folder: Path, batch: pd.DataFrame, seed: int, size: int, kind: Kind) -> int:
    """Draw the images of a part of the catalogue; returns their number."""
    for row in batch.itertuples():
        (folder / f"{row.objid}.jpg").write_bytes(picture(row, seed, size, kind))
    return len(batch)
