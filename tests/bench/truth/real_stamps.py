"""Networks taught by real volunteers through laws of the catalogue, and asked about well resolved galaxies shown worse.

    python tests/bench/truth/real_stamps.py [--laws plain products naive ...] [--seeds 1 2 3] [--shared ../shared]

The stamps are those of Galaxy Zoo 1 in ../shared (6,355, central pixels). Sérsic index, ellipticity and g - r are
measured on them, and theta of the law may depend on all three; `products` lets their squares and products tell the
class. Three networks each learn from two thirds of the galaxies and answer for the others. Printed are, for galaxies
seen at alpha above 22, the shares called disk as they were seen, and as they would be at alpha = 7 and 5, of those that
volunteers called disk and smooth. Nobody knows which of the latter are disks.
"""

import argparse
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import tensorflow as tf
from networks import fit_network
from sky import IMAGE_SIZE, Sky

from truemorph.components.bias_estimator.cv14 import fit_cv14
from truemorph.components.images.decode import decode
from truemorph.components.images.degrade import degrade, noise_seen
from truemorph.components.laws import ExponentialLaw, FlipLaw
from truemorph.components.simulator.resolved import light, structure

Floats = npt.NDArray[np.float64]
FEATURES = ("ng", "e", "g_r")
LAWS = ("plain", "products", "given", "naive")
FOLDS, WELL, LOWER = 3, 22.0, (7.0, 5.0)
PETRO = 16.6
"""Petrosian radius in pixels of what the networks see: about 55 of the stamp's 212."""


def measured(file: str) -> tuple[float, float, float]:
    """Sérsic index, ellipticity and g - r of a stamp."""
    image = light(file)
    petro, ng, e = structure(image.sum(axis=0))
    x = np.arange(image.shape[1]) - (image.shape[1] - 1) / 2.0
    g, r, _ = image[:, np.hypot(x[None, :], x[:, None]) < petro].sum(axis=1)
    return ng, e, -2.5 * np.log10(g / r) if min(g, r) > 0 else np.nan


@cache
def stamps(shared: Path) -> Sky:
    """The stamps that could be measured; nobody knows their true class, which stands as -1."""
    table = pd.read_csv(shared / "real" / "gz1.csv", dtype={"objid": str})
    files = [str(shared / "real" / "gz1" / name) for name in table["file"]]
    table[list(FEATURES)] = [measured(file) for file in files]
    known = np.flatnonzero(table["g_r"].abs() < 3.0)
    pixels = [np.rint(decode(tf.io.read_file(files[row]), 1.0, IMAGE_SIZE)).astype(np.uint8) for row in known]
    return Sky(np.stack(pixels), table.iloc[known].reset_index(drop=True), np.full(len(known), -1))


def law_of(sky: Sky, name: str) -> FlipLaw | None:
    """The law of a name; theta depends on the features where Akaike's criterion prefers that."""
    if name in ("given", "naive"):
        return ExponentialLaw(10.3) if name == "given" else None
    x, seen = sky.table[list(FEATURES)].to_numpy(), (sky.table["label_raw"] == "disk").to_numpy()
    given = (x, seen, sky.table["alpha"].to_numpy())
    fit = fit_cv14(*given, products=name == "products")
    if fit.misfit and fit.misfit.likelier:
        fit = fit_cv14(*given, products=name == "products", observables=x, names=FEATURES)
    print(f"{name}: {fit}; -log likelihood {fit.nll:.1f}", flush=True)
    return fit.law


def called(sky: Sky, law: FlipLaw | None, seed: int) -> Floats:
    """(N, 3) p(disk) of the well resolved galaxies, as seen and at each lower resolution; NaN for the others."""
    alpha, label = sky.table["alpha"].to_numpy(), np.asarray(sky.table["label_raw"] == "disk", np.float64)
    fold, p = np.random.default_rng(0).permutation(len(sky)) % FOLDS, np.full((len(sky), 1 + len(LOWER)), np.nan)
    for part in range(FOLDS):
        network = fit_network(sky, np.where(fold == part, np.nan, label), 10 * seed + part, law=law)
        rows = np.flatnonzero((fold == part) & (alpha > WELL))
        p[rows, 0] = network.p_disk(sky.pixels[rows])
        for place, lower in enumerate(LOWER, 1):
            noise = noise_seen(sky.pixels[np.abs(np.log(alpha / lower)) < 0.08][:400])
            shown = degrade(sky.pixels[rows], alpha[rows], lower, PETRO / alpha[rows], noise=noise, seed=part)
            p[rows, place] = network.p_disk(np.rint(shown).astype(np.uint8))
    return p


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--laws", nargs="+", choices=LAWS, default=list(LAWS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parsed = parser.parse_args()
    sky = stamps(parsed.shared)
    for name in parsed.laws:
        law = law_of(sky, name)
        for seed in parsed.seeds:
            disk = called(sky, law, seed) > 0.5
            well = sky.table["alpha"] > WELL
            for label in ("disk", "smooth"):
                those = (well & (sky.table["label_raw"] == label)).to_numpy()
                shares = ", ".join(f"{share:.3f}" for share in disk[those].mean(axis=0))
                print(
                    f"{name}, seed {seed}: {those.sum()} called {label}, as seen and at {LOWER}: {shares}", flush=True
                )


if __name__ == "__main__":
    main()
