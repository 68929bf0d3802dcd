"""What an ingest costs, beside a plain loop and a file copy: `python tests/bench/bench_ingest.py [images]`.

Its reading of tables beside that of an earlier version, which another Python has: `bench_ingest.py before PYTHON`.

The images are hard links to a few hundred simulated stamps of about 10 KB, so the disk's cache holds them all: what is
measured is the work, not the disk. Each measurement is a process of its own. Rates leave out what a process needs to
start: they are of the second size over the first, (N2 - N1) / (t2 - t1).
"""

import importlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ROUNDS = 5
RIVALS = ("plain", "one", "two")
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


def memory_of_family(root: int) -> float:
    """Memory of a process and its descendants now, MB; what several share is counted once."""
    total, waiting = 0, [root]
    while waiting:
        process = waiting.pop()
        try:
            shares = Path(f"/proc/{process}/smaps_rollup").read_text()
            total += int(shares.partition("\nPss:")[2].split()[0])
            for thread in os.listdir(f"/proc/{process}/task"):
                waiting += map(int, Path(f"/proc/{process}/task/{thread}/children").read_text().split())
        except (OSError, IndexError):  # it has ended
            continue
    return total / 1000


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

    beam.make_shard = beam.count_shard = lambda *_: None  # type: ignore[assignment]
    from truemorph.components.example_gen.ingest_sources import open_sources
    from truemorph.components.example_gen.splits import make_plan

    tables: dict[str, Any] = {name: folder / f"{name}.csv" for name in ("votes", "photometry", "structure", "mapping")}
    sources = open_sources(**tables, images=folder)
    (out / ".work").mkdir()
    beam.run(beam.LocalIngest(sources, make_plan(sources.votes.rows(), 0), out, os.getpid()), 1, False)


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


def read(folder: Path, out: Path) -> None:
    """Print the processor seconds that it takes to read the votes, the least of five times."""
    from truemorph.components import tables

    # Where an earlier version has it.
    here: Any = tables if hasattr(tables, "read_columns") else importlib.import_module(f"{tables.__name__}.table")
    ids, *columns = pd.read_csv(folder / "votes.csv", nrows=0).columns
    times = []
    for _ in range(ROUNDS):
        began = time.process_time()
        here.read_columns(folder / "votes.csv", columns, ids=[ids])
        times.append(time.process_time() - began)
    print(min(times))


WORK = {
    "plain": plain,
    "copy": copy,
    "one": lambda folder, out: ingest(folder, out, 1),
    "two": lambda folder, out: ingest(folder, out, 2),
    "join": join_only,
    "read": read,
}


def child(what: str, folder: Path) -> None:
    """Do one thing and print how many seconds it took."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as out:
        began = time.perf_counter()
        WORK[what](folder, Path(out))
        print(time.perf_counter() - began)


def measure(what: str, folder: Path) -> tuple[float, float]:
    """Seconds and peak memory in MB of a child."""
    command = [sys.executable, __file__, "child", what, str(folder)]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, memory_of_family(process.pid))
        time.sleep(0.25)
    printed = process.communicate()[0].split()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed with status {process.returncode}")
    return float(printed[-1]), peak


def compare(images: int, home: Path) -> None:
    """The ingest beside a plain loop and a file copy, in turns, so that other work on the machine meets all alike."""
    words = ["simulate", "--out", str(home / "sky"), "--galaxies", str(STAMPS), "--seed", "3", "--size", str(SIDE)]
    subprocess.run([sys.executable, "-m", "truemorph", *words], check=True, capture_output=True)
    stamps = sorted((home / "sky" / "images").glob("*.jpg"))
    size = sum(path.stat().st_size for path in stamps) / len(stamps)
    print(f"{images} JPEGs of {size / 1000:.1f} KB on average, hard links to {len(stamps)}; {os.cpu_count()} cores")
    few, many = images // 5, images
    for rows in (few, many):
        make_sky(home / str(rows), rows, stamps)
    rates, memory = [], []
    for number in range(ROUNDS):
        found = {what: [measure(what, home / str(rows)) for rows in (few, many)] for what in RIVALS}
        rates.append([(many - few) / (large[0] - small[0]) for small, large in found.values()])
        memory.append([[peak for _, peak in pair] for pair in found.values()])
        words = [f"{what} {rate:.0f} images/s" for what, rate in zip(RIVALS, rates[-1], strict=True)]
        print(f"round {number + 1}: {', '.join(words)}", flush=True)
    plain, one, two = np.transpose(rates)
    peaks = np.max(memory, axis=0)
    # Apart from the rounds: as many files keep the disk busy for a while.
    (few_seconds, _), (many_seconds, _) = (measure("copy", home / str(rows)) for rows in (few, many))
    print(f"file copy: {(many - few) / (many_seconds - few_seconds):.0f} images/s; medians of {ROUNDS} rounds:")
    print(f"one worker / plain loop: {np.median(one / plain):.2f} (wanted: 0.5 or more)")
    print(f"two workers / one worker: {np.median(two / one):.2f} (wanted: 1.6 or more)")
    for what, (at_few, at_many) in zip(RIVALS[1:], peaks[1:], strict=True):
        print(
            f"memory, workers: {what}: {at_few:.0f} MB at {few} images, {at_many:.0f} MB at {many}, "
            f"{at_many / at_few:.2f} times (wanted: under 1,000 MB and at most 1.15)"
        )


def against(python: str, rows: int, home: Path) -> None:
    """The reading of a table beside that of an earlier version, in turns."""
    make_sky(home / "sky", rows, [])
    found = []
    for _ in range(ROUNDS):
        command = [__file__, "child", "read", str(home / "sky")]
        runs = [subprocess.run([each, *command], capture_output=True, check=True) for each in (python, sys.executable)]
        found.append([float(run.stdout.split()[0]) for run in runs])
        print(f"{rows} rows: {found[-1][0]:.2f} s before, {found[-1][1]:.2f} s now", flush=True)
    before, now = np.median(found, axis=0)
    print(f"reading: {now / before:.2f} times as long as before")


def main(images: int, catalogue: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="bench-ingest-", dir=os.environ.get("TMPDIR")) as home:
        compare(images, Path(home))
    if catalogue:
        with tempfile.TemporaryDirectory(prefix="bench-ingest-", dir=os.environ.get("TMPDIR")) as home:
            make_sky(Path(home, "sky"), catalogue, [])
            seconds, peak = measure("join", Path(home, "sky"))
            print(f"join of {catalogue} rows in 4 tables: {seconds:.0f} s, {peak:.0f} MB")


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        child(sys.argv[2], Path(sys.argv[3]))
    elif sys.argv[1:2] == ["before"]:
        with tempfile.TemporaryDirectory(prefix="bench-ingest-", dir=os.environ.get("TMPDIR")) as home:
            against(sys.argv[2], int(sys.argv[3]) if sys.argv[3:] else 200_000, Path(home))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 100_000, int(sys.argv[2]) if sys.argv[2:] else 0)
