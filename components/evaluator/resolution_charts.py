"""Chart of the resolution test: accuracy, share of disks and calibration against the resolution shown."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from truemorph.components.evaluator.styles import STYLES, names

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_WHAT = {"accuracy": "accuracy", "share_drift": "share of disks, off by", "calibration": "calibration error"}


def draw_resolution(figure: "Figure", report: Mapping[str, Any]) -> str | None:
    """Each measure against alpha', with its 95 % interval, for every network; None where nothing was measured."""
    test = report.get("resolution_test") or {"rows": []}
    rows = [(row["key"], [rung for rung in row["rungs"] if _known(rung)]) for row in test["rows"]]
    rows = [(key, rungs) for key, rungs in rows if rungs]
    if not rows:
        return None
    titles, words = names(report), []
    panels = figure.subplots(len(_WHAT), 1, sharex=True)
    for key, rungs in rows:
        alpha = [rung["alpha"] for rung in rungs]
        for axes, measure in zip(panels, _WHAT, strict=True):
            low, high = np.array([rung[f"{measure}_interval"] for rung in rungs]).T
            axes.fill_between(alpha, low, high, color=STYLES[key]["color"], alpha=0.15, linewidth=0)
            axes.plot(alpha, [rung[measure] for rung in rungs], label=titles[key], **STYLES[key])
        first, last = rungs[0], rungs[-1]
        words.append(
            f"{titles[key]}: accuracy {first['accuracy']:.2f} at α = {first['alpha']:g}, {last['accuracy']:.2f} at "
            f"α = {last['alpha']:g}, where the share of disks is off by {last['share_drift']:+.2f}."
        )
    for axes, name in zip(panels, _WHAT.values(), strict=True):
        axes.set_ylabel(name)
    panels[1].axhline(0.0, color="#666666", linewidth=0.8, linestyle=":")
    panels[-1].set_xlabel("resolution α that the galaxies are shown at")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=1)
    return " ".join(words)


def _known(rung: Mapping[str, Any]) -> bool:
    return rung["alpha"] is not None and rung["status"] == "ok"
