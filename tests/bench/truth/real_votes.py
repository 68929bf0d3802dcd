"""Laws held against real votes of galaxies whose class experts know, or which are seen well elsewhere.

    python tests/bench/truth/real_votes.py [--shared ../shared] [--docs docs] [--resamples 200]

Three samples: disks of Nair & Abraham 2010 with the votes of Galaxy Zoo 2, the same in the deeper coadds of Stripe 82,
and the artificially redshifted galaxies of Galaxy Zoo: Hubble (FERENGI) that most volunteers of Galaxy Zoo 2 call
disks. Each law is fitted to their labels, by majority; the classes are known, so no classifier is fitted. Writes
real-votes.json, which the page of the truth benchmark shows.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from truemorph.components.laws import CatalogueLikelihood, ExponentialLaw, FlipLaw, GalaxyLaw, LogisticLaw, StretchedLaw

Floats = npt.NDArray[np.float64]
FOLDS = 10
EDGES = (0.0, 10.0, 14.0, 18.0, 24.0, 32.0, np.inf)
CERTAIN = 700.0
"""Logit of p(disk): all of these galaxies are disks."""
LAWS: dict[str, FlipLaw] = {
    "exponential": ExponentialLaw(10.0),
    "logistic": LogisticLaw(midpoint=10.0, width=3.0),
    "stretched": StretchedLaw(theta=10.0, beta=1.5),
    "θ of each galaxy's own": GalaxyLaw(ExponentialLaw(10.0), (), (), (), (), 0.5),
    "θ by surface brightness": GalaxyLaw(ExponentialLaw(10.0), ("mu",), (21.0,), (1.0,), (0.1,), 0.5),
}
"""Where each law's fit starts."""
PAPER = "the paper's θ = 9.18"


@dataclass(frozen=True)
class Sample:
    """Disks and how volunteers labelled them.

    Args:
        name: what it is.
        observables: (N, J) alpha, and surface brightness where it is known.
        label: (N,) labels by majority.
        galaxy: (N,) ids: pictures of one galaxy are not independent.
    """

    name: str
    observables: Floats
    label: npt.NDArray[np.int64]
    galaxy: npt.NDArray[Any]

    def rows(self, index: Any) -> "Sample":
        """Some of its pictures."""
        return Sample(self.name, self.observables[index], self.label[index], self.galaxy[index])

    def seen_by(self, law: FlipLaw) -> Floats:
        """What a law takes of the observables."""
        wants = isinstance(law, GalaxyLaw) and law.names
        return self.observables if wants else self.observables[:, 0]


def samples(shared: Path) -> list[Sample]:
    """The samples; ties and unknown resolutions are left out."""
    experts = pd.read_csv(shared / "real" / "expert_classes.csv", dtype={"dr7objid": str})
    experts = experts[(experts["truth"] == "disk") & experts["alpha"].notna()].assign(galaxy=experts["dr7objid"])
    hubble = pd.read_csv(shared / "ferengi" / "ferengi.csv", dtype={"objid": str})
    hubble = hubble[hubble["gz2_disk"] > 0.5].assign(galaxy=hubble["objid"])
    coadd = ("coadd_a01_smooth_weighted_fraction", "coadd_a02_features_or_disk_weighted_fraction")
    return [
        _sample("expert disks, Galaxy Zoo 2", experts, ("gz2_smooth_weighted", "gz2_disk_weighted"), ["alpha"]),
        _sample("expert disks, coadds", experts, coadd, ["alpha"]),
        _sample("FERENGI", hubble, ("smooth", "disk"), ["alpha", "mu_max_i"]),
    ]


def _sample(name: str, table: pd.DataFrame, shares: tuple[str, str], observables: list[str]) -> Sample:
    smooth, disk = (table[column] for column in shares)
    table = table[smooth.notna() & disk.notna() & (smooth != disk)]
    label = (table[shares[1]] > table[shares[0]]).to_numpy(np.int64)
    return Sample(name, table[observables].to_numpy(np.float64), label, table["galaxy"].to_numpy())


def fit(start: FlipLaw, sample: Sample) -> FlipLaw:
    """The most likely law of a family."""
    free = tuple(name for name, value in start.parameters.items() if value.size)
    nothing = np.zeros((len(sample.label), 0))
    likelihood = CatalogueLikelihood(nothing, sample.label, sample.seen_by(start), start, free=free)
    _, at = likelihood.minimise(likelihood.start(np.array([CERTAIN])), held=[0])
    return likelihood.law_at(at)


