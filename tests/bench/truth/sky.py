"""A sky of the truth benchmark: simulated once, its pixels and catalogue kept in one file, subsets of it for each n."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from truemorph.components.simulator.kind import Kind
from truemorph.components.simulator.sky import simulate
from truemorph.components.simulator.stamps import Stamps

STAMP, IMAGE_SIZE = 132, 64
"""132 px of stamp, of which the networks see the central 64: 207 / 424 of it."""
EFIGI = Path("../shared/real/efigi")
"""Stamps of the half-real skies, beside the checkout, and efigi.csv beside them."""
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


def load_sky(folder: Path, words: Sequence[str], stamps: bool, seed: int, wanted: int) -> Sky:
    """The sky of a kind and a seed, simulated where it is not there yet.

    Galaxy i of a drawn sky is the same whatever its number, so that a sky for n = 1,000 is the beginning of that for
    10,000.

    Args:
        folder: where skies are kept.
        words: its switches.
        stamps: whether its galaxies are EFIGI's.
        seed: its number.
        wanted: how many galaxies are needed.
    """
    name = "-".join(["sky", *(["stamps"] if stamps else []), *words, str(seed)])
    drawn = None if stamps else int(1.04 * wanted) + 100  # 3 % are artifacts
    kept = folder / f"{name}.npz"
    if not kept.exists() or (drawn and json.loads((folder / f"{name}.json").read_text())["galaxies"] < drawn):
        _make(folder / name, words, stamps, seed, drawn)
    with np.load(kept, allow_pickle=False) as file:
        table = pd.DataFrame({name: file[name] for name in file.files if name not in ("pixels", "truth")})
        sky = Sky(file["pixels"], table, file["truth"])
    if len(sky) < wanted:
        raise RuntimeError(f"{name}: {len(sky)} galaxies, {wanted} needed")
    return sky.rows(np.arange(wanted))


def _make(home: Path, words: Sequence[str], stamps: bool, seed: int, galaxies: int | None) -> None:
    from PIL import Image

    from truemorph.components.example_gen.check import catalogue
    from truemorph.components.example_gen.ingest_sources import open_sources

    if not home.exists():
        source = Stamps(EFIGI, EFIGI.with_suffix(".csv")) if stamps else None
        simulate(home, galaxies=galaxies, seed=seed, size=STAMP, kind=Kind.parse(words), stamps=source)
    tables: dict[str, Any] = {kind: home / f"{kind}.csv" for kind in ("votes", "photometry", "structure")}
    table = catalogue(open_sources(**tables))
    table["objid"] = table["objid"].astype(str)
    truth = pd.read_csv(home / "truth.csv", dtype={"objid": str})
    truth = truth[truth["label"] != "star_or_artifact"]
    table = truth[["objid", "label"]].merge(table[table["label_raw"].notna()], on="objid")
    # The central pixels as they are: decode would not resample them either.
    first = (STAMP - IMAGE_SIZE) // 2
    cut = (first, first, first + IMAGE_SIZE, first + IMAGE_SIZE)
    images = [np.asarray(Image.open(home / "images" / f"{i}.jpg").crop(cut)) for i in table["objid"]]
    columns = ["alpha", "label_raw", "label_debiased", "smooth_count", "disk_count", *FEATURES, *INTRINSIC]
    values: dict[str, Any] = {name: table[name].to_numpy(np.float64, na_value=np.nan) for name in columns}
    staged = home.with_name(f".{home.name}.npz")
    np.savez(
        staged,
        pixels=np.stack(images),
        truth=(table["label"] == "disk").to_numpy(np.int64),
        objid=table["objid"].to_numpy(str),
        **values,
    )
    staged.replace(home.with_name(f"{home.name}.npz"))
    home.with_name(f"{home.name}.json").write_text(json.dumps({"galaxies": galaxies}))
    shutil.rmtree(home)
