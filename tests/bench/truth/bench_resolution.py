"""The resolution test held against the truth: does it foretell how right a network is at low resolution?

    python tests/bench/truth/bench_resolution.py [--skies main another-hand] [--seeds 301 302 303]
        [--size 11500] [--docs docs]

Two networks a sky are taught by 3,000 galaxies, one by the labels as they are, one by votes through the law. Others
whose label can be trusted are shown to them at lower resolutions, as `truemorph resolution-test` does; all others that
were seen at these resolutions are held against their true class. One line of resolution.jsonl a sky and network; what
is there is not run again. It draws resolution.svg.
"""

import argparse
import json
import os
from itertools import pairwise
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import numpy.typing as npt
from bench_truth import SKIES, rounded
from degraded import psf_pixels
from engine import Trained
from methods import by_votes
from scenarios import SCENARIOS, labels_of
from sky import Sky, load_sky
from task import Task

from truemorph.components.evaluator.ladder import climb, noises, trusted
from truemorph.components.laws import FlipLaw, stored_law

RUNGS = (16.0, 13.0, 10.0, 8.0, 6.0, 5.0)
"""Those of the report at which a sky has galaxies enough."""
EDGES = (18.0, 14.4, 11.4, 8.9, 6.9, 5.5, 4.5)
"""A galaxy seen at an alpha between two of these is held against the rung between them."""
TAUGHT = 3000
"""Galaxies that teach; all others test."""
Floats = npt.NDArray[np.float64]
Found = dict[str, Any]


def against_truth(name: str, size: int, seed: int) -> list[Found]:
    """One sky: what was foretold, and what is true, of the naive network and of the one taught by votes."""
    scenario = SCENARIOS[name]
    sky = load_sky(SKIES, scenario.words, scenario.stamps, seed, size)
    label, other, test = labels_of(sky, name, seed), sky.rows(slice(TAUGHT)), sky.rows(slice(TAUGHT, None))
    task = Task(other, test, label[:TAUGHT], label[TAUGHT:], scenario, seed)
    told = task.law()
    law = stored_law(told)
    sure = trust(law, task)
    found = []
    for key, network in {"naive": task.naive, "votes": by_votes(task, task.label, law, told)}.items():
        rungs, p = foretold(network, test, sure, task.test_label), network.p_disk(test.pixels)
        true = [seen(p, test, ~sure, low, high) for high, low in pairwise(EDGES)]
        about = {"scenario": name, "size": size, "seed": seed, "network": key, "n": int(sure.sum())}
        found.append(about | {"foretold": rungs, "true": true} | verdict(rungs, true))
    return found


def trust(law: FlipLaw, task: Task) -> npt.NDArray[np.bool_]:
    """Whose label can be trusted, as the Evaluator sees it."""
    counts = task.test.table[["smooth_count", "disk_count"]].to_numpy(np.float64)
    p_flip = law.flip_probability(law.columns(task.test.table))
    return trusted(p_flip, counts[:, 1] / counts.sum(axis=1), task.test_label)


def foretold(network: Trained, test: Sky, sure: npt.NDArray[np.bool_], label: npt.NDArray[np.int64]) -> list[Found]:
    """The resolution test of the test galaxies, a rung each."""
    alphas, images = test.table["alpha"].to_numpy(), test.pixels[sure].astype(np.float32)
    alpha = alphas[sure]
    sigma = psf_pixels(test)[sure]
    noise = noises(alphas, lambda rows: test.pixels[rows], images, alpha, sigma, RUNGS)
    return climb({"": network.p_disk}, images, alpha, label[sure] == 1, sigma, rungs=RUNGS, noise=noise)[""][1:]


def seen(p_disk: Floats, sky: Sky, others: npt.NDArray[np.bool_], low: float, high: float) -> Found:
    """Accuracy and error of the share of disks of galaxies seen in a bin of alpha, against their true class."""
    alpha = sky.table["alpha"].to_numpy()
    part = others & (alpha >= low) & (alpha < high)
    p, disk = p_disk[part], sky.truth[part] == 1
    if not len(p):
        return {"n": 0}
    right, off = (p > 0.5) == disk, p - disk
    return {
        "n": len(p),
        "accuracy": float(right.mean()),
        "share_drift": float(off.mean()),
        "sd": float(off.std()),
    }


