"""Accuracy, precision, recall and f1 against numbers counted by hand."""

import numpy as np
import pytest

from truemorph.components.evaluator.scores import SCORES, confusion, scores

PREDICTED = [1, 1, 1, 0, 0, 0, 0, 0, 0, 1]
LABELS = [1, 1, 0, 1, 0, 0, 0, 0, 0, 1]


def test_counts_by_label_and_prediction() -> None:
    assert confusion(PREDICTED, LABELS).tolist() == [[5, 1], [1, 3]]


def test_scores_by_hand() -> None:
    assert scores([[5, 1], [2, 4]]) == pytest.approx(
        {
            "accuracy": 9 / 12,
            "precision": (5 / 7 + 4 / 5) / 2,
            "recall": (5 / 6 + 4 / 6) / 2,
            "f1": (10 / 13 + 8 / 11) / 2,
        }
    )


def test_the_published_rows_go_together_as_averages_over_the_classes() -> None:
    # Row c: equal errors of both classes of a balanced sample.
    assert scores([[921, 79], [79, 921]]) == pytest.approx(dict.fromkeys(SCORES, 0.921))


def test_swapping_prediction_and_label_swaps_precision_and_recall() -> None:
    there, back = scores(confusion(PREDICTED, LABELS)), scores(confusion(LABELS, PREDICTED))
    assert (there["precision"], there["recall"]) == (back["recall"], back["precision"])


@pytest.mark.parametrize(
    ("counts", "undefined"),
    [
        ([[3, 0], [0, 0]], {"precision", "recall", "f1"}),
        ([[3, 0], [2, 0]], {"precision"}),
        ([[3, 2], [0, 0]], {"recall"}),
        ([[0, 2], [0, 4]], {"precision"}),
        ([[0, 0], [0, 0]], set(SCORES)),
    ],
)
def test_a_ratio_without_objects_is_unknown_and_not_zero(counts: list[list[int]], undefined: set[str]) -> None:
    assert {name for name, value in scores(counts).items() if value is None} == undefined


def test_values_other_than_the_classes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"labels must be 0 to 1. Received: \[2\]"):
        confusion([0, 1], [0, 2])


def test_lengths_must_agree() -> None:
    with pytest.raises(ValueError, match=r"Received: \(2,\) and \(3,\)"):
        confusion(np.zeros(2), np.zeros(3))
