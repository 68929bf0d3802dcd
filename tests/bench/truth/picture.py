"""The picture of the truth benchmark: every method on every kind of sky."""

from pathlib import Path

import numpy as np
from methods import NAMES
from results import Results

PANELS = (
    ("share of disks at α 4 to 8, found less true", "share_error_by_alpha", "RdBu_r", -0.4, 0.4),
    ("accuracy against truth", "accuracy", "viridis", 0.5, 1.0),
)


def draw(found: Results, path: Path) -> None:
    """Write it as SVG: means over skies, a blank where nothing was run.

    Args:
        found: the results.
        path: of the file.
    """
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    # Words as words, not as outlines of their letters, which would be the most of the file.
    matplotlib.rcParams.update({"svg.hashsalt": "truth", "svg.fonttype": "none"})
    skies = [(name, found.size_of(name)) for name in found.scenarios()]
    methods = [m for m in NAMES if any(found.values(name, size, m, "accuracy") for name, size in skies)]
    wide, high = 4.2 + 0.62 * len(skies), 2.2 + 0.3 * len(methods)
    figure, axes = pyplot.subplots(1, 2, figsize=(2 * wide, high), layout="constrained", sharey=True)
    for axis, (title, what, colours, low, top) in zip(axes, PANELS, strict=True):
        table = np.array([[found.middle(name, size, m, what) for name, size in skies] for m in methods], np.float64)
        axis.imshow(table, cmap=colours, vmin=low, vmax=top, aspect="auto")
        for (row, column), value in np.ndenumerate(table):
            if np.isfinite(value):
                pale = 0.25 < (value - low) / (top - low) < 0.75
                axis.text(column, row, f"{value:.2f}", ha="center", va="center", color="k" if pale else "w", fontsize=7)
        axis.set_xticks(range(len(skies)), [name for name, _ in skies], rotation=40, ha="right")
        axis.set(title=title, yticks=range(len(methods)), yticklabels=[NAMES[m] for m in methods])
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