def verdict(rungs: list[Found], true: list[Found]) -> Found:
    """Both as means over the rungs, weighted as the sky's galaxies lie, with 95 % intervals, and whether they agree.

    The same galaxies stand at every rung, so the half widths of what was foretold are averaged; the galaxies that the
    truth is of are others, and their chance adds in quadrature.
    """
    known = [(rung, part) for rung, part in zip(rungs, true, strict=True) if rung["status"] == "ok" and part["n"]]
    if not known:
        return {"accuracy": None, "share_drift": None}
    weights = np.array([part["n"] for _, part in known], np.float64)
    answer: Found = {}
    for what in ("accuracy", "share_drift"):
        says, is_so = (
            np.average([side[what] for side in sides], weights=weights) for sides in zip(*known, strict=True)
        )
        ends = np.average([rung[f"{what}_interval"] for rung, _ in known], axis=0, weights=weights)
        variance = [
            part["accuracy"] * (1 - part["accuracy"]) if what == "accuracy" else part["sd"] ** 2 for _, part in known
        ]
        chance = 1.96 * np.sqrt(np.average(variance, weights=weights) / weights.sum())
        half = np.hypot(says - ends[0] if is_so < says else ends[1] - says, chance)
        answer[what] = {
            "foretold": float(says),
            "interval": [float(end) for end in ends],
            "true": float(is_so),
            "chance": float(chance),
            "agrees": bool(abs(is_so - says) <= half),
        }
    return answer


def draw(results: list[Found], path: Path) -> None:
    """What was foretold beside what is true, a point a sky and network."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    matplotlib.rcParams.update({"svg.hashsalt": "resolution", "svg.fonttype": "none"})
    figure, axes = pyplot.subplots(1, 2, figsize=(9, 4.2), layout="constrained")
    titles = {"accuracy": "accuracy", "share_drift": "share of disks, found less true"}
    kinds = list(dict.fromkeys((result["scenario"], result["network"]) for result in results))
    names = list(dict.fromkeys(name for name, _ in kinds))
    for axis, (what, title) in zip(axes, titles.items(), strict=True):
        for name, network in kinds:
            points = [r[what] for r in results if (r["scenario"], r["network"]) == (name, network) and r[what]]
            if points:
                says = np.array([point["foretold"] for point in points])
                ends: Floats = np.array([point["interval"] for point in points]).T
                axis.errorbar(
                    [point["true"] for point in points],
                    says,
                    xerr=[point["chance"] for point in points],
                    yerr=np.abs(ends - says),
                    fmt="os^Dv"[names.index(name) % 5],
                    color="tab:grey" if network == "naive" else "tab:blue",
                    label=f"{name}, {network}",
                )
        reach = (*axis.get_xlim(), *axis.get_ylim())
        axis.plot([min(reach), max(reach)], [min(reach), max(reach)], color="black", linewidth=0.8)
        axis.set(title=title, xlabel="against the truth, at α 4.5 to 18", ylabel="by the resolution test, no truth")
    axes[0].legend(fontsize="x-small")
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    skies = ["main", "another-hand"]
    parser.add_argument("--skies", nargs="+", default=skies, choices=list(SCENARIOS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[301, 302, 303])
    parser.add_argument("--size", type=int, default=11500)
    parser.add_argument("--docs", type=Path, default=Path(__file__).resolve().parents[3] / "docs")
    arguments = parser.parse_args()
    record = arguments.docs / "resolution.jsonl"
    results = [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()] if record.exists() else []
    done = {(result["scenario"], result["size"], result["seed"]) for result in results}
    for about in ((name, arguments.size, seed) for seed in arguments.seeds for name in arguments.skies):
        if about in done:
            continue
        for result in rounded(against_truth(*about)):
            with record.open("a", encoding="utf-8") as file:
                file.write(json.dumps(result, allow_nan=False) + "\n")
            results.append(result)
            print(*about, {what: result[what] for what in ("network", "n", "accuracy", "share_drift")}, flush=True)
    draw(results, arguments.docs / "resolution.svg")


if __name__ == "__main__":
    main()
