"""Results that print and draw themselves."""

import numpy as np
import pytest

from truemorph.components.measures.cv14 import cv14_bias
from truemorph.components.measures.cv18 import cv18_bias
from truemorph.components.measures.paired import paired_difference

ALPHA = np.arange(400.0)
LABELS = np.array(["smooth", "disk"])[(np.arange(400) % 10 < np.arange(400) // 40).astype(int)]


def test_a_result_is_a_sentence() -> None:
    result = cv14_bias(LABELS, ALPHA)
    low, high = result.interval
    assert repr(result) == (
        f"CV14 bias {result.value:.3f} [{low:.3f}, {high:.3f}]; unbiased labels show {result.noise_floor:.3f} "
        "(400 objects, 10 bins)"
    )
    within = repr(cv18_bias(LABELS, ALPHA, ALPHA % 7, bins=4, depth=1, replicates=0))
    assert within.endswith("(400 objects, 4 bins, 2 leaves)") and "[" not in within


def test_what_is_not_known_is_said() -> None:
    unknown = cv14_bias(LABELS, np.ones(400))
    assert repr(unknown).startswith("CV14 bias not known, not_identifiable: alpha is 1.0 for all 400 objects")
    with pytest.raises(ValueError, match=r"nothing to draw\. Received: CV14 bias not known"):
        unknown.plot()
    assert "<td>" not in unknown._repr_html_()


def test_a_notebook_shows_a_table() -> None:
    result = cv14_bias(np.char.add(LABELS, "<b>"), ALPHA, replicates=0)
    shown = result._repr_html_()
    assert f"<td>{result.value:.4f}</td>" in shown and shown.count("<tr>") == 3
    assert "&lt;b&gt;" in cv14_bias(np.full(400, "<b>"), ALPHA)._repr_html_()


def test_a_difference_is_a_sentence() -> None:
    other = np.where(np.arange(400) % 3 == 0, "disk", LABELS)
    pair = paired_difference(LABELS, other, ALPHA)
    assert repr(pair).startswith(f"CV14 bias differs by {pair.value:.3f} [")
    assert repr(pair).endswith(f"({pair.a.value:.3f} minus {pair.b.value:.3f}, 400 objects)")
    shown = pair._repr_html_()
    assert f"<td>{pair.value:.4f}</td>" in shown and f"<td>{pair.b.value:.4f}</td>" in shown
    unknown = paired_difference(LABELS, np.full(400, "disk"), ALPHA)
    assert "not known, degenerate" in repr(unknown) and "difference</th>" not in unknown._repr_html_()
    with pytest.raises(ValueError, match=r"nothing to draw\. Received: difference of the CV14 bias not known"):
        unknown.plot()


def test_the_picture_of_a_difference_holds_both() -> None:
    from matplotlib.figure import Figure

    axes = paired_difference(LABELS, LABELS[::-1], ALPHA).plot(Figure().add_subplot())
    first, second = (container.lines[0].get_ydata() for container in axes.containers)
    np.testing.assert_allclose(first, second[::-1])
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        "first labels: smooth",
        "second labels: smooth",
    ]


def test_the_picture_holds_the_fractions() -> None:
    from matplotlib.figure import Figure

    axes = cv14_bias(LABELS, ALPHA).plot(Figure().add_subplot())
    (line,) = (container.lines[0] for container in axes.containers)
    expected = [(LABELS[40 * bin : 40 * bin + 40] == "smooth").mean() for bin in range(10)]
    np.testing.assert_allclose(line.get_ydata(), expected)
