"""Examples joined with predictions, and the labels of each row of Table 1."""

import numpy as np
import pandas as pd
import pytest
from predicted import galaxies

from truemorph.components.errors import InputError
from truemorph.components.evaluator.galaxies import join, row_labels
from truemorph.components.methods import METHODS


def test_classes_of_a_network_are_p_above_a_half() -> None:
    table = pd.DataFrame({"label_raw": pd.array([0, 1, None], dtype="Int64"), "p_disk": [0.5, 0.51, np.nan]})
    found = row_labels(table)
    np.testing.assert_array_equal(found["ddb"], [0, 1, np.nan])
    np.testing.assert_array_equal(found["labels_raw"], [0, 1, np.nan])
    assert np.isnan(found["cv14"]).all() and list(found) == [method.key for method in METHODS]


def test_join_keeps_the_order_of_the_examples() -> None:
    table = galaxies(30)
    examples, predictions = table.drop(columns="p_disk"), table[["objid", "alpha", "p_disk"]]
    joined = join(examples, predictions.sample(frac=1, random_state=0))
    assert joined["objid"].tolist() == table["objid"].tolist()
    assert joined["p_disk"].tolist() == table["p_disk"].tolist()
    assert "alpha_x" not in joined


def test_join_refuses_other_objects_and_repeated_ones() -> None:
    table = galaxies(30)
    with pytest.raises(InputError, match=r"objid '588017702948962343' and 1 more are in only one"):
        join(table, table.iloc[2:])
    with pytest.raises(InputError, match=r"predictions: column 'objid' holds '588017702948962343' more than once"):
        join(table, pd.concat([table, table.iloc[:1]]))
