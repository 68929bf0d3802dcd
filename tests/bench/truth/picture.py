"""The picture of the truth benchmark: accuracy by resolution and by number of galaxies."""

from pathlib import Path

import numpy as np
from methods import NAMES
from results import BASE, CEILING, OURS, Results


def draw(found: Results, path: Path) -> None:
    """Write it as SVG."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    matplotlib.rcParams["svg.hashsalt"] = "truth"
    size = max(found.keys(1), key=lambda n: (bool(found.gap_closed("main", n, OURS)), n))
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
    shown = {"labels": ("#999999", ":"), BASE: ("#d55e00", "--"), "cv14": ("#e69f00", "-.")}
    shown |= {OURS: ("#0072b2", "-"), "votes": ("#56b4e9", "-"), CEILING: ("#000000", "-")}
    for method, (color, style) in shown.items():
        accuracy = [found.values("main", size, method, "accuracy_by_alpha", i) for i in range(4)]
        if accuracy[0]:
            left.plot(range(4), [np.mean(a) for a in accuracy], style, color=color, marker="o", label=NAMES[method])
        sizes = [n for n in found.keys(1) if found.values("main", n, method, "accuracy")]
        values = [np.mean(found.values("main", n, method, "accuracy")) for n in sizes]
        right.plot(sizes, values, style, color=color, marker="o")
    left.set(xticks=range(4), xticklabels=["4–8", "8–12", "12–18", "> 18"], xlabel="resolution α", ylim=(None, 1.0))
    left.set(ylabel="accuracy against truth", title=f"n = {size:,}")
    left.legend()
    right.set(xscale="log", xlabel="labelled galaxies n", ylabel="accuracy against truth")
    right.set_xticks(found.keys(1), [f"{n:,}" for n in found.keys(1)], minor=False)
    right.minorticks_off()
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
