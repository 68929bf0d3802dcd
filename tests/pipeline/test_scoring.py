"""Scoring against truth, by hand."""

import numpy as np
import pandas as pd
import pytest

from truemorph.components.errors import InputError
from truemorph.components.methods import METHODS
from truemorph.scoring import accuracy_vs_truth

TRUTH = pd.DataFrame({"objid": ["1", "2", "3", "4"], "label": ["disk", "smooth", "disk", "disk"]})
PREDICTIONS = pd.DataFrame(
    {
        "objid": ["1", "2", "3", "4"],
        "split": ["test", "test", "test", "train"],
        "label_raw": pd.array([0, 0, 1, 0], dtype="Int64"),
        "label_debiased": pd.array([1, None, 1, 0], dtype="Int64"),
        "p_disk_naive": [0.2, 0.6, 0.7, 0.1],
        "p_disk": [0.8, 0.5, 0.9, 0.1],
        "p_disk_cv14": [np.nan, np.nan, np.nan, np.nan],
    }
)


def test_only_the_split_and_only_what_is_known_counts() -> None:
    scores = accuracy_vs_truth(PREDICTIONS, TRUTH)
    assert list(scores) == [method.key for method in METHODS]
    assert scores["labels_raw"] == pytest.approx(2 / 3)
    assert scores["labels_debiased"] == 1.0
    assert scores["network_raw"] == pytest.approx(1 / 3)
    assert scores["ddb"] == 1.0
    assert scores["cv14"] is None
    assert scores["network_debiased_labels"] is None


def test_an_object_without_truth_is_an_error() -> None:
    with pytest.raises(InputError, match="1 objects of the test split have no truth"):
        accuracy_vs_truth(PREDICTIONS, TRUTH.iloc[1:])
