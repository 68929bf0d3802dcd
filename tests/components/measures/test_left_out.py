"""What cannot be measured: masked values, missing ones, an observable without spread."""

import astropy.units as u
import numpy as np
import pandas as pd
import pytest
from astropy.table import MaskedColumn

from truemorph.components.errors import InputError
from truemorph.components.measures.cv14 import cv14_bias
from truemorph.components.measures.cv18 import cv18_bias
from truemorph.components.measures.paired import paired_difference


@pytest.fixture
def sky() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels that follow alpha, alpha, and one intrinsic column."""
    rng = np.random.default_rng(3)
    alpha = rng.uniform(4, 40, 600)
    return (rng.random(600) < alpha / 40).astype(int), alpha, rng.normal(size=600)


@pytest.mark.parametrize("mask", [np.ma.array, MaskedColumn])
def test_masked_rows_are_left_out_and_counted(mask: type, sky: tuple[np.ndarray, ...]) -> None:
    labels, alpha, size = sky
    hidden = np.arange(600) % 5 == 0
    seen = np.where(hidden, -9999.0, alpha)
    result = cv14_bias(labels, mask(seen, mask=hidden))
    assert result.value == cv14_bias(labels[~hidden], alpha[~hidden]).value
    assert (result.n, result.masked, result.outside) == (480, 120, 0)
    within = cv18_bias(mask(labels, mask=hidden), alpha, size, depth=1)
    assert within.value == cv18_bias(labels[~hidden], alpha[~hidden], size[~hidden], depth=1).value
    table = np.ma.array(np.column_stack([size, seen]), mask=np.column_stack([hidden, np.roll(hidden, 1)]))
    assert cv18_bias(labels, alpha, table, depth=1).masked == 240
    pair = paired_difference(mask(labels, mask=hidden), labels, alpha)
    assert (pair.n, pair.value, pair.a.masked) == (480, 0.0, 120)


def test_missing_values_that_are_not_masked_are_refused(sky: tuple[np.ndarray, ...]) -> None:
    labels, alpha, _ = sky
    with pytest.raises(InputError, match=r"alpha: .*NA.*drop or mask the rows"):
        cv14_bias(labels, pd.Series(alpha).astype("Float64").where(alpha > 5).astype(object))
    with pytest.raises(InputError, match=r"labels: .*drop the rows without one"):
        cv14_bias(np.array([None, 1] * 300, dtype=object), alpha)


def test_quantities_count_by_their_ranks(sky: tuple[np.ndarray, ...]) -> None:
    labels, alpha, size = sky
    plain = cv18_bias(labels, alpha, size, depth=1).value
    assert cv18_bias(labels, alpha * u.dimensionless_unscaled, size * u.kpc, depth=1).value == plain


def test_an_observable_without_spread_is_a_status(sky: tuple[np.ndarray, ...]) -> None:
    labels, alpha, size = sky
    result = cv14_bias(labels, np.full(600, 5.0))
    assert (result.status, result.value, result.noise_floor) == ("not_identifiable", None, None)
    assert result.why == "alpha is 5.0 for all 600 objects: it cannot show a bias"
    both = cv18_bias(labels, np.column_stack([alpha, np.zeros(600)]), size, depth=1)
    assert both.status == "not_identifiable" and "column 1 of alpha" in str(both.why)
    assert paired_difference(labels, 1 - labels, np.full(600, 5.0)).status == "not_identifiable"


def test_numbers_that_stand_for_none_are_named(sky: tuple[np.ndarray, ...]) -> None:
    labels, alpha, _ = sky
    alpha[:9] = -9999.0
    with pytest.warns(UserWarning, match="alpha: 9 of 600 values, such as -9999, are far from all others"):
        cv14_bias(labels, alpha)
