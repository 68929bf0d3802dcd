"""The label of each galaxy, given or by majority of the votes, and the votes themselves."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from truemorph.components.classes import CLASS_NAMES, WITHOUT_LABEL
from truemorph.components.example_gen.matching import Masks, column
from truemorph.components.example_gen.survey import ANSWERS

OUTCOMES = ("smooth", "disk", "star_or_artifact")
# Beyond this no share of votes is one.
_HUGE = 1e6


def labels(
    votes: pd.DataFrame, votes_column: str, rejected: Masks, classes: Sequence[str] = CLASS_NAMES
) -> dict[str, Any]:
    """Labels, counts and shares of the votes; rows without a label are added to `rejected`."""
    used = np.column_stack([column(votes, f"{answer}_{votes_column}") for answer in ANSWERS])
    if f"artifact_{votes_column}" not in votes:
        used[:, 2] = 0.0
    outcome = _given(votes["label_raw"].to_numpy(), classes) if "label_raw" in votes else _majority(used, classes)
    if "label_raw" in votes and f"smooth_{votes_column}" not in votes:
        used[:] = np.nan
    elif votes_column == "count":
        total = used.sum(axis=1, keepdims=True)
        used = np.divide(used, total, out=np.full_like(used, np.nan), where=total > 0)
    else:
        outcome = np.where((used > 1).any(axis=1), "bad_votes", outcome)
    for reason in WITHOUT_LABEL:
        rejected[reason] = outcome == reason
    columns: dict[str, Any] = {"label_raw": _labels(outcome, classes)}
    debiased = np.column_stack([column(votes, f"{answer}_debiased") for answer in ANSWERS])
    debiased = np.where((debiased >= 0) & (debiased <= _HUGE), debiased, np.nan)
    for place, answer in enumerate(ANSWERS):
        count = column(votes, f"{answer}_count")
        whole = np.isfinite(count) & (count >= 0) & (count < 2.0**53) & (np.floor(count) == count)
        columns[f"{answer}_count"] = _whole(np.where(whole, count, np.nan))
        columns[f"{answer}_debiased"] = debiased[:, place].copy()
        columns[f"{answer}_fraction"] = used[:, place]
    debiased[:, 2] = np.nan_to_num(debiased[:, 2])
    return columns | {"label_debiased": _labels(_majority(debiased, classes), classes)}


def majority(votes: npt.ArrayLike) -> npt.NDArray[Any]:
    """Outcome of each galaxy's vote.

    Args:
        votes: (N, 3) votes for smooth, features or disk, star or artifact: counts or shares, >= 0, NaN where unknown.

    Returns:
        (N,) text: 'smooth', 'disk' or 'star_or_artifact'; 'tie' where two answers share the first place exactly;
        'no_votes' where nothing is known or nobody voted; 'bad_votes' where a part is unknown, negative or infinite.

    Example:
        >>> majority([[27, 10, 1], [3, 3, 1], [0, 0, 0], [2, np.nan, 0]]).tolist()
        ['smooth', 'tie', 'no_votes', 'bad_votes']

    References:
        Medina-Rosales & Cabrera-Vives 2021, section 3: majority vote, 'star or artifact' dropped.
    """
    votes = np.asarray(votes, dtype=np.float64)
    known = np.isfinite(votes) & (votes >= 0)
    counted = np.where(known, votes, 0.0)
    most = counted.max(axis=1, keepdims=True)
    outcome = np.array(OUTCOMES, dtype=object)[counted.argmax(axis=1)]
    outcome[(counted == most).sum(axis=1) > 1] = "tie"
    outcome[~known.all(axis=1)] = "bad_votes"
    outcome[np.isnan(votes).all(axis=1) | (votes == 0).all(axis=1)] = "no_votes"
    return outcome


def _majority(votes: npt.NDArray[np.float64], classes: Sequence[str]) -> npt.NDArray[Any]:
    """Outcomes of the votes; a star or artifact is one of a class where there is such a class."""
    outcome, third = majority(votes), ANSWERS[2]
    if third in classes:
        outcome[outcome == OUTCOMES[2]] = third
    return outcome


def _given(labels: npt.NDArray[np.float64], classes: Sequence[str]) -> npt.NDArray[Any]:
    """Outcomes where the label itself is given: a class by its number, NaN, or anything else, which is none."""
    outcome = np.full(len(labels), "bad_label", dtype=object)
    for label, name in enumerate(classes):
        outcome[labels == label] = name
    outcome[np.isnan(labels)] = "no_label"
    return outcome


def _labels(outcome: npt.NDArray[Any], classes: Sequence[str]) -> Any:
    labels = np.full(len(outcome), np.nan)
    for label, name in enumerate(classes):
        labels[outcome == name] = label
    return _whole(labels)


def _whole(values: npt.NDArray[np.float64]) -> Any:
    """Whole numbers as nullable integers, NA where NaN."""
    return pd.arrays.IntegerArray(np.nan_to_num(values).astype(np.int64), np.isnan(values))
