"""Whether squares and products of the features make the catalogue's law truer, on skies of known truth.

    python tests/bench/bench_products.py [--skies half-real own-theta ...] [--seeds 801 812]

A law is fitted to the catalogue of each sky (2,000 half-real galaxies, 3,000 simulated ones, no images) with and
without them, and as a run chooses. Printed is, for disks at alpha 4 to 8, 8 to 12 and 12 to 18, the error of the share
that the law says is called smooth: mean and root mean square over skies. Truth is used for this alone.
"""

import argparse
from unittest.mock import patch

import numpy as np
import numpy.typing as npt
import pandas as pd
from catalogues import catalogue_of, efigi

from truemorph.components.bias_estimator import law as laws
from truemorph.components.bias_estimator.structure import FEATURES
from truemorph.components.laws import DISK, FlipLaw, stored_law
from truemorph.components.simulator.kind import Kind
from truemorph.components.simulator.measured import measure
from truemorph.components.simulator.survey import ARTIFACT

EDGES = (4.0, 8.0, 12.0, 18.0)
SKIES: dict[str, tuple[list[str], bool]] = {
    "half-real": ([], True),
    "half-real-own-theta": (["own-theta=0.5"], True),
    "half-real-own-theta-0.8": (["own-theta=0.8"], True),
    "half-real-s0-own-theta": (["continuum=disk", "own-theta=0.5"], True),
    "plain": ([], False),
    "own-theta": (["own-theta=0.5"], False),
    "own-theta-0.8": (["own-theta=0.8"], False),
    "surface-brightness": (["surface-brightness"], False),
    "measured-features": (["measured-features"], False),
}
"""Switches of each sky, and whether its galaxies are EFIGI's."""
WAYS = {"without": False, "with": True, "chosen": None}
"""What the test of products is made to say; None: what it says."""


def sky_of(words: list[str], stamps: bool, seed: int) -> pd.DataFrame:
    """The catalogue of a sky, with its truth."""
    sky = catalogue_of(words, efigi() if stamps else None, seed, 2000 if stamps else 3000)
    features = measure(sky, seed, Kind.parse(words).measured_features)
    return sky.assign(**features, label_raw=sky["label_seen"].astype(float))[sky["label_seen"] != ARTIFACT]


def fitted(sky: pd.DataFrame, needed: bool | None) -> tuple[FlipLaw, bool]:
    """The law of a sky, and whether products tell the class."""
    table = sky[["alpha", "label_raw", *FEATURES]]
    if needed is None:
        found = laws.bias_law(table, "estimate", observables=None)
    else:
        with patch.object(laws, "_needed", lambda *_: needed):
            found = laws.bias_law(table, "estimate", observables=None)
    law = stored_law(found)
    if not isinstance(law, FlipLaw):
        raise TypeError(f"the sky has no law of two classes. Received: {found['why']}")
    return law, len(found["cv14"]["weights"]) > len(FEATURES)


def errors(sky: pd.DataFrame, law: FlipLaw) -> npt.NDArray[np.float64]:
    """Share of the disks of each bin that the law says is called smooth, less the share that is."""
    disks = sky[sky["label"] == DISK]
    off = law.flip_probability(law.columns(disks)) - (disks["label_seen"] != DISK).to_numpy()
    place = np.searchsorted(EDGES, disks["alpha"].to_numpy())
    return np.array([off[place == k].mean() for k in range(1, len(EDGES))])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--skies", nargs="+", choices=SKIES, default=list(SKIES))
    parser.add_argument("--seeds", type=int, nargs=2, default=[801, 812], metavar=("FIRST", "LAST"))
    parsed = parser.parse_args()
    for name in parsed.skies:
        found: dict[str, list[npt.NDArray[np.float64]]] = {way: [] for way in WAYS}
        chosen = 0
        for seed in range(parsed.seeds[0], parsed.seeds[1] + 1):
            sky = sky_of(*SKIES[name], seed)
            for way, needed in WAYS.items():
                law, products = fitted(sky, needed)
                found[way].append(errors(sky, law))
            chosen += products
        for way, rows in found.items():
            mean, square = np.mean(rows, axis=0), np.sqrt(np.mean(np.square(rows), axis=0))
            numbers = ", ".join(f"{a:+.3f} ({b:.3f})" for a, b in zip(mean, square, strict=True))
            also = f"; products on {chosen} of {len(rows)}" if way == "chosen" else ""
            print(f"{name}, {way}: {numbers}{also}", flush=True)


if __name__ == "__main__":
    main()
