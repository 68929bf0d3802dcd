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
from truemorph.components.classes import columns_of
from truemorph.components.laws import FlipLaw, Law, ShareLaw, VoteLaw
from truemorph.components.trainer.votes import COUNTS, fit_votes, sky_votes

FEW = 20_000
"""Galaxies that the fit of more than two classes takes at most."""


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


def class_shares(table: pd.DataFrame, p: npt.NDArray[np.float64], law: Law) -> dict[str, npt.NDArray[np.float64]]:
    """The same columns of classes of your own.

    Formula: as vote_shares, where the votes for each class are counted; else the shares of labels, p(seen = j | image,
    alpha) = sum over k of p(seen = j | y = k, alpha) p(y = k | image), which are p at the best resolution.

    Args:
        table: see vote_shares; `<class>_count` of every class where votes are counted.
        p: (N, K) p(class | image) of the debiased network.
        law: the confusion that it was trained through.
    """
    counts, seen = [f"{name}_count" for name in law.classes], law.columns(table)
    known = np.flatnonzero((table["split"] == "train") & table.reindex(columns=counts).notna().all(axis=1))
    shares = (law.seen(p, seen), p)
    if known.size:
        rows = np.random.default_rng(0).permutation(known)[:FEW]
        votes, _ = fit_votes(table[counts].to_numpy()[rows].astype(np.float64), seen[rows], law, p[rows])
        shares = (votes.shares(p, law, seen), votes.shares(p, law))
    columns = (columns_of(name, law.classes) for name in VOTES)
    return {each: share[:, k] for names, share in zip(columns, shares, strict=True) for k, each in enumerate(names)}


def _stored(config: Mapping[str, Any] | None) -> VoteLaw | ShareLaw | None:
    """The law of votes of a model.json."""
    if not config:
        return None
    return ShareLaw.from_config(config) if "law" in config else VoteLaw.from_config(config)
