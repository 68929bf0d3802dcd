"""Leaves, bins and the counts in them."""

from itertools import pairwise

import numpy as np
import pytest

from truemorph.components.errors import InputError
from truemorph.components.measures.cells import bin_edges, count_cells
from truemorph.components.measures.columns import as_columns, encode_labels
from truemorph.components.measures.redraw import chunks
from truemorph.components.measures.tree import leaves


def split(columns: list[np.ndarray], depth: int, codes: np.ndarray | None = None, tree: str = "cyclic") -> list[list]:
    """Values of the first column in each leaf, tagged through alpha."""
    codes = np.zeros(columns[0].size, dtype=np.uint8) if codes is None else codes
    return [leaf.alpha[0].tolist() for leaf in leaves(columns, [columns[0]], codes, 2, 2, depth, tree)]


def test_edges_are_those_of_the_published_code() -> None:
    assert bin_edges(10, 4).tolist() == [0, 2, 5, 8, 10]
    assert bin_edges([8, 9], 2).tolist() == [[0, 4, 8], [0, 4, 9]]


def test_leaves_split_at_the_median_and_ties_go_right() -> None:
    assert split([np.array([3.0, 1.0, 2.0])], 1) == [[1.0], [3.0, 2.0]]
    assert split([np.array([4.0, 1.0, 3.0, 2.0])], 2) == [[1.0], [2.0], [3.0], [4.0]]
    assert split([np.array([1.0, 2.0, 2.0, 2.0])], 1) == [[1.0], [2.0, 2.0, 2.0]]
    assert split([np.array([5.0, 5.0, 5.0])], 2) == [[5.0, 5.0, 5.0]]
    assert split([np.array([2.0, 1.0])], 0) == [[2.0, 1.0]]


def test_cyclic_tree_takes_the_columns_in_turn() -> None:
    first, second = np.array([1.0, 2.0, 3.0, 4.0]), np.array([2.0, 1.0, 1.0, 2.0])
    assert split([first, second], 2) == [[2.0], [1.0], [3.0], [4.0]]


def test_median_of_neighbouring_floats_does_not_round_an_object_away() -> None:
    low = 1.0
    high = np.nextafter(low, 2.0)
    assert split([np.array([high, low])], 1) == [[low], [high]]


def test_other_tree_takes_the_column_that_parts_the_classes_and_the_mean_where_the_median_is_the_least() -> None:
    useless, telling = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 9.0, 2.0, 8.0])
    codes = np.array([0, 1, 0, 1], dtype=np.uint8)
    assert split([useless, telling], 1, codes, "highest_fraction_difference") == [[1.0, 3.0], [2.0, 4.0]]
    tied = np.array([0.0, 0.0, 0.0, 1.0])
    assert split([tied], 1, codes, "highest_fraction_difference") == [[0.0, 0.0, 0.0], [1.0]]
    assert split([np.ones(4)], 1, codes, "highest_fraction_difference") == [[1.0] * 4]


def cells(alpha: list[list[float]], codes: list[int], bins: int) -> object:
    columns = [np.array(column) for column in alpha]
    array = np.array(codes, dtype=np.uint8)
    return count_cells(leaves([], columns, array, 2, 2, 0, "cyclic"), 2, bins)


def test_counts_by_bin() -> None:
    result = cells([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]], [0, 0, 1, 0, 1, 1], 3)
    assert result.counts.tolist() == [[[2, 0], [1, 1], [0, 2]]]
    assert result.overlaps[0].tolist() == [np.eye(3).tolist()]


def test_objects_tied_across_an_edge_are_shared_between_the_bins() -> None:
    result = cells([[1.0, 2.0, 2.0, 2.0, 3.0, 4.0]], [0, 0, 1, 1, 1, 1], 2)
    assert result.cuts[0].tolist() == [[0, 1, 4, 6]]
    assert result.counts.tolist() == [[[1, 0], [1, 2], [0, 2]]]
    np.testing.assert_allclose(result.overlaps[0], [[[1, 2 / 3, 0], [0, 1 / 3, 1]]])


