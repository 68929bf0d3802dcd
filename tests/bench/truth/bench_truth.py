"""The truth benchmark: every method against the truth of simulated skies that no default uses.

    python tests/bench/truth/bench_truth.py [--seeds 301 302 303 304 305] [--sizes 1000 3000 ...]
        [--methods estimated naive truth ...] [--scenarios main null ...] [--docs docs] [--only-report]

One line of truth.jsonl in --docs a sky, size, method and scenario; what is there is not run again, so that the
benchmark may be stopped at any time, parts of it run apart, and two parts at once. At the end it writes truth.md and
truth.svg from all those lines. With another, empty folder in --docs all of it runs anew: a day on two cores. The extra
`bench` holds the packages that it is compared with.
"""

import argparse
import json
import os
import time
from itertools import groupby
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from methods import METHODS, Task
from report import write_report
from scenarios import SCENARIOS, labels_of, same_run
from scores import score
from sky import TEST, load_sky

SEEDS = (301, 302, 303, 304, 305)
SIDE_METHODS = ("truth", "naive", "estimated", "learned")
"""What is run where the law is wrong: the votes and the `_debiased` labels of a sky fit its own labels only."""
ABOUT = ("scenario", "size", "seed", "method")
"""What tells one result from another."""
SKIES = Path("bench-results/skies")
"""Where skies are kept."""


def wanted(arguments: argparse.Namespace) -> list[tuple[str, int, int, str]]:
    """Scenario, size, seed, method of every run that is asked for, the most telling first."""
    runs = []
    for scenario in arguments.scenarios:
        methods = [m for m in METHODS if m in arguments.methods and (scenario == "main" or m in SIDE_METHODS)]
        for size in arguments.sizes or SCENARIOS[scenario].sizes:
            for seed in arguments.seeds:
                for method in methods:
                    where, what = same_run(scenario, method)
                    runs.append((where, size, seed, what))
    return list(dict.fromkeys(runs))


def run(task: Task, method: str) -> dict[str, Any]:
    """One method on one sky."""
    began = time.monotonic()
    p_disk, notes = METHODS[method](task)
    return {"seconds": round(time.monotonic() - began), "notes": notes} | score(p_disk, task.test)


def task_of(scenario: str, size: int, seed: int) -> Task:
    """What the methods are given of a sky."""
    everything = load_sky(SKIES, seed, size)
    label = labels_of(everything, scenario, seed)
    test, sky = everything.rows(slice(0, TEST)), everything.rows(slice(TEST, TEST + size))
    return Task(sky, test, label[TEST : TEST + size], label[:TEST], SCENARIOS[scenario], seed)


def read(record: Path) -> list[dict[str, Any]]:
    """The results recorded so far."""
    return [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()] if record.exists() else []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--sizes", type=int, nargs="+", help="default: each scenario's own")
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=list(METHODS))
    parser.add_argument("--scenarios", nargs="+", default=list(SCENARIOS), choices=list(SCENARIOS))
    parser.add_argument("--docs", type=Path, default=Path(__file__).resolve().parents[3] / "docs")
    parser.add_argument("--only-report", action="store_true", help="run nothing, write the page from the results")
    arguments = parser.parse_args()
    record = arguments.docs / "truth.jsonl"
    done = {tuple(result[name] for name in ABOUT) for result in read(record)}
    runs = [] if arguments.only_report else [one for one in wanted(arguments) if one not in done]
    if not (runs or done):
        parser.error(f"{record}: no result there to report, and none of these is to be run")
    arguments.docs.mkdir(parents=True, exist_ok=True)
    for about, methods in groupby(runs, key=lambda one: one[:3]):
        task = task_of(*about)
        for *_, method in methods:
            result = dict(zip(ABOUT, (*about, method), strict=True)) | run(task, method)
            with record.open("a", encoding="utf-8") as file:
                file.write(json.dumps(result, allow_nan=False) + "\n")
            print(f"{about} {method}: accuracy {result['accuracy']:.4f}, {result['seconds']} s", flush=True)
    for path in write_report(read(record), arguments.docs):
        print(path)


if __name__ == "__main__":
    main()