def loss(law: FlipLaw, sample: Sample) -> Floats:
    """Negative log-likelihood of each label."""
    observables = sample.seen_by(law)
    return np.asarray(-np.where(sample.label == 1, law.log_keep(observables), law.log_flip(observables)))


def held_out(start: FlipLaw | None, sample: Sample) -> Floats:
    """Loss of each picture under a law that has not seen its galaxy; without a law, under the share of flips."""
    names = np.unique(sample.galaxy)
    place = np.random.default_rng(0).permutation(len(names)) % FOLDS
    fold = place[np.searchsorted(names, sample.galaxy)]
    found = np.empty(len(fold))
    for part in range(FOLDS):
        rest, others = sample.rows(fold != part), sample.rows(fold == part)
        if start is not None:
            found[fold == part] = loss(fit(start, rest), others)
        else:
            share = rest.label.mean()
            found[fold == part] = -np.log(np.where(others.label == 1, share, 1.0 - share))
    return found


def theta_of(law: FlipLaw) -> float | None:
    """The scale of a law on one footing: alpha at which it flips as many as an exponential law does at theta.

    Returns:
        It; None where even at alpha = 0.5 fewer are flipped.
    """
    alpha = np.geomspace(0.5, 100.0, 4000)
    middle = alpha
    if isinstance(law, GalaxyLaw) and law.names:
        middle = np.column_stack([alpha, np.full(len(alpha), law.mean[0])])
    above = law.flip_probability(middle) >= np.exp(-0.5)
    return float(alpha[above][-1]) if above.any() else None


def interval(start: FlipLaw, sample: Sample, resamples: int) -> list[float | None]:
    """95 % interval of theta over galaxies, drawn again with all their pictures; None as theta_of has it."""
    rng, names = np.random.default_rng(1), np.unique(sample.galaxy)
    pictures = [np.flatnonzero(sample.galaxy == name) for name in names]
    drawn = (rng.integers(len(names), size=len(names)) for _ in range(resamples))
    found = [theta_of(fit(start, sample.rows(np.concatenate([pictures[i] for i in one])))) for one in drawn]
    ordered = sorted(found, key=lambda theta: theta or 0.0)
    return [ordered[round(share * (resamples - 1))] for share in (0.025, 0.975)]


def about(sample: Sample, resamples: int) -> dict[str, Any]:
    """All that is reported of a sample."""
    alpha, flipped = sample.observables[:, 0], sample.label == 0
    place = np.searchsorted(EDGES, alpha, side="right") - 1
    bins = [place == k for k in range(len(EDGES) - 1)]
    n = [int(part.sum()) for part in bins]

    def shares(values: npt.ArrayLike) -> list[float | None]:
        return [float(np.asarray(values)[part].mean()) if part.any() else None for part in bins]

    constant, paper = held_out(None, sample), loss(ExponentialLaw(9.18), sample)
    laws: dict[str, Any] = {"a constant share": {"loss": float(constant.mean())}}
    laws[PAPER] = {"loss": float(paper.mean()), "flips": shares(ExponentialLaw(9.18).flip_probability(alpha))}
    for name, start in LAWS.items():
        if isinstance(start, GalaxyLaw) and len(start.names) >= sample.observables.shape[1]:
            continue
        law = fit(start, sample)
        laws[name] = {
            "law": law.get_config(),
            "theta": theta_of(law),
            "interval": interval(start, sample, resamples),
            "loss": float(held_out(start, sample).mean()),
            "flips": shares(law.flip_probability(sample.seen_by(law))),
        }
        print(sample.name, name, laws[name], flush=True)
    galaxies = len(np.unique(sample.galaxy))
    return {"pictures": len(alpha), "galaxies": galaxies, "n": n, "flips": shares(flipped), "laws": laws}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--docs", type=Path, default=Path(__file__).resolve().parents[3] / "docs")
    parser.add_argument("--resamples", type=int, default=200)
    arguments = parser.parse_args()
    if not (arguments.shared / "real" / "expert_classes.csv").exists():
        parser.error(f"{arguments.shared}/real/expert_classes.csv: not there; docs/truth.md says where to get it")
    found = {sample.name: about(sample, arguments.resamples) for sample in samples(arguments.shared)}
    text = json.dumps({"edges": EDGES[:-1], "samples": found}, indent=1, allow_nan=False)
    (arguments.docs / "real-votes.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
