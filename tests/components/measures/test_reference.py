"""The measures against plain loops written from their definitions, on cases drawn at random."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truemorph.components.measures.cv14 import cv14_bias
from truemorph.components.measures.cv18 import cv18_bias

TREES = ("cyclic", "highest_fraction_difference")
WORDS = ("last", "first", "overall")


class Case(NamedTuple):
    """A catalogue and the options of a measurement."""

    labels: np.ndarray
    alpha: np.ndarray
    intrinsic: np.ndarray
    classes: list[int] | None
    reference: list[str]
    bins: int
    depth: int
    tree: str
    min_count: float


class Expected(NamedTuple):
    """What plain loops find: L, or None where a leaf or the whole has too few objects."""

    value: float | None
    n: int
    populated: int


def plain_bias(case: Case) -> Expected:
    """L by its definition, one object at a time."""
    classes = sorted(set(case.labels.tolist())) if case.classes is None else case.classes
    kept = [i for i in range(len(case.labels)) if case.labels[i] in classes]
    if len(kept) < max(2**case.depth * case.bins * case.min_count, case.bins):
        return Expected(None, len(kept), 0)
    leaves = [leaf for leaf in plain_leaves(case, classes, kept) if leaf]
    if any(len(leaf) < case.bins for leaf in leaves):
        return Expected(None, len(kept), 0)
    total = 0.0
    n_observables = case.alpha.shape[1]
    for j in range(n_observables):
        for leaf in leaves:
            for k in classes:
                fractions = plain_fractions(case, leaf, j, k)
                base = {
                    "last": fractions[-1],
                    "first": fractions[0],
                    "overall": sum(case.labels[i] == k for i in leaf) / len(leaf),
                }[case.reference[j]]
                total += sum((fraction - base) ** 2 for fraction in fractions) / case.bins
    return Expected((total / (n_observables * len(classes) * len(leaves))) ** 0.5, len(kept), len(leaves))


def plain_leaves(case: Case, classes: Sequence[int], rows: list[int]) -> list[list[int]]:
    """Leaves of median splits, the empty ones too: x < median goes left."""
    nodes = [rows]
    for level in range(case.depth):
        parts = []
        for node in nodes:
            if not node:
                parts += [[], []]
                continue
            if case.tree == "cyclic":
                parts += plain_split(case, node, level % case.intrinsic.shape[1], np.median)
                continue
            best, widest = ([], node), -1.0
            for d in range(case.intrinsic.shape[1]):
                left, right = plain_split(case, node, d, np.median)
                if not left:
                    left, right = plain_split(case, node, d, np.mean)
                if left and right:
                    shares = [
                        [sum(case.labels[i] == k for i in side) / len(side) for k in classes] for side in (left, right)
                    ]
                    difference = sum(abs(a - b) for a, b in zip(*shares, strict=True)) / len(classes)
                    if difference > widest + 1e-12:
                        best, widest = (left, right), difference
            parts += best
        nodes = parts
    return nodes


def plain_split(case: Case, node: list[int], column: int, middle: object) -> tuple[list[int], list[int]]:
    """Rows below the middle of a column, and the others."""
    values = case.intrinsic[node, column].astype(np.float64)
    threshold = middle(values)
    left = [i for i, value in zip(node, values, strict=True) if value < threshold]
    return left, [i for i in node if i not in left]


def plain_fractions(case: Case, leaf: list[int], j: int, k: int) -> list[float]:
    """Fraction of class k in each bin by rank; tied objects stand at each of their ranks with equal weight."""
    edges = [round(x) for x in np.linspace(0, len(leaf), case.bins + 1).tolist()]
    tied: dict[float, list[bool]] = {}
    for i in leaf:
        tied.setdefault(float(case.alpha[i, j]), []).append(bool(case.labels[i] == k))
    at_rank = [sum(group) / len(group) for _, group in sorted(tied.items()) for _ in group]
    return [sum(at_rank[low:high]) / (high - low) for low, high in pairwise(edges)]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Catalogues of odd sizes, with and without ties, of any classes, observables, references and trees."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, n_classes = draw(st.integers(12, 150)), draw(st.integers(2, 5))
    n_observables, n_intrinsic = draw(st.integers(1, 3)), draw(st.integers(1, 4))
    names = np.array(draw(st.lists(st.integers(-(10**12), 10**12), min_size=5, max_size=5, unique=True)))
    alpha, intrinsic = rng.lognormal(2, 0.6, (n, n_observables)), rng.normal(size=(n, n_intrinsic))
    if draw(st.booleans()):
        alpha = np.round(alpha)
    if draw(st.booleans()):
        intrinsic = np.round(intrinsic, draw(st.sampled_from([0, 1])))
    kind = draw(st.sampled_from([np.float32, np.float64]))
    codes = rng.integers(0, n_classes, n) * (rng.random(n) < np.tanh(alpha[:, 0] / 8))
    classes = draw(st.none() | st.permutations(names[:n_classes].tolist()).map(lambda order: order[: max(2, n % 5)]))
    return Case(
        labels=names[codes],
        alpha=alpha.astype(kind),
        intrinsic=intrinsic.astype(kind),
        classes=classes,
        reference=draw(st.lists(st.sampled_from(WORDS), min_size=n_observables, max_size=n_observables)),
        bins=draw(st.integers(2, 9)),
        depth=draw(st.integers(0, 3)),
        tree=draw(st.sampled_from(TREES)),
        min_count=draw(st.sampled_from([0, 1, 1.5, 4])),
    )


@settings(max_examples=250, deadline=None, derandomize=True)
@given(cases())
def test_cv18_is_what_plain_loops_find(case: Case) -> None:
    expected = plain_bias(case)
    options = case._asdict() | {"replicates": 0}
    result = cv18_bias(options.pop("labels"), options.pop("alpha"), options.pop("intrinsic"), **options)
    assert (result.n, result.outside) == (expected.n, len(case.labels) - expected.n)
    if expected.value is None:
        assert (result.status, result.value, result.noise_floor) == ("insufficient_data", None, None)
        return
    assert (result.populated, result.empty) == (expected.populated, 2**case.depth - expected.populated)
    kept = case.labels if case.classes is None else case.labels[np.isin(case.labels, case.classes)]
    if len(set(kept.tolist())) == 1:
        assert (result.status, result.value) == ("degenerate", None)
        return
    assert result.status == "ok"
    assert result.value == pytest.approx(expected.value, abs=1e-12)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(cases())
def test_cv14_is_what_plain_loops_find(case: Case) -> None:
    case = case._replace(depth=0, min_count=0)
    expected = plain_bias(case)
    result = cv14_bias(
        case.labels, case.alpha, bins=case.bins, reference=case.reference, classes=case.classes, replicates=0
    )
    assert result.n == expected.n
    if result.status == "ok":
        assert result.value == pytest.approx(expected.value, abs=1e-12)
    else:
        assert result.status == "degenerate" or expected.value is None


def test_lists_arrays_and_tables_are_taken_alike() -> None:
    import pandas as pd

    rng = np.random.default_rng(0)
    labels, alpha, intrinsic = rng.integers(0, 2, 500), rng.lognormal(2, 0.5, 500), rng.normal(size=(500, 2))
    expected = cv18_bias(labels, alpha, intrinsic, depth=2).value
    table = pd.DataFrame({"label": labels, "alpha": alpha, "size": intrinsic[:, 0], "mag": intrinsic[:, 1]})
    assert cv18_bias(labels.tolist(), alpha.tolist(), intrinsic.tolist(), depth=2).value == expected
    assert cv18_bias(table["label"], table["alpha"], table[["size", "mag"]], depth=2).value == expected
    assert cv18_bias(labels.astype(np.int8), alpha, np.asfortranarray(intrinsic), depth=2).value == expected
    shuffled = table.sample(frac=1, random_state=0)
    assert cv18_bias(shuffled["label"], shuffled["alpha"], shuffled[["size", "mag"]], depth=2).value == expected
