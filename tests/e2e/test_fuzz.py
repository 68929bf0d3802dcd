"""Damaged inputs by the hundred: each becomes a reject with a reason, or one clear line with exit 2; nothing else."""

import gzip
import io
import os
import shutil
import signal
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from truemorph.cli import main

T01 = "t01_smooth_or_features_{}_fraction"
SHARES = {"a01_smooth": 0.7, "a02_features_or_disk": 0.2, "a03_star_or_artifact": 0.1}
ENDINGS = ("csv", "csv.gz", "parquet", "fits", "vot")
IMAGES, TABLES, ZIPS, MAPPINGS = 110, 60, 18, 12
Rng = np.random.Generator


def ids(count: int) -> list[str]:
    return [str(587739505552785600 + place) for place in range(count)]


def stamp(seed: int, kind: str = "JPEG") -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def damage(rng: Rng, data: bytes) -> bytes:
    """One of: truncated, bits flipped, a hole, a part twice, noise, nothing, zeros, gzip of itself, another kind."""
    cut = int(rng.integers(0, len(data)))
    flipped = np.frombuffer(data, np.uint8).copy()
    flipped[rng.integers(0, len(data), 1 + len(data) // 300)] ^= np.uint8(1 << rng.integers(0, 8))
    ways: list[Callable[[], bytes]] = [
        lambda: data[:cut],
        flipped.tobytes,
        lambda: data[:cut] + data[cut + 50 :],
        lambda: data[:cut] + data[cut // 2 :],
        lambda: rng.bytes(len(data)),
        lambda: b"",
        lambda: bytes(len(data)),
        lambda: gzip.compress(data),
        lambda: b"<!DOCTYPE html><html>503 Service Unavailable</html>",
        lambda: b"\x89PNG\r\n\x1a\n" + data[cut:],
    ]
    return ways[int(rng.integers(len(ways)))]()


def write_tables(folder: Path, names: list[str]) -> None:
    """Good votes and photometry."""
    folder.mkdir(parents=True, exist_ok=True)
    votes = pd.DataFrame({"dr7objid": names, "sample": "original"} | {T01.format(k): v for k, v in SHARES.items()})
    votes.to_csv(folder / "votes.csv", index=False)
    pd.DataFrame({"objid": names, "petroRad_r": 5.0, "psfWidth_r": 1.2}).to_csv(folder / "photometry.csv", index=False)


def in_form(path: Path, ending: str) -> Path:
    """A CSV file in another form."""
    from astropy.table import Table

    made = path.with_name(path.name.removesuffix("csv") + ending)
    table = pd.read_csv(path, dtype={"objid": "int64", "dr7objid": "int64"})
    if ending == "csv.gz":
        table.to_csv(made, index=False)
    elif ending == "parquet":
        table.to_parquet(made)
    elif ending in ("fits", "vot"):
        Table.from_pandas(table).write(made, format={"fits": "fits", "vot": "votable"}[ending], overwrite=True)
    return made


@contextmanager
def in_time(seconds: int) -> Iterator[None]:
    """Fail rather than hang."""

    def late(*_: Any) -> None:
        raise TimeoutError(f"hung for {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def ingest(folder: Path, capfd: Any, **sources: Path) -> dict[str, str] | None:
    """Run it; the rejects, or None where it refused with one line. Everything else fails the test."""
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    files = {
        "votes": folder / "votes.csv",
        "photometry": folder / "photometry.csv",
        "images": folder / "images",
    } | sources
    before, around = tree(folder), sorted(os.listdir(folder.parent))
    with in_time(120):
        status = main(["ingest", *[f"--{name}={path}" for name, path in files.items()], "--out", str(out)])
    error = capfd.readouterr().err
    assert "Traceback" not in error
    assert sorted(os.listdir(folder.parent)) == around
    after = {path: data for path, data in tree(folder).items() if not path.startswith(f"{out}/")}
    assert after == before
    if status == 2:
        lines = [line for line in error.splitlines() if line.startswith("truemorph ingest: error: ")]
        assert len(lines) == 1 and not out.exists()
        return None
    assert status == 0
    assert not [path for path in out.rglob("*") if path.name.endswith((".tmp", ".parts"))]
    rejects = pd.read_csv(out / "rejects.csv", dtype=str, keep_default_na=False)
    assert (rejects["reason"] != "").all()
    return dict(zip(rejects["objid"], rejects["reason"], strict=True))


def test_damaged_images_are_rejects(tmp_path: Path, capfd: Any) -> None:
    import tensorflow as tf

    from truemorph.components.examples.features import SPLITS
    from truemorph.components.examples.tfrecord import records, shards

    rng, names = np.random.default_rng(11), ids(IMAGES + 3)
    write_tables(tmp_path / "sky", names)
    images = tmp_path / "sky" / "images"
    images.mkdir()
    changed = {}
    for place, name in enumerate(names):
        ending, kind = (("jpg", "JPEG"), ("png", "PNG"))[place % 2]
        data = stamp(place, kind)
        changed[name] = damage(rng, data) if place < IMAGES else data
        (images / f"{name}.{ending}").write_bytes(changed[name])
    rejects = ingest(tmp_path / "sky", capfd)
    assert rejects is not None
    kept = {}
    for split in SPLITS:
        for path in shards(tmp_path / "sky" / "out" / "examples", split):
            for record in records(path):
                feature = tf.train.Example.FromString(record).features.feature
                kept[feature["objid"].bytes_list.value[0].decode()] = feature["image"].bytes_list.value[0]
    assert kept == {name: data for name, data in changed.items() if name not in rejects}
    assert len(rejects) > IMAGES / 2 and set(names[IMAGES:]) <= set(kept)
    assert all(reason.startswith("image_") for reason in rejects.values())


@pytest.mark.parametrize("seed", [*range(6), *(pytest.param(n, marks=pytest.mark.slow) for n in range(6, TABLES))])
def test_a_damaged_table_is_rejects_or_one_line(tmp_path: Path, capfd: Any, seed: int) -> None:
    rng, names = np.random.default_rng(100 + seed), ids(8)
    folder = tmp_path / "sky"
    write_tables(folder, names)
    (folder / "images").mkdir()
    for place, name in enumerate(names):
        (folder / "images" / f"{name}.jpg").write_bytes(stamp(place))
    table, ending = ("votes", "photometry")[seed % 2], ENDINGS[seed // 2 % len(ENDINGS)]
    path = in_form(folder / f"{table}.csv", ending)
    path.write_bytes(damage(rng, path.read_bytes()))
    ingest(folder, capfd, **{table: path})


@pytest.mark.parametrize("seed", [*range(2), *(pytest.param(n, marks=pytest.mark.slow) for n in range(2, ZIPS))])
def test_a_damaged_zip_is_rejects_or_one_line(tmp_path: Path, capfd: Any, seed: int) -> None:
    rng, names = np.random.default_rng(200 + seed), ids(8)
    folder = tmp_path / "sky"
    write_tables(folder, names)
    path = folder / "images.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for place, name in enumerate(names):
            bomb = place == 0 and seed % 3 == 0
            file.writestr(f"images/{name}.jpg", bytes(66 << 20) if bomb else stamp(place))
        file.writestr("../../escaped.jpg", stamp(1))
        file.writestr("/escaped.jpg", stamp(1))
        file.writestr("images/银河.jpg", stamp(1))
    if seed % 3:
        path.write_bytes(damage(rng, path.read_bytes()))
    rejects = ingest(folder, capfd, images=path)
    if seed % 3 == 0:
        assert rejects == {names[0]: "image_too_large"}


NAMES = [
    "../../../etc/passwd",
    "/etc/passwd",
    "..",
    "",
    "银河",
    "a\x00b",
    "x" * 4000,
    "con\n1",
    "a/../../b",
    "~root",
    "\ud800",
    "%2e%2e",
]


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(n, marks=pytest.mark.slow) for n in range(2, MAPPINGS))])
def test_a_mapping_cannot_lead_out(tmp_path: Path, capfd: Any, seed: int) -> None:
    names = ids(4)
    folder = tmp_path / "sky"
    write_tables(folder, names)
    (folder / "images").mkdir()
    for place in range(3):
        (folder / "images" / f"{place}.jpg").write_bytes(stamp(place))
    text = "objid,sample,asset_id\n" + "".join(f"{name},original,{place}\n" for place, name in enumerate(names[:3]))
    text += f'{names[3]},original,"{NAMES[seed]}"\n'
    (folder / "mapping.csv").write_bytes(text.encode("utf-8", "surrogatepass"))
    rejects = ingest(folder, capfd, mapping=folder / "mapping.csv")
    assert rejects is None or rejects[names[3]] in (
        "unsafe_image_name",
        "no_image",
        "not_in_mapping",
        "image_unreadable",
    )
