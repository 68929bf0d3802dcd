"""What is no number, and what cannot be sorted, is named and not guessed."""

import numpy as np
import pytest

from truemorph.components.errors import InputError
from truemorph.components.measures.cv14 import cv14_bias


def test_words_for_alpha_are_refused() -> None:
    with pytest.raises(InputError, match=r"alpha: could not convert string.*; give numbers, and drop or mask the rows"):
        cv14_bias([0, 1], ["4.0", "wide"])


def test_labels_of_two_kinds_are_refused() -> None:
    labels = np.array(["disk", 1, "smooth"], dtype=object)
    with pytest.raises(InputError, match=r"labels: .*; give integers or words, and drop the rows without one"):
        cv14_bias(labels, [1.0, 2.0, 3.0])
