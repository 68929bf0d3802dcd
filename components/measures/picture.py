"""A bias as a picture: the fraction of each class in the bins of alpha."""

from typing import TYPE_CHECKING, Any

import numpy as np

from truemorph.components.measures.cells import bin_edges
from truemorph.components.measures.statistic import BiasStatistic

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_fractions(
    statistic: BiasStatistic, classes: tuple[Any, ...], axes: "Axes | None" = None, of: str = ""
) -> "Axes":
    """Fractions of the classes by bin, the mean over the leaves with its standard error; of two classes the second.

    Args:
        statistic: the labels, counted.
        classes: names of the classes.
        axes: where to draw; None: a figure of its own.
        of: what the legend says before each class.
    """
    if axes is None:
        from matplotlib import pyplot as plt

        axes = plt.figure(layout="constrained").add_subplot()
    cells = statistic.cells
    n = np.diff(bin_edges(cells.leaf_sizes, cells.bins))[..., None]
    for j, overlap in enumerate(cells.overlaps):
        each = overlap @ cells.along(j) / n
        mean, error = each.mean(axis=0), np.sqrt((each * (1 - each) / n).sum(axis=0)) / len(each)
        for k in range(len(classes))[-1:] if len(classes) == 2 else range(len(classes)):
            name = f"{of}{classes[k]}" + f", column {j} of alpha" * (len(cells.overlaps) > 1)
            axes.errorbar(np.arange(1, cells.bins + 1), mean[:, k], error[:, k], marker="o", capsize=2, label=name)
    axes.set(xlabel="bin of alpha, from the least to the greatest", ylabel="fraction of the class", ylim=(0, 1))
    axes.legend(frameon=False)
    return axes
