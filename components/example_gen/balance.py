"""A balanced sample, as the paper's: as many smooth galaxies as disks by the raw label, drawn by the hash of the id."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from truemorph.components.classes import DISK, SMOOTH
from truemorph.components.example_gen.splits import Plan
from truemorph.components.examples.draws import hash_words

Turns = Mapping[int, Any]


def turns(galaxies: pd.DataFrame, plan: Plan) -> Turns:
    """For each raw label the turns, uint64, of the galaxies that can be kept: a sample takes the lowest."""
    kept = galaxies[galaxies["reason"].isna()]
    words = hash_words(kept["objid"].to_list(), plan.seed)[:, 2]
    return {label: words[(kept["label_raw"] == label).to_numpy()] for label in (SMOOTH, DISK)}


def last_turns(shards: Iterable[Turns]) -> Mapping[int, int]:
    """For each raw label the highest turn that stays, when as many of each class as of the rarer one stay."""
    shards = list(shards)
    words = {label: np.sort(np.concatenate([shard[label] for shard in shards])) for label in (SMOOTH, DISK)}
    fewest = min(len(words[SMOOTH]), len(words[DISK]))
    return {label: int(words[label][fewest - 1]) if fewest else -1 for label in (SMOOTH, DISK)}


def drawn(galaxies: pd.DataFrame) -> list[list[int]]:
    """For each raw label how many galaxies a sample keeps, and how many it leaves out."""
    kept, out = galaxies["reason"].isna(), galaxies["reason"] == "not_sampled_balance"
    of_label = [galaxies["label_raw"] == label for label in (SMOOTH, DISK)]
    return [[int((mine & which).sum()) for which in (kept, out)] for mine in of_label]


def sample(galaxies: pd.DataFrame, plan: Plan, last: Mapping[int, int]) -> pd.DataFrame:
    """The galaxies, with those rejected whose turn comes after the last of their class."""
    galaxies = galaxies.copy()
    kept = galaxies[galaxies["reason"].isna()]
    words = hash_words(kept["objid"].to_list(), plan.seed)[:, 2]
    over = [int(word) > last[label] for word, label in zip(words, kept["label_raw"], strict=True)]
    galaxies.loc[kept.index[over], "reason"] = "not_sampled_balance"
    return galaxies