def test_leaves_with_and_without_ties_stand_side_by_side() -> None:
    alpha = np.array([1.0, 2.0, 3.0, 4.0, 7.0, 7.0, 7.0, 7.0])
    split_by = np.array([0.0] * 4 + [1.0] * 4)
    nodes = leaves([split_by], [alpha], np.array([0, 1] * 4, dtype=np.uint8), 2, 2, 1, "cyclic")
    result = count_cells(nodes, 2, 2)
    assert result.cuts[0].tolist() == [[0, 2, 4], [0, 4, 4]]
    assert result.counts.tolist() == [[[1, 1], [1, 1]], [[2, 2], [0, 0]]]
    np.testing.assert_allclose(result.overlaps[0][1], [[0.5, 0.0], [0.5, 0.0]])


def test_several_observables_are_counted_jointly() -> None:
    result = cells([[1.0, 2.0, 3.0, 4.0], [4.0, 3.0, 2.0, 1.0]], [0, 1, 1, 1], 2)
    assert result.counts.shape == (1, 2, 2, 2)
    assert result.along(0).tolist() == [[[1, 1], [0, 2]]]
    assert result.along(1).tolist() == [[[0, 2], [1, 1]]]


def test_many_bins_are_searched_as_few_are_compared() -> None:
    rng = np.random.default_rng(0)
    alpha, codes = rng.integers(0, 200, 3000).astype(float), rng.integers(0, 2, 3000)
    result = cells([alpha.tolist()], codes.tolist(), 60)
    order = np.argsort(alpha, kind="stable")
    expected = [np.bincount(codes[order][low:high], minlength=2) for low, high in pairwise(result.cuts[0][0])]
    assert result.counts[0].tolist() == np.array(expected).tolist()


def test_too_small_a_leaf_gives_no_cells() -> None:
    assert cells([[1.0, 2.0]], [0, 1], 3) is None


def test_labels_of_any_kind_become_codes() -> None:
    codes, names = encode_labels([7, 3, 7], None)
    assert (codes.tolist(), names) == ([1, 0, 1], (3, 7))
    codes, names = encode_labels([7, 3, 7, 5], [7, 3])
    assert (codes.tolist(), names) == ([0, 1, 0, 2], (7, 3))
    codes, names = encode_labels([-1, 10**12], None)
    assert (codes.tolist(), names) == ([0, 1], (-1, 10**12))
    codes, names = encode_labels(np.array(["disk", "smooth"]), ["smooth", "disk"])
    assert (codes.tolist(), names) == ([1, 0], ("smooth", "disk"))
    assert encode_labels(np.array([True, False]), None)[0].tolist() == [1, 0]
    codes, names = encode_labels(np.arange(300), None)
    assert (codes.tolist(), len(names)) == (list(range(300)), 300)


def test_bad_labels_are_refused() -> None:
    with pytest.raises(InputError, match=r"labels: 1 of 2 are NaN"):
        encode_labels([0.0, np.nan], None)
    with pytest.raises(InputError, match="each class once"):
        encode_labels([0, 1], [0, 0])
    with pytest.raises(ValueError, match=r"shape \(N,\)\. Received: shape \(1, 2\)"):
        encode_labels([[0, 1]], None)


def test_bad_columns_are_refused_with_their_count() -> None:
    with pytest.raises(InputError, match=r"alpha: 2 of 3 values are NaN or infinite"):
        as_columns([1.0, np.nan, np.inf], "alpha")
    with pytest.raises(ValueError, match=r"intrinsic must have shape \(2,\) or \(2, D\)\. Received: shape \(3,\)"):
        as_columns([1.0, 2.0, 3.0], "intrinsic", 2)
    assert [column.dtype for column in as_columns(np.ones((2, 2), dtype=np.float32), "alpha")] == [np.float32] * 2
    assert as_columns([True, False], "alpha")[0].dtype == np.float64


def test_chunks_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("truemorph.components.measures.redraw.DRAWS", 6)
    assert list(chunks(7, 2)) == [3, 3, 1]
    assert list(chunks(2, 100)) == [1, 1]
