"""Votes to labels: the answer with the most votes wins."""

from typing import Any

import numpy as np
import numpy.typing as npt

OUTCOMES = ("smooth", "disk", "star_or_artifact")


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
