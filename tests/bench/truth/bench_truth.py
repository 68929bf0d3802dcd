"""The truth benchmark: every method against the truth of simulated skies that no default uses.

    python tests/bench/truth/bench_truth.py [--seeds 301 302 303 304 305] [--sizes 1000 3000 10000]
        [--methods estimated naive truth ...] [--scenarios main null ...] [--out bench-results/truth] [--only-report]

One file a sky, size, method and scenario; what is there is not run again, so that the benchmark may be stopped at any
time, and parts of it run apart. At the end it writes docs/truth.md and docs/truth.svg from all results in --out. All of
it takes a day on two cores; the extra `bench` holds the packages that it is compared with.
"""

import argparse
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from methods import METHODS, Task
from report import write_report
from scenarios import SCENARIOS, labels_of, same_run
from scores import score
from sky import TEST, load_sky

SEEDS = (301, 302, 303, 304, 305)
SIZES = (1000, 3000, 10000)
SIDE_METHODS = ("labels", "truth", "naive", "estimated", "learned")
"""What is run where the law is wrong: the votes and the `_debiased` labels of a sky fit its own labels only."""
SIDE_SIZE = 3000
"""The size at which wrong laws are tried."""


def wanted(arguments: argparse.Namespace) -> list[tuple[str, int, int, str]]:
    """Scenario, size, seed, method of every run that is asked for, the most telling first."""
    runs = []
    for scenario in arguments.scenarios:
        sizes = arguments.sizes
        if scenario not in ("main", "resnet50"):
            sizes = [size for size in sizes if size == SIDE_SIZE] or sizes[:1]
        elif scenario == "resnet50":
            sizes = [max(sizes)]
        methods = [m for m in METHODS if m in arguments.methods and (scenario == "main" or m in SIDE_METHODS)]
        for size in sizes:
            for seed in arguments.seeds:
                for method in methods:
                    where, what = same_run(scenario, method)
                    runs.append((where, size, seed, what))
    return list(dict.fromkeys(runs))


def run(out: Path, scenario: str, size: int, seed: int, method: str) -> dict[str, Any]:
    """One method on one sky."""
    everything = load_sky(out.parent / "skies", seed, size)
    label = labels_of(everything, scenario, seed)
    test, sky = everything.rows(slice(0, TEST)), everything.rows(slice(TEST, TEST + size))
    task = Task(sky, test, label[TEST : TEST + size], label[:TEST], SCENARIOS[scenario], seed)
    began = time.monotonic()
    p_disk, notes = METHODS[method](task)
    about = {"scenario": scenario, "size": size, "seed": seed, "method": method}
    return about | {"seconds": round(time.monotonic() - began), "notes": notes} | score(p_disk, test)


def result_path(out: Path, scenario: str, size: int, seed: int, method: str) -> Path:
    """Where the result of a run is kept."""
    return out / f"{scenario}-{size}-{seed}-{method}.json"


def write(path: Path, result: Mapping[str, Any]) -> None:
    """Write a result, whole or not at all."""
    staged = path.with_name(f".{path.name}.tmp")
    staged.write_text(json.dumps(result, indent=1, allow_nan=False), encoding="utf-8")
    staged.replace(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=list(METHODS))
    parser.add_argument("--scenarios", nargs="+", default=list(SCENARIOS), choices=list(SCENARIOS))
    parser.add_argument("--out", type=Path, default=Path("bench-results/truth"))
    parser.add_argument("--docs", type=Path, default=Path(__file__).resolve().parents[3] / "docs")
    parser.add_argument("--only-report", action="store_true", help="run nothing, write the page from the results")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out.parent / "skies").mkdir(exist_ok=True)
    for one in [] if arguments.only_report else wanted(arguments):
        path = result_path(arguments.out, *one)
        if path.exists():
            continue
        result = run(arguments.out, *one)
        write(path, result)
        print(f"{path.stem}: accuracy {result['accuracy']:.4f}, {result['seconds']} s", flush=True)
    results = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(arguments.out.glob("*.json"))]
    for path in write_report(results, arguments.docs):
        print(path)


if __name__ == "__main__":
    main()
