"""Galaxies of three classes whose labels are wrong where they are badly resolved."""

from pathlib import Path

import numpy as np
import pandas as pd

from truemorph.components.laws import ConfusionLaw, Observable

NAMES = ("smooth", "disk", "artifact")
LAW = ConfusionLaw(
    NAMES,
    (Observable("alpha"),),
    ((None, None, None), (5.0, None, None), (1.0, 0.5, None)),
    (((0.0,), (0.0,), (0.0,)), ((2.5,), (0.0,), (0.0,)), ((1.0,), (1.0,), (0.0,))),
)


def confused(n: int, seed: int = 0) -> pd.DataFrame:
    """A table of objid, alpha, truth and label, the latter two in words."""
    rng = np.random.default_rng(seed)
    true, alpha = rng.choice(3, n, p=(0.4, 0.4, 0.2)), np.exp(rng.normal(2.2, 0.6, n))
    below = np.cumsum(LAW.matrix(alpha)[np.arange(n), true], axis=1)
    seen = np.minimum((rng.random(n)[:, None] > below).sum(axis=1), 2)
    names = np.array(NAMES)
    ids = [f"g{i:05d}" for i in range(n)]
    place = {"ra": rng.uniform(0, 360, n), "dec": np.degrees(np.arcsin(rng.uniform(-1, 1, n)))}
    return pd.DataFrame({"objid": ids, "alpha": alpha, "truth": names[true], "label": names[seen], **place})


def write_sky(folder: Path, n: int, seed: int = 0, size: int = 32) -> pd.DataFrame:
    """The table as table.csv and an image of each galaxy: a blob, a bar of light across one, or a streak."""
    from PIL import Image

    table = confused(n, seed)
    rng, (y, x) = np.random.default_rng(seed), np.mgrid[:size, :size] - (size - 1) / 2
    (folder / "images").mkdir(parents=True)
    for row in table.itertuples():
        angle = rng.uniform(0, np.pi)
        along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
        light = {
            "smooth": 180 * np.exp(-(x**2 + y**2) / 50),
            "disk": 90 * np.exp(-(x**2 + y**2) / 80) + 90 * np.exp(-(along**2) / 90 - across**2 / 6),
            "artifact": 180 * np.exp(-(across**2) / 4),
        }[str(row.truth)]
        pixels = np.clip(light + rng.normal(12, 5, (size, size)), 0, 255).astype(np.uint8)
        Image.fromarray(np.repeat(pixels[:, :, None], 3, axis=2)).save(folder / "images" / f"{row.objid}.png")
    table.drop(columns="truth").to_csv(folder / "table.csv", index=False)
    table.to_csv(folder / "known.csv", index=False)
    return table
