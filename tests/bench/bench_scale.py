"""How the cost grows with the rows: `python tests/bench/bench_scale.py [--join 10000 …] [--merge …] [--bias …]`.

The join is all of an ingest but its images: four tables read, partitioned and joined by one worker. The bias is CV18 of
a label, alpha and three intrinsic columns in parts of a million rows, held in memory and in passes. The merge is the
end of a prediction: its parts become one table. Each measurement is a process of its own. Its processor time counts,
which other work on the machine changes least.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from bench_ingest import make_sky

PART = 1_000_000
# What a process of 5 GB would need is not held in memory here.
MOST_AT_ONCE = 20_000_000
# A cost per further row that rises by less than this from one size to the next is a straight line.
STRAIGHT = 1.25


class Cost(NamedTuple):
    """Seconds of processor time and of the clock, and the peak of memory in GB."""

    processor: float
    clock: float
    memory: float


def cost(*command: str) -> Cost:
    """What a command costs."""
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    errors = process.stderr.read() if process.stderr else ""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {errors[-2000:]}")
    return Cost(usage.ru_utime + usage.ru_stime, time.perf_counter() - began, usage.ru_maxrss * 1024 / 1e9)


def join(rows: int, home: Path) -> Cost:
    """The join of an ingest."""
    with tempfile.TemporaryDirectory(dir=home) as folder:
        make_sky(Path(folder, "sky"), rows, [])
        return cost(str(Path(__file__).with_name("bench_ingest.py")), "child", "join", str(Path(folder, "sky")))


def merge(rows: int, home: Path) -> Cost:
    """The end of a prediction whose parts are done."""
    from truemorph.components.artifacts.predictions import SURENESS
    from truemorph.components.bulk_inferrer.parts import IMAGES_PER_PART
    from truemorph.components.bulk_inferrer.work import Plan, work_folder, write_part

    rng, out = np.random.default_rng(0), home / "predictions.parquet"
    work, parts = work_folder(out), -(-rows // IMAGES_PER_PART)
    work.mkdir()
    Plan("of a measurement", parts, 1, 0, {}).begin(work, out)
    for number in range(parts):
        n = min(IMAGES_PER_PART, rows - number * IMAGES_PER_PART)
        told = pd.DataFrame(rng.random((n, 1 + len(SURENESS)), np.float32), columns=["p_disk", *SURENESS])
        told.insert(0, "objid", (number * IMAGES_PER_PART + np.arange(n)).astype(str))
        told["label"], told["status"] = np.where(told["p_disk"] > 0.5, "disk", "smooth"), "ok"
        write_part(work, number, told)
    return cost(__file__, "--child", "merge", str(out))


def make_parts(rows: int, folder: Path) -> None:
    """A catalogue with biased labels, in parts that are there already or are made."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    for start in range(0, rows, PART):
        part, n = folder / f"part-{start // PART:05d}-{min(PART, rows - start)}.parquet", min(PART, rows - start)
        if part.exists():
            continue
        rng = np.random.default_rng(start)
        alpha = rng.lognormal(2.4, 0.45, n)
        seen = (rng.random(n) < 0.5) & (rng.random(n) > np.exp(-(alpha**2) / (2 * 9.18**2)))
        columns = [np.where(seen, "disk", "smooth"), alpha, *rng.normal(size=(3, n))]
        pq.write_table(pa.table(columns, names=["label", "alpha", "radius", "magnitude", "redshift"]), part)


def bias(rows: int, home: Path, way: str) -> Cost:
    """CV18 of a catalogue, 'at once' or 'in passes'."""
    folder = home / f"sky-{rows}"
    folder.mkdir(exist_ok=True)
    make_parts(rows, folder)
    return cost(__file__, "--child", way, str(folder))


def child(way: str, path: str) -> None:
    """Merge a prediction, or measure the bias in one of the two ways."""
    if way == "merge":
        from truemorph.components.bulk_inferrer import predict

        predict.merge(Path(path))
        return
    from truemorph.components.evaluator import table_bias

    table_bias.AT_ONCE = 0 if way == "in passes" else 1 << 40
    table_bias.table_bias(Path(path), "label", "alpha", ["radius", "magnitude", "redshift"])


def told(what: str, sizes: Sequence[int], measure: Callable[[int], Cost]) -> None:
    """Measure and print what each size costs, and whether the costs lie on a straight line."""
    per_row: list[float] = []
    costs: list[Cost] = []
    for place, rows in enumerate(sizes):
        costs.append(each := measure(rows))
        line = f"{what} of {rows:,} rows: {each.processor:.1f} s of processor, {each.clock:.1f} s, {each.memory:.2f} GB"
        if place:
            per_row.append((each.processor - costs[place - 1].processor) / (rows - sizes[place - 1]))
            line += f"; {1e6 * per_row[-1]:.2f} us for each further row"
        if len(per_row) > 1:
            grown = per_row[-1] / per_row[-2]
            line += f", {'a straight line' if grown < STRAIGHT else f'{grown:.2f} times as much as before'}"
        print(line, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--join", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--merge", type=int, nargs="*", default=[100_000, 1_000_000, 3_000_000])
    parser.add_argument("--bias", type=int, nargs="*", default=[10_000, 100_000, 1_000_000, 10_000_000])
    parser.add_argument("--child", nargs=2)
    chosen = parser.parse_args()
    if chosen.child:
        return child(*chosen.child)
    with tempfile.TemporaryDirectory(prefix="bench-scale-", dir=os.environ.get("TMPDIR")) as home:
        told("join", chosen.join, lambda rows: join(rows, Path(home)))
        told("merge of predictions", chosen.merge, lambda rows: merge(rows, Path(home)))
        few = [rows for rows in chosen.bias if rows <= MOST_AT_ONCE]
        told("bias at once", few, lambda rows: bias(rows, Path(home), "at once"))
        told("bias in passes", chosen.bias, lambda rows: bias(rows, Path(home), "in passes"))
    return None


if __name__ == "__main__":
    main()
