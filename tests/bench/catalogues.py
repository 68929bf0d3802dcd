"""Catalogues of skies of known truth, without images."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from truemorph.components.simulator.catalogue import draw
from truemorph.components.simulator.kind import Kind
from truemorph.components.simulator.stamps import Stamps, draw_stamps
from truemorph.components.simulator.survey import ARTIFACT

EFIGI = Path("../shared/real/efigi")
THETA = 9.18


def efigi() -> Stamps:
    """The stamps of half-real skies."""
    return Stamps(EFIGI, EFIGI.with_suffix(".csv"))


def catalogue_of(words: Sequence[str], stamps: Stamps | None, seed: int, galaxies: int | None) -> pd.DataFrame:
    """The galaxies of a sky, those left out that are none; galaxies: how many are drawn, None: all stamps."""
    kind = Kind.parse(words)
    if stamps is None:
        sky = draw(galaxies or 0, seed, THETA, kind=kind)
    else:
        sky = draw_stamps(stamps, galaxies, seed, THETA, null=False, kind=kind)
    return sky[sky["label"] != ARTIFACT]
