"""Debiased predictions for a folder of images."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from truemorph.components.bulk_inferrer.classifier import Classifier, load_classifier
from truemorph.components.errors import InputError
from truemorph.components.laws import CLASS_NAMES
from truemorph.components.progress import bar

IMAGES = (".jpg", ".jpeg", ".png")
TABLES = (".parquet", ".csv", ".fits")
BATCH = 64


def predict(model: Path, images: Path, out: Path) -> dict[str, int]:
    """Write p(disk) of every image in a folder.

    Args:
        model: models/<name>/ of a run, a version of serving/, or serving/ itself.
        images: folder of .jpg, .jpeg and .png files; the id of an object is the name of its file without the ending.
        out: .parquet, .csv or .fits; sorted by objid, columns objid (string), p_disk, label ('smooth' or 'disk') and
            status: 'ok', or 'unreadable: why', where p_disk and label are null (in FITS: NaN and empty).

    Returns:
        number of galaxies called smooth, disk, and unreadable.

    Raises:
        InputError: if out has another ending or no folder, the model is none, or the folder has no image or two
            images of one id, or an id is not ASCII and out is .fits.

    Example:
        truemorph predict --model run/serving --images my_images --out debiased.parquet
    """
    if out.suffix not in TABLES:
        raise InputError(f"--out {out}: ending {out.suffix!r} is not known; use {', '.join(TABLES)}")
    if not out.parent.is_dir():
        raise InputError(f"--out {out}: there is no folder {out.parent}; create it")
    paths = _image_paths(images)
    foreign = next((path.name for path in paths if not path.stem.isascii()), None)
    if out.suffix == ".fits" and foreign:
        raise InputError(f"--out {out}: FITS holds ASCII only, {foreign} is not; rename it or write .parquet or .csv")
    table = pd.DataFrame(_rows(load_classifier(model), paths), columns=["objid", "p_disk", "label", "status"])
    temporary = out.with_name(f".{out.stem}.tmp{out.suffix}")
    try:
        _write(table.astype({"p_disk": "float32"}), temporary)
        os.replace(temporary, out)
    finally:
        temporary.unlink(missing_ok=True)
    counts = table["label"].value_counts()
    return {name: int(counts.get(name, 0)) for name in CLASS_NAMES} | {"unreadable": int(table["label"].isna().sum())}


def _image_paths(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise InputError(f"--images {folder}: no such folder; give a folder of {', '.join(IMAGES)} files")
    paths = sorted(
        (path for path in folder.iterdir() if path.suffix.lower() in IMAGES), key=lambda path: (path.stem, path.name)
    )
    if not paths:
        raise InputError(f"--images {folder}: holds no {', '.join(IMAGES)} file; give a folder of images")
    for one, other in itertools.pairwise(paths):
        if one.stem == other.stem:
            raise InputError(f"--images {folder}: {one.name} and {other.name} have one id; rename or remove one")
    return paths


def _rows(classifier: Classifier, paths: list[Path]) -> Iterator[tuple[str, float | None, str | None, str]]:
    progress = bar(total=len(paths), desc="predict", unit=" images")
    for start in range(0, len(paths), BATCH):
        batch = paths[start : start + BATCH]
        views = [_pixels(path, classifier) for path in batch]
        good = [pixels for pixels, _ in views if pixels is not None]
        p_disk = iter(classifier.p_disk(np.stack(good)) if good else ())
        for path, (pixels, status) in zip(batch, views, strict=True):
            p = None if pixels is None else float(next(p_disk))
            yield path.stem, p, None if p is None else CLASS_NAMES[int(p > 0.5)], status
        progress.update(len(batch))
    progress.close()


def _pixels(path: Path, classifier: Classifier) -> tuple[Any, str]:
    """The decoded image or None, and its status."""
    import tensorflow as tf

    from truemorph.components.trainer.inputs import decode, why_unreadable

    try:
        return decode(tf.constant(path.read_bytes()), classifier.crop, classifier.image_size).numpy(), "ok"
    except OSError as error:
        return None, f"unreadable: {error.strerror}"
    except tf.errors.InvalidArgumentError as error:
        return None, f"unreadable: {why_unreadable(error)}"


def _write(table: pd.DataFrame, path: Path) -> None:
    if path.suffix == ".parquet":
        table.to_parquet(path, index=False)
    elif path.suffix == ".csv":
        table.to_csv(path, index=False)
    else:
        from astropy.table import Table

        columns = {name: table[name].fillna("").to_numpy(str) for name in ("objid", "label", "status")}
        columns["p_disk"] = table["p_disk"].to_numpy(np.float32)
        Table({name: columns[name] for name in table.columns}).write(path, format="fits", overwrite=True)
