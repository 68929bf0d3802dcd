"""The majority of votes, and where there is none."""

import numpy as np
import pytest

from truemorph.components.example_gen.labels import majority


@pytest.mark.parametrize(
    ("votes", "outcome"),
    [
        ((27, 10, 1), "smooth"),
        ((0.263, 0.711, 0.026), "disk"),
        ((0.2, 0.3, 0.5), "star_or_artifact"),
        ((0.4, 0.4, 0.2), "tie"),
        ((0.2, 0.4, 0.4), "tie"),
        ((1, 1, 1), "tie"),
        ((0, 0, 0), "no_votes"),
        ((np.nan, np.nan, np.nan), "no_votes"),
        ((0.7, np.nan, 0.1), "bad_votes"),
        ((0.7, -9999, 0.1), "bad_votes"),
        ((np.inf, 0.2, 0.1), "bad_votes"),
        ((0.4, 0.4, np.nan), "bad_votes"),
        ((1e-9, 0, 0), "smooth"),
    ],
)
def test_outcome(votes: tuple[float, float, float], outcome: str) -> None:
    assert majority([votes]).tolist() == [outcome]


def test_no_galaxies() -> None:
    assert majority(np.empty((0, 3))).tolist() == []
