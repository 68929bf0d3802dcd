"""Whether p_disk_lo and p_disk_hi mean what they say, against the truth of simulated and half-real skies.

    python tests/bench/bench_intervals.py [--skies plain another-hand half-real grey ...] [--seeds 11 12]
        [--galaxies 2000] [--folds 1 5] [--epochs 20] [--out bench-results/intervals]

On each sky the network that learns through the law is trained as in the demonstration. The galaxies whose label no
network of their p_disk saw are sorted by p_disk and cut into groups of 40. A group's interval is mean p_disk, with the
mean distances to p_disk_lo and p_disk_hi (the errors of galaxies that look alike go together), and the scatter of
drawing 40 galaxies, in quadrature. Coverage is the share of groups whose share of true disks lies inside; `alone`
counts the scatter of drawing and nothing else. Most groups lie next to 0 or 1, where any interval covers; those of
p_disk between 0.05 and 0.95 are counted apart. Then the shares of disks that `truemorph fractions` finds among these
galaxies, in four bins each of redshift, alpha and Rhlr, are held against those of the population that the sky was
drawn from. Truth is used for this alone. Prints one line a run and writes intervals.json.
"""

import argparse
import json
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from catalogues import efigi
from held_shares import held_shares, population_of

from truemorph.components.simulator.kind import Kind
from truemorph.components.simulator.sky import simulate
from truemorph.config import load_config
from truemorph.dag import create_pipeline
from truemorph.demo import SETTINGS, STAMP
from truemorph.local import LocalDagRunner
from truemorph.sources import Sources

SKIES: dict[str, tuple[list[str], bool]] = {
    "plain": ([], False),
    "another-hand": (["another-hand"], False),
    "half-real": ([], True),
    "half-real-own-theta": (["own-theta"], True),
    **{
        word: ([word], False)
        for word in (
            "grey",
            "continuum=disk",
            "balanced",
            "measured-features",
            "surface-brightness",
            "own-theta",
            "class-on-alpha",
            "continuous-votes",
        )
    },
}
"""Switches of each sky, and whether its galaxies are EFIGI's stamps."""
GROUP = 40
LINE = (
    "{sky} {seed}, folds {folds}: {covered} of {groups} groups covered, {alone} by drawing alone, {between_covered} of "
    "{between} between 0.05 and 0.95; {law_held} and {p_disk_held} of {shares} shares held, by the law and by p_disk; "
    "mean half width {width:.3f}, p_disk less truth {bias:+.3f}, accuracy {accuracy:.3f}, {seconds} s"
)


def covered(table: pd.DataFrame, truth: npt.NDArray[np.float64]) -> pd.DataFrame:
    """A row for each group of galaxies of like p_disk: their p_disk, share of true disks, and whether it is inside."""
    order = np.argsort(table["p_disk"].to_numpy(), kind="stable")
    rows = []
    for part in np.array_split(order, max(len(order) // GROUP, 1)):
        p, low, high = (float(table[name].to_numpy()[part].mean()) for name in ("p_disk", "p_disk_lo", "p_disk_hi"))
        share = float(truth[part].mean())
        drawing = p * (1 - p) / len(part)
        own = (high - p) if share > p else (p - low)
        away = abs(share - p)
        inside, alone = away <= np.sqrt(own**2 + drawing), away <= np.sqrt(drawing)
        rows.append({"p": p, "share": share, "own": own, "inside": bool(inside), "alone": bool(alone)})
    return pd.DataFrame(rows)


def run(home: Path, sky: str, seed: int, parsed: argparse.Namespace, folds: int) -> dict[str, Any]:
    """Train on a sky and hold its catalogue against the truth."""
    words, stamps = SKIES[sky]
    source = home / "sky"
    real = efigi() if stamps else None
    if not source.exists():
        simulate(source, galaxies=parsed.galaxies, seed=seed, size=STAMP, kind=Kind.parse(words), stamps=real)
    tables: dict[str, Any] = {name: source / f"{name}.csv" for name in ("votes", "photometry", "structure")}
    settings = ["trainer.methods=ddb", f"trainer.folds={folds}", f"trainer.epochs={parsed.epochs}"]
    steps = create_pipeline(
        load_config(settings=[*SETTINGS, *settings]), Sources(images=source / "images", **tables), home / f"run-{folds}"
    )
    began = time.monotonic()
    last = next(place for place, step in enumerate(steps) if step.id == "BulkInferrer")
    LocalDagRunner(home / f"run-{folds}").run(steps[: last + 1])
    table = pd.read_parquet(home / f"run-{folds}" / "predictions.parquet")
    truth = pd.read_csv(source / "truth.csv", dtype={"objid": str}).set_index("objid")["label"]
    table["truth"] = table["objid"].map(truth)
    table = table[~table["in_training"] & (table["truth"] != "star_or_artifact")]
    unseen = home / f"unseen-{folds}"
    unseen.mkdir(exist_ok=True)
    table.to_parquet(unseen / "predictions.parquet")
    shutil.copy(home / f"run-{folds}" / "bias_law.json", unseen)
    held = held_shares(unseen / "predictions.parquet", population_of(words, real, seed))
    groups = covered(table, np.asarray(table["truth"] == "disk", np.float64))
    between = groups[groups["p"].between(0.05, 0.95)]
    return {
        "sky": sky,
        "seed": seed,
        "folds": folds,
        "galaxies": len(table),
        "groups": len(groups),
        "covered": int(groups["inside"].sum()),
        "alone": int(groups["alone"].sum()),
        "between": len(between),
        "between_covered": int(between["inside"].sum()),
        "law_held": held["law"][0],
        "p_disk_held": held["p_disk"][0],
        "shares": held["p_disk"][1],
        "bias": float((groups["p"] - groups["share"]).mean()),
        "width": float(groups["own"].mean()),
        "accuracy": float(((table["p_disk"] > 0.5) == (table["truth"] == "disk")).mean()),
        "seconds": round(time.monotonic() - began),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--skies", nargs="+", choices=SKIES, default=["plain", "another-hand", "half-real"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[11, 12])
    parser.add_argument("--galaxies", type=int, default=2000)
    parser.add_argument("--folds", type=int, nargs="+", default=[1, 5])
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--out", type=Path, default=Path("bench-results/intervals"))
    parsed = parser.parse_args()
    results = []
    for sky in parsed.skies:
        for seed in parsed.seeds:
            for folds in parsed.folds:
                found = run((parsed.out / f"{sky}-{seed}").absolute(), sky, seed, parsed, folds)
                results.append(found)
                print(LINE.format(**found), flush=True)
    for folds in parsed.folds:
        some = [each for each in results if each["folds"] == folds]
        groups = sum(each["groups"] for each in some)
        inside, alone = (sum(each[name] for each in some) / groups for name in ("covered", "alone"))
        between, held = (sum(each[name] for each in some) for name in ("between", "between_covered"))
        print(
            f"folds {folds}: coverage {inside:.2f} of {groups} groups, by drawing alone {alone:.2f}; "
            f"{held / max(between, 1):.2f} of {between} between 0.05 and 0.95 (0.68 is meant)"
        )
    (parsed.out / "intervals.json").write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
