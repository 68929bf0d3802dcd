"""Laws held against real votes of galaxies whose class experts know, or which are seen well elsewhere.

    python tests/bench/truth/real_votes.py [--shared ../shared] [--docs docs]

Three samples: disks of Nair & Abraham 2010 with the votes of Galaxy Zoo 2, the same in the deeper coadds of Stripe 82,
and the artificially redshifted galaxies of Galaxy Zoo: Hubble (FERENGI) that most volunteers of Galaxy Zoo 2 call
disks. Each law is fitted to their labels, by majority, as `truemorph fit-law` does. Writes real-votes.json, which the
page of the truth benchmark shows.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from truemorph.components.bias_estimator.known import bootstrap, candidates, fit_known, held_out_loss, log_loss
from truemorph.components.laws import FLIP_LAWS, ExponentialLaw

Floats = npt.NDArray[np.float64]
EDGES = (0.0, 10.0, 14.0, 18.0, 24.0, 32.0, np.inf)
PAPER = ExponentialLaw(9.18)


@dataclass(frozen=True)
class Sample:
    """Disks and how volunteers labelled them.

    Args:
        name: what it is.
        observables: (N, 1 + J) alpha, and what else is known.
        names: (J,) what that is.
        seen_disk: (N,) whether most volunteers saw a disk.
        galaxy: (N,) number of the galaxy: pictures of one galaxy are not independent.
    """

    name: str
    observables: Floats
    names: tuple[str, ...]
    seen_disk: npt.NDArray[np.bool_]
    galaxy: npt.NDArray[np.int64]


def samples(shared: Path) -> list[Sample]:
    """The samples; ties and unknown resolutions are left out."""
    experts = pd.read_csv(shared / "real" / "expert_classes.csv", dtype={"dr7objid": str})
    experts = experts[(experts["truth"] == "disk") & experts["alpha"].notna()].assign(objid=experts["dr7objid"])
    hubble = pd.read_csv(shared / "ferengi" / "ferengi.csv", dtype={"objid": str})
    coadd = ("coadd_a01_smooth_weighted_fraction", "coadd_a02_features_or_disk_weighted_fraction")
    return [
        _sample("expert disks, Galaxy Zoo 2", experts, ("gz2_smooth_weighted", "gz2_disk_weighted"), ()),
        _sample("expert disks, coadds", experts, coadd, ()),
        _sample("FERENGI", hubble[hubble["gz2_disk"] > 0.5], ("smooth", "disk"), ("mu_max_i",)),
    ]


def _sample(name: str, table: pd.DataFrame, shares: tuple[str, str], names: tuple[str, ...]) -> Sample:
    smooth, disk = (table[column] for column in shares)
    table = table[smooth.notna() & disk.notna() & (smooth != disk)]
    seen = (table[shares[1]] > table[shares[0]]).to_numpy(bool)
    galaxy = pd.factorize(table["objid"])[0].astype(np.int64)
    return Sample(name, table[["alpha", *names]].to_numpy(np.float64), names, seen, galaxy)


def about(sample: Sample) -> dict[str, Any]:
    """All that is reported of a sample; what is compared with no law held out: the share of flips of all."""
    values, seen, galaxy = sample.observables, sample.seen_disk, sample.galaxy
    place = np.searchsorted(EDGES, values[:, 0], side="right") - 1
    bins = [place == k for k in range(len(EDGES) - 1)]

    def shares(flips: Floats) -> list[float | None]:
        return [float(flips[part].mean()) if part.any() else None for part in bins]

    share = seen.mean()
    laws: dict[str, Any] = {
        "one share for all α": {"loss": float(-np.log(np.where(seen, share, 1.0 - share)).mean())},
        "the paper's θ = 9.18": {
            "loss": float(log_loss(PAPER, values, seen).mean()),
            "flips": shares(PAPER.flip_probability(values[:, 0])),
        },
    }
    for candidate in candidates(list(FLIP_LAWS), bool(sample.names)):
        likelihood, at = fit_known(candidate, values, seen, sample.names)
        law = likelihood.law_at(at)
        interval, _ = bootstrap(likelihood, at, galaxy)
        laws[candidate.name] = {
            "law": law.get_config(),
            "theta": law.scale,
            "interval": list(interval),
            "loss": float(held_out_loss(candidate, values, seen, sample.names, galaxy).mean()),
            "flips": shares(np.exp(law.log_flip(values[:, : 1 + len(law.observables)]))),
        }
    n = [int(part.sum()) for part in bins]
    flips = shares((~seen).astype(np.float64))
    return {"pictures": len(seen), "galaxies": int(galaxy.max() + 1), "n": n, "flips": flips, "laws": laws}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--docs", type=Path, default=Path(__file__).resolve().parents[3] / "docs")
    arguments = parser.parse_args()
    if not (arguments.shared / "real" / "expert_classes.csv").exists():
        parser.error(f"{arguments.shared}/real/expert_classes.csv: not there; docs/truth.md says where to get it")
    found = {sample.name: about(sample) for sample in samples(arguments.shared)}
    text = json.dumps({"edges": EDGES[:-1], "samples": found}, indent=1, allow_nan=False)
    (arguments.docs / "real-votes.json").write_text(text + "\n", encoding="utf-8")
    print(arguments.docs / "real-votes.json")


if __name__ == "__main__":
    main()
