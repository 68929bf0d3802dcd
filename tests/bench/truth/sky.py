"""A sky of the truth benchmark: simulated once, its pixels and catalogue kept in one file, subsets of it for each n."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from truemorph.components.simulator.sky import simulate

STAMP, IMAGE_SIZE, CROP = 132, 64, 207 / 424
"""132 px of stamp, of which the networks see the central 64."""
TEST = 4000
"""Galaxies that no method sees, on which all are scored."""
INTRINSIC = ("petroRad_r_kpc", "absPetroMag_r", "redshift")
FEATURES = ("ng", "e", "Rhlr")


@dataclass(frozen=True)
class Sky:
    """Galaxies of a simulated sky, artifacts left out.

    Args:
        pixels: (N, 64, 64, 3) uint8.
        table: objid, alpha, ng, e, Rhlr, intrinsic columns, smooth_count, disk_count, label_raw, label_debiased.
        truth: (N,) true class, for the ceiling and for scoring only.
    """

    pixels: npt.NDArray[np.uint8]
    table: pd.DataFrame
    truth: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.truth)

    def rows(self, index: Any) -> "Sky":
        """Some of its galaxies."""
        return Sky(self.pixels[index], self.table.iloc[index].reset_index(drop=True), self.truth[index])


def load_sky(folder: Path, seed: int, galaxies: int) -> Sky:
    """The sky of a seed, simulated where it is not there yet; the first TEST galaxies are the test set.

    Galaxy i is the same in a sky of any size, so that a sky for n = 1,000 is the beginning of that for 10,000.

    Args:
        folder: where skies are kept.
        seed: its number.
        galaxies: how many are needed, beside the test set.
    """
    wanted = int(1.04 * (galaxies + TEST)) + 100  # 3 % are artifacts
    kept = folder / f"sky-{seed}.npz"
    if not kept.exists() or json.loads((folder / f"sky-{seed}.json").read_text())["galaxies"] < wanted:
        _make(folder, seed, wanted)
    with np.load(kept, allow_pickle=False) as file:
        table = pd.DataFrame({name: file[name] for name in file.files if name not in ("pixels", "truth")})
        sky = Sky(file["pixels"], table, file["truth"])
    if len(sky) < galaxies + TEST:
        raise RuntimeError(f"sky {seed}: {len(sky)} galaxies, {galaxies + TEST} needed")
    return sky.rows(np.arange(galaxies + TEST))


def _make(folder: Path, seed: int, galaxies: int) -> None:
    import tensorflow as tf

    from truemorph.components.example_gen.check import catalogue
    from truemorph.components.example_gen.ingest_sources import open_sources
    from truemorph.components.images.decode import decode

    home = folder / f"sky-{seed}"
    if not home.exists():
        simulate(home, galaxies=galaxies, seed=seed, size=STAMP)
    tables: dict[str, Any] = {kind: home / f"{kind}.csv" for kind in ("votes", "photometry", "structure")}
    table = catalogue(open_sources(**tables))
    table["objid"] = table["objid"].astype(str)
    truth = pd.read_csv(home / "truth.csv", dtype={"objid": str})
    truth = truth[truth["label"] != "star_or_artifact"]
    table = truth[["objid", "label"]].merge(table[table["label_raw"].notna()], on="objid")
    images = [
        decode(tf.constant((home / "images" / f"{i}.jpg").read_bytes()), CROP, IMAGE_SIZE) for i in table["objid"]
    ]
    columns = ["alpha", "label_raw", "label_debiased", "smooth_count", "disk_count", *FEATURES, *INTRINSIC]
    values: dict[str, Any] = {name: table[name].to_numpy(np.float64, na_value=np.nan) for name in columns}
    staged = folder / f".sky-{seed}.npz"
    np.savez(
        staged,
        pixels=np.rint(np.stack(images)).astype(np.uint8),
        truth=(table["label"] == "disk").to_numpy(np.int64),
        objid=table["objid"].to_numpy(str),
        **values,
    )
    staged.replace(folder / f"sky-{seed}.npz")
    (folder / f"sky-{seed}.json").write_text(json.dumps({"galaxies": galaxies}))
    shutil.rmtree(home)
