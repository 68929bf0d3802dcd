"""Half-real galaxies: well resolved stamps with expert classes, seen as a survey with worse resolution would."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from truemorph.components.errors import InputError
from truemorph.components.laws import DISK, SMOOTH
from truemorph.components.simulator.kind import Kind
from truemorph.components.simulator.labels import SHOWN, label_seen
from truemorph.components.simulator.resolved import light, structure
from truemorph.components.simulator.survey import normal, observe, uniform
from truemorph.components.tables.table import column_names, listing, read_columns

CLASSES = {"e": SMOOTH, "elliptical": SMOOTH, "smooth": SMOOTH, "disk": DISK, "spiral": DISK, "s0": None}
"""What experts write, in small letters; a lenticular's class is the one that is asked for."""
KPC = (5.5, 0.4)
"""Median of Rhlr and spread of its logarithm: a stamp has no distance."""


@dataclass(frozen=True)
class Stamps:
    """Well resolved stamps.

    Args:
        folder: of the images.
        classes: table of their names (first column) and expert classes (column class, or truth).
    """

    folder: Path
    classes: Path

    def read(self) -> pd.DataFrame:
        """Name, file and class of each stamp that has both; those without an image are no part of it.

        Raises:
            InputError: if a column, a class or every image is missing, or a name is there twice.
        """
        names = column_names(self.classes)
        known = [name for name in names[1:] if name.lower() in ("class", "truth")]
        if not known:
            raise InputError(
                f"{self.classes}: no column 'class' or 'truth' among {listing(names)}; rename the column of classes"
            )
        table = read_columns(self.classes, [names[0], known[0]], ids=[names[0]])
        table = pd.DataFrame({"stamp": table[names[0]].astype(str), "expert": table[known[0]].astype(str)})
        strange = table.loc[~table["expert"].str.lower().isin(CLASSES), "expert"].unique()
        if len(strange):
            raise InputError(f"{self.classes}: unknown class {strange[0]!r} in {known[0]}; give {', '.join(CLASSES)}")
        twice = table["stamp"][table["stamp"].duplicated()]
        if len(twice):
            raise InputError(f"{self.classes}: {twice.iloc[0]} appears twice; a galaxy may be in one split only")
        files = {path.stem: path for path in sorted(self.folder.glob("*")) if path.suffix.lower() in (".jpg", ".png")}
        table = table[table["stamp"].isin(files)]
        if table.empty:
            raise InputError(f"{self.folder}: no JPEG or PNG is named after a row of {self.classes}")
        return table.assign(file=[str(files[name]) for name in table["stamp"]]).reset_index(drop=True)


def draw_stamps(
    stamps: Stamps, galaxies: int | None, seed: int, theta: float, *, null: bool, kind: Kind
) -> pd.DataFrame:
    """Set the galaxies of stamps at drawn resolutions, and let volunteers label them.

    Each stamp is one galaxy, so none is in two splits. Sersic index and ellipticity are measured on the stamp, size
    and distance drawn, the class is the expert's.

    Args:
        stamps: where they are.
        galaxies: how many; None: all.
        seed: the sky's number: it chooses among the stamps, and draws alpha.
        theta: scale of the mislabelling.
        null: whether every label seen is the true one.
        kind: switches; continuum is the class of lenticulars, smooth by default, since volunteers call most of them so.

    Returns:
        As `truemorph.components.simulator.catalogue.draw`, with stamp, file and petro_pixels.
    """
    table = stamps.read()
    count = len(table) if galaxies is None else galaxies
    if count > len(table):
        raise InputError(f"{stamps.folder} has {len(table)} stamps with a class. Received: {count}; ask for fewer")
    chosen = table.iloc[np.random.default_rng((seed, 6)).permutation(len(table))[:count]].reset_index(drop=True)
    measured = np.array([structure(light(file).sum(axis=0)) for file in chosen["file"]])
    u = uniform(count, seed)
    Rhlr = np.exp(normal(u[4], np.log(KPC[0]), KPC[1], np.log(1.4), np.log(17.0))).round(2)
    sky = observe(measured[:, 1].round(2), measured[:, 2].round(2), Rhlr, u).join(chosen)
    expert = chosen["expert"].str.lower().map(CLASSES)
    lenticular = expert.isna()
    label = np.where(lenticular, DISK if kind.continuum == "disk" else SMOOTH, expert.fillna(SMOOTH)).astype(np.int64)
    mean, spread = SHOWN["e"]
    sky = sky.assign(label=label, lenticular=lenticular, petro_pixels=measured[:, 0], hidden=(mean - sky["e"]) / spread)
    return label_seen(sky, u, seed, theta, null=null, kind=kind)
