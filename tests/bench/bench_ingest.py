"""What an ingest costs, beside a plain loop and a file copy: `python tests/bench/bench_ingest.py [images]`.

The images are hard links to a few hundred simulated stamps of about 10 KB, so the disk's cache holds them all: what is
measured is the work, not the disk. Each measurement is a process of its own. Rates leave out what a process needs to
start: they are of the second size over the first, (N2 - N1) / (t2 - t1).
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

STAMPS, FIRST_ID, SIDE = 300, 587722981736120347, 150
T01 = "t01_smooth_or_features_"


def make_sky(folder: Path, rows: int, stamps: list[Path]) -> None:
    """Tables and images in the upstream formats."""
    rng = np.random.default_rng(0)
    ids = FIRST_ID + 7919 * np.arange(rows)
    shares = rng.dirichlet([2, 2, 0.1], rows).round(4)
    votes = {"dr7objid": ids, "sample": "original"}
    for place, answer in enumerate(("a01_smooth", "a02_features_or_disk", "a03_star_or_artifact")):
        votes[f"{T01}{answer}_count"] = (40 * shares[:, place]).astype(int)
        votes[f"{T01}{answer}_fraction"] = shares[:, place]
        votes[f"{T01}{answer}_debiased"] = shares[:, place]
    sizes = {
        "objid": ids,
        "petroRad_r": rng.uniform(3, 15, rows).round(4),
        "psfWidth_r": rng.uniform(1, 2, rows).round(4),
    }
    sizes |= {"petroMag_r": rng.uniform(14, 17, rows).round(3), "redshift": rng.uniform(0.02, 0.2, rows).round(5)}
    structure = {"objid": ids, "ng": rng.uniform(0.5, 8, rows).round(3), "e": rng.uniform(0, 1, rows).round(3)}
    structure["Rhlr"] = rng.uniform(1, 20, rows).round(3)
    mapping = {"objid": ids, "sample": "original", "asset_id": np.arange(rows)}
    folder.mkdir(parents=True)
    for name, table in (("votes", votes), ("photometry", sizes), ("structure", structure), ("mapping", mapping)):
        pd.DataFrame(table).to_csv(folder / f"{name}.csv", index=False)
    if stamps:
        (folder / "images").mkdir()
        for row in range(rows):
            os.link(stamps[row % len(stamps)], folder / "images" / f"{row}.jpg")


def peak_of_family() -> float:
    """Resident memory of this process and its descendants now, MB."""
    total, waiting = 0, [os.getpid()]
    while waiting:
        process = waiting.pop()
        try:
            total += int(Path(f"/proc/{process}/statm").read_text().split()[1])
            for thread in os.listdir(f"/proc/{process}/task"):
                waiting += map(int, Path(f"/proc/{process}/task/{thread}/children").read_text().split())
        except (FileNotFoundError, ProcessLookupError):
            continue
    return total * resource.getpagesize() / 1e6


def ingest(folder: Path, out: Path, workers: int) -> None:
    """ExampleGen."""
    from truemorph.components.example_gen.executor import execute

    inputs = {name: folder / f"{name}.csv" for name in ("votes", "photometry", "structure", "mapping")}
    outputs = {"examples": out / "examples", "rejects": out / "rejects.csv"}
    settings = {"votes_column": "fraction", "balance": False, "split_seed": 0, "runner": "FnApiRunner"}
    settings |= {"workers": workers, "options": [], "columns": {}, "bucket": None}
    execute(inputs | {"images": folder / "images"}, outputs, settings)


def join_only(folder: Path, out: Path) -> None:
    """All of ExampleGen but the images: read, partition, group, join."""
    from truemorph.components.example_gen import beam

    beam.make_shard = lambda *_: None  # type: ignore[assignment]
    from truemorph.components.example_gen.sources import open_sources
    from truemorph.components.example_gen.splits import make_plan

    tables: dict[str, Any] = {name: folder / f"{name}.csv" for name in ("votes", "photometry", "structure", "mapping")}
    sources = open_sources(**tables, images=folder)
    (out / ".work").mkdir()
    beam.run(beam.Ingest(sources, make_plan(sources.votes.rows(), 0), out, os.getpid()), "FnApiRunner", 1, False)


def plain(folder: Path, out: Path) -> None:
    """A loop that reads each image and writes it to an uncompressed TFRecord."""
    import tensorflow as tf

    paths = [f"{folder}/images/{name}" for name in sorted(os.listdir(folder / "images"))]
    with tf.io.TFRecordWriter(str(out / "plain.tfrecord")) as writer:
        for path in paths:
            with open(path, "rb") as file:
                writer.write(file.read())


def copy(folder: Path, out: Path) -> None:
    """Each image copied into one folder."""
    for name in os.listdir(folder / "images"):
        shutil.copyfile(folder / "images" / name, out / name)


WORK = {
    "plain": plain,
    "copy": copy,
    "one": lambda folder, out: ingest(folder, out, 1),
    "two": lambda folder, out: ingest(folder, out, 2),
    "join": join_only,
}


def child(what: str, folder: Path) -> None:
    """Do one thing and print seconds and peak memory."""
    peak, stop = [0.0], threading.Event()

    def watch() -> None:
        while not stop.wait(0.05):
            peak[0] = max(peak[0], peak_of_family())

    threading.Thread(target=watch, daemon=True).start()
    with tempfile.TemporaryDirectory(dir=folder.parent) as out:
        began = time.perf_counter()
        WORK[what](folder, Path(out))
        seconds = time.perf_counter() - began
    stop.set()
    print(json.dumps({"seconds": seconds, "peak": peak[0]}))


def measure(what: str, folder: Path) -> dict[str, float]:
    """Run a child and read what it printed."""
    command = [sys.executable, __file__, "child", what, str(folder)]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main(images: int, catalogue: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="bench-ingest-", dir=os.environ.get("TMPDIR")) as home:
        words = ["simulate", "--out", f"{home}/sky", "--galaxies", str(STAMPS), "--seed", "3", "--size", str(SIDE)]
        subprocess.run([sys.executable, "-m", "truemorph", *words], check=True, capture_output=True)
        stamps = sorted(Path(home, "sky", "images").glob("*.jpg"))
        size = sum(path.stat().st_size for path in stamps) / len(stamps)
        print(f"{images} JPEGs of {size / 1000:.1f} KB on average, hard links to {len(stamps)}; {os.cpu_count()} cores")
        sizes = (images // 5, images)
        for rows in sizes:
            make_sky(Path(home, str(rows)), rows, stamps)
        found = {
            what: [measure(what, Path(home, str(rows))) for rows in sizes] for what in ("copy", "plain", "one", "two")
        }
        rate = {}
        for what, (small, large) in found.items():
            rate[what] = (sizes[1] - sizes[0]) / (large["seconds"] - small["seconds"])
            print(
                f"{what:>6}: {rate[what]:6.0f} images/s; "
                f"{sizes[0]} in {small['seconds']:.1f} s, {small['peak']:.0f} MB; "
                f"{sizes[1]} in {large['seconds']:.1f} s, {large['peak']:.0f} MB"
            )
        small, large = found["one"]
        print(f"one worker / plain loop: {rate['one'] / rate['plain']:.2f} (wanted: 0.5 or more)")
        print(f"two workers / one worker: {rate['two'] / rate['one']:.2f} (wanted: 1.6 or more)")
        print(f"memory at {sizes[1]} / at {sizes[0]}: {large['peak'] / small['peak']:.2f} (wanted: at most 1.15)")
    if catalogue:
        with tempfile.TemporaryDirectory(prefix="bench-ingest-", dir=os.environ.get("TMPDIR")) as home:
            make_sky(Path(home, "sky"), catalogue, [])
            done = measure("join", Path(home, "sky"))
            print(f"join of {catalogue} rows in 4 tables: {done['seconds']:.0f} s, {done['peak']:.0f} MB")


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        child(sys.argv[2], Path(sys.argv[3]))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 100_000, int(sys.argv[2]) if sys.argv[2:] else 0)
