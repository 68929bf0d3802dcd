"""The truth benchmark: every method against the truth of simulated skies that no default uses.

    python tests/bench/truth/bench_truth.py [--seeds 301 302 303] [--sizes 3000 ...]
        [--methods estimated naive truth ...] [--skies main own-theta half-real ...] [--jobs 2] [--before]
        [--only-report]

One line of truth-trainer.jsonl in --docs a kind of sky, size, seed and method; what is there is not run again, so that
the benchmark may be stopped at any time, parts of it run apart, and two parts at once. At the end it writes truth.md
and truth.svg from all those lines. Under KERAS_BACKEND=jax a copy of the Trainer in JAX trains the networks, many at
once on a GPU, and the lines go to truth.jsonl; the page is about these where they are there. With --before the copy
trains as truemorph did before its skies were as hard as these (one theta, images turned by any angle with bilinear
interpolation), and the lines go to truth-before.jsonl: the page shows both. With another, empty folder in --docs all
of it runs anew. The extra `bench` holds the packages that it is compared with.
"""

import argparse
import json
import multiprocessing
import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from engine import JAX
from methods import IN_JAX, METHODS, SEVERAL
from report import write_report
from scenarios import SCENARIOS, labels_of, same_run
from scores import score
from sky import load_sky
from task import Task

SEED = 301
ABOUT = ("scenario", "size", "seed", "method")
"""What tells one result from another."""
SKIES = Path("bench-results/skies")
"""Where skies are kept."""
RECORD = "truth.jsonl" if JAX else "truth-trainer.jsonl"
"""Of runs as networks are trained now."""
Run = tuple[str, int, int, str]
"""Scenario, size, seed, method."""


def wanted(arguments: argparse.Namespace) -> list[Run]:
    """Every run that is asked for and that this training can do, the most telling first."""
    runs = []
    for scenario in arguments.skies:
        methods = [m for m in METHODS if m in arguments.methods and (JAX or m not in IN_JAX)]
        for size in arguments.sizes or SCENARIOS[scenario].sizes:
            for seed in arguments.seeds:
                for method in methods:
                    where, what = same_run(scenario, method)
                    runs.append((where, size, seed, what))
    return list(dict.fromkeys(runs))


def run(task: Task, method: str) -> Any:
    """One method on one sky: its scores, by name; None where it has no answer for any galaxy."""
    began = time.monotonic()
    p_disk, notes = METHODS[method](task)
    if not np.isfinite(p_disk).any():
        print(f"{method} has no answer: {notes}", flush=True)
        return None
    return rounded({"seconds": round(time.monotonic() - began), "notes": notes} | score(p_disk, task.test))


def rounded(value: Any) -> Any:
    """The same with five decimals, of which the page shows three."""
    if isinstance(value, float):
        return round(value, 5)
    if isinstance(value, dict):
        return {name: rounded(each) for name, each in value.items()}
    return [rounded(each) for each in value] if isinstance(value, list) else value


def task_of(name: str, size: int, seed: int, before: bool) -> Task:
    """What the methods are given of a sky."""
    scenario = SCENARIOS[name]
    everything = load_sky(SKIES, scenario.words, scenario.stamps, seed, size + scenario.test)
    label = labels_of(everything, name, seed)
    test, sky = everything.rows(slice(0, scenario.test)), everything.rows(slice(scenario.test, None))
    return Task(sky, test, label[scenario.test :], label[: scenario.test], scenario, seed, before)


def read(record: Path) -> list[dict[str, Any]]:
    """The results recorded so far."""
    return [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()] if record.exists() else []


def of_one_sky(runs: Sequence[Run], record: Path, before: bool) -> None:
    """Do the runs on skies of one kind and number, and record their results."""
    for about, methods in groupby(runs, key=lambda one: one[:3]):
        task = task_of(about[0], about[1], about[2], before)
        for *_, method in methods:
            scores = run(task, method)
            if scores is None:
                continue
            result = dict(zip(ABOUT, (*about, method), strict=True)) | scores
            with record.open("a", encoding="utf-8") as file:
                file.write(json.dumps(result, allow_nan=False) + "\n")
            print(f"{about} {method}: accuracy {result['accuracy']:.4f}, {result['seconds']} s", flush=True)


def by_sky(runs: Sequence[Run]) -> list[list[Run]]:
    """The runs that share a sky together, the skies of the most galaxies first: they take the longest."""
    skies: dict[Any, list[Run]] = {}
    for one in runs:
        scenario = SCENARIOS[one[0]]
        skies.setdefault((scenario.words, scenario.stamps, one[2]), []).append(one)
    return sorted(skies.values(), key=lambda group: -max(size for _, size, *_ in group))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[SEED])
    parser.add_argument("--sizes", type=int, nargs="+", help="default: each scenario's own")
    quick = [method for method in METHODS if method not in SEVERAL]
    parser.add_argument("--methods", nargs="+", default=quick, choices=list(METHODS))
    small = [name for name, scenario in SCENARIOS.items() if scenario.backbone == "small"]
    parser.add_argument("--skies", nargs="+", default=small, choices=list(SCENARIOS))
    parser.add_argument("--before", action="store_true", help="as networks were trained before, for comparison")
    parser.add_argument("--jobs", type=int, default=1, help="skies at once, each in a process of its own")
    parser.add_argument("--docs", type=Path, default=Path(__file__).resolve().parents[3] / "docs")
    parser.add_argument("--only-report", action="store_true", help="run nothing, write the page from the results")
    arguments = parser.parse_args()
    if arguments.before and not JAX:
        parser.error("--before: only the copy in JAX trains as before; set KERAS_BACKEND=jax")
    record = arguments.docs / ("truth-before.jsonl" if arguments.before else RECORD)
    done = {tuple(result[name] for name in ABOUT) for result in read(record)}
    runs = [] if arguments.only_report else [one for one in wanted(arguments) if one not in done]
    if not (runs or done or any(arguments.docs.glob("truth*.jsonl"))):
        parser.error(f"{record}: no result there to report, and none of these is to be run")
    arguments.docs.mkdir(parents=True, exist_ok=True)
    work = partial(of_one_sky, record=record, before=arguments.before)
    if arguments.jobs == 1:
        work(runs)
    else:
        with ProcessPoolExecutor(arguments.jobs, multiprocessing.get_context("spawn")) as pool:
            for _ in pool.map(work, by_sky(runs)):
                pass
    after = read(arguments.docs / "truth.jsonl")
    trainer = read(arguments.docs / "truth-trainer.jsonl")
    before = read(arguments.docs / "truth-before.jsonl")
    for path in write_report(after or trainer, before, arguments.docs, trainer if after else ()):
        print(path)


if __name__ == "__main__":
    main()
