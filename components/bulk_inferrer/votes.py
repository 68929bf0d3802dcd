"""Shares of votes: what volunteers would say of a galaxy, as it is seen and at the best resolution."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from truemorph.components.artifacts.bias_law import BiasLaw
from truemorph.components.artifacts.model_card import TrainedModel
from truemorph.components.artifacts.predictions import VOTES
from truemorph.components.laws import FlipLaw, ShareLaw, VoteLaw
from truemorph.components.trainer.votes import COUNTS, sky_votes


def vote_shares(
    examples: Path,
    table: pd.DataFrame,
    p_disk: npt.NDArray[np.floating],
    law: FlipLaw,
    known: BiasLaw,
    card: TrainedModel,
) -> dict[str, npt.NDArray[np.float64]]:
    """The columns p_votes_disk and p_votes_disk_best; none where no galaxy has counts of votes to learn from.

    Formula: E[votes for disk / votes for smooth or disk | image, alpha], see VoteLaw.shares and ShareLaw.shares; the
    law of votes is the one that taught the network, or is fitted to the training split.

    Args:
        examples: the folder that ExampleGen wrote.
        table: its table.
        p_disk: (N,) p(disk | image) of the debiased network.
        law: the law that it was trained through.
        known: the law of the sky.
        card: of the network.
    """
    train = table[table["split"] == "train"]
    if not train[list(COUNTS)].notna().all(axis=1).any():
        return {}
    votes = _stored(card.votes) or sky_votes(examples, law, known.as_json())
    p_true = np.stack([1.0 - p_disk, p_disk], axis=1)
    resolutions = (law.columns(table), None)
    return {name: votes.shares(p_true, law, seen)[:, 1] for name, seen in zip(VOTES, resolutions, strict=True)}


def _stored(config: Mapping[str, Any] | None) -> VoteLaw | ShareLaw | None:
    """The law of votes of a model.json."""
    if not config:
        return None
    return ShareLaw.from_config(config) if "law" in config else VoteLaw.from_config(config)
