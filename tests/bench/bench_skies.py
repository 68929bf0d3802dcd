"""Accuracy against truth on simulated skies: naive, debiased, and a network trained on truth as the ceiling.

    python tests/bench/bench_skies.py [--seeds 101 102 103] [--galaxies 4000] [--out bench-results/skies]

Each sky is run with the demonstration's configuration, theta estimated. The ceiling is the naive network on the same
sky with votes rewritten from the truth. Prints one line a sky and writes skies.json.
"""

import argparse
import json
import time
from pathlib import Path

import pandas as pd

from truemorph.components.files import read_json
from truemorph.components.simulator.sky import simulate
from truemorph.config import load_config
from truemorph.dag import create_pipeline
from truemorph.demo import SETTINGS, STAMP, THETA, run_demo
from truemorph.local import LocalDagRunner
from truemorph.sources import Sources

ANSWERS = {"smooth": "a01_smooth", "disk": "a02_features_or_disk", "star_or_artifact": "a03_star_or_artifact"}


def truthful_votes(sky: Path) -> None:
    """Rewrite the votes of a sky so that their majority is the truth."""
    votes = pd.read_csv(sky / "votes.csv", dtype={"dr7objid": str})
    truth = pd.read_csv(sky / "truth.csv", dtype={"objid": str}).set_index("objid")["label"]
    label = votes["dr7objid"].map(truth)
    for name, answer in ANSWERS.items():
        for kind in ("fraction", "weighted_fraction", "debiased"):
            votes[f"t01_smooth_or_features_{answer}_{kind}"] = (label == name).astype(float)
    votes.to_csv(sky / "votes.csv", index=False)


def ceiling(out: Path, galaxies: int, seed: int) -> float:
    """Accuracy against truth, on the test split, of the network trained on truth."""
    sky = out / "sky"
    if not sky.exists():
        simulate(sky, galaxies=galaxies, seed=seed, theta=THETA, size=STAMP)
        truthful_votes(sky)
    sources = Sources(sky / "votes.csv", sky / "photometry.csv", sky / "images", structure=sky / "structure.csv")
    config = load_config(settings=[*SETTINGS, "trainer.methods=network_raw"])
    LocalDagRunner(out / "run").run(create_pipeline(config, sources, out / "run", truth=sky / "truth.csv"))
    report = read_json(out / "run" / "report" / "report.json")
    return float(next(row["accuracy_vs_truth"] for row in report["rows"] if row["key"] == "network_raw"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[101, 102, 103])
    parser.add_argument("--galaxies", type=int, default=4000)
    parser.add_argument("--out", type=Path, default=Path("bench-results/skies"))
    parsed = parser.parse_args()
    results = []
    for seed in parsed.seeds:
        began = time.monotonic()
        out = (parsed.out / f"seed-{seed}").absolute()
        run_demo(out, parsed.galaxies, seed)
        report = read_json(out / "report" / "report.json")
        seconds = time.monotonic() - began
        scores = {row["key"]: row["accuracy_vs_truth"] for row in report["rows"]}
        scores["trained_on_truth"] = ceiling((parsed.out / f"seed-{seed}-truth").absolute(), parsed.galaxies, seed)
        theta = report["theta"]
        results.append({"seed": seed, "theta": theta["value"], "seconds": round(seconds), "accuracy_vs_truth": scores})
        line = ", ".join(f"{key} {value:.3f}" for key, value in scores.items() if value is not None)
        print(f"seed {seed}: theta {theta['value']:.2f} {theta['interval']}, {seconds:.0f} s: {line}", flush=True)
    (parsed.out / "skies.json").write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
