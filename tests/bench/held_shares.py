"""Whether the intervals of `truemorph fractions` hold the share of disks in the population behind a sky."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from catalogues import catalogue_of

from truemorph.components.evaluator.table_fractions import table_fractions
from truemorph.components.laws import DISK
from truemorph.components.simulator.stamps import Stamps

BY = ("redshift", "alpha", "Rhlr")
"""Columns to bin by, one after the other, in four bins each."""
WAYS = ("law", "p_disk")
DRAWN, AGAIN, APART = 200_000, 10, 1_000_000
"""Galaxies of a simulated population, drawings of all stamps, and how far its seed is from the sky's."""


def population_of(words: Sequence[str], stamps: Stamps | None, seed: int) -> pd.DataFrame:
    """Galaxies of the kind of a sky, with the columns of BY and whether each is a disk."""
    seeds = range(seed + APART, seed + APART + (1 if stamps is None else AGAIN))
    count = DRAWN if stamps is None else None
    drawn = pd.concat([catalogue_of(words, stamps, each, count) for each in seeds])
    return drawn[list(BY)].assign(disk=drawn["label"] == DISK)


def held_shares(table: Path, population: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """For each way of WAYS, how many combined 95 % intervals hold the share of the population, and how many there are.

    Args:
        table: a catalogue of galaxies whose labels no network saw, with bias_law.json beside it.
        population: see population_of.
    """
    held = dict.fromkeys(WAYS, (0, 0))
    for name in BY:
        for cell in table_fractions(table, [name])["bins"]:
            inside = population[name].between(cell["place"][name]["low"], cell["place"][name]["high"])
            share = float(population["disk"][inside].mean())
            for way in WAYS:
                if way in cell["shares"]:
                    low, high = cell["shares"][way]["combined"]
                    held[way] = held[way][0] + int(low <= share <= high), held[way][1] + 1
    return held
