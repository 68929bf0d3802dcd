"""Charts of the disk fraction against resolution: of all galaxies, and among alike ones."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from truemorph.components.evaluator.styles import AXES, STYLES, names

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Report = Mapping[str, Any]


def draw_fraction(figure: "Figure", report: Report) -> str | None:
    """Disk fraction against alpha for every row, with its 68 % band; None where no row has a curve."""
    curves = _known(report["curves"])
    if not curves:
        return None
    titles, of = names(report), list(dict.fromkeys(curve.get("class", "disks") for curve in curves))
    panels = figure.subplots(1, len(of), sharex=True, sharey=True, squeeze=False)[0]
    for curve in curves:
        _line(panels[of.index(curve.get("class", "disks"))], curve, titles[curve["key"]])
    for name, axes in zip(of, panels, strict=True):
        axes.set(ylabel=f"fraction of {name}" if name == "disks" else f"fraction called {name}", ylim=(0, 1.02))
        axes.set_xlim(left=0)
    if len(of) == 1:
        axes.set(xlabel="resolution α = Petrosian radius / PSF σ")
    else:
        figure.supxlabel("resolution α = Petrosian radius / PSF σ", fontsize="medium")
    lines, words = panels[0].get_legend_handles_labels()
    figure.legend(lines, words, loc="outside upper left", ncols=2, columnspacing=1.4, handlelength=2.6)
    return " ".join(_describe(curve, titles) for curve in curves)


def draw_slices(figure: "Figure", report: Report) -> str | None:
    """The same within each third of every intrinsic parameter, one row of panels a parameter."""
    slices = [each for each in report["slices"] if any(_known(part["curves"]) for part in each["parts"])]
    if not slices:
        return None
    figure.set_figheight(1.15 + 1.85 * len(slices))
    titles = names(report)
    grid = figure.subplots(len(slices), len(slices[0]["parts"]), sharex=True, sharey=True, squeeze=False)
    handles: dict[str, Any] = {}
    words = []
    for row, each in zip(grid, slices, strict=True):
        meaning = AXES.get(each["column"], each["column"])
        for axes, part in zip(row, each["parts"], strict=True):
            for curve in _known(part["curves"]):
                handles[titles[curve["key"]]] = _line(axes, curve, titles[curve["key"]], markersize=3, linewidth=1.1)
            limits = f"{part['low']:.3g} to {part['high']:.3g}"
            axes.set_title(limits, fontsize="small", pad=3)
            axes.set_ylim(0, 1.02)
            words.append(f"{meaning} {limits}: {_spread(part['curves'], titles)}")
        row[1].set_title(f"{meaning}\n{row[1].get_title()}", fontsize="small", pad=3)
    grid[0][0].set_xlim(left=0)
    figure.supxlabel("resolution α", fontsize="medium")
    figure.supylabel("fraction of disks", fontsize="medium")
    figure.legend(
        handles.values(), handles.keys(), loc="outside upper left", ncols=2, columnspacing=1.4, handlelength=2.6
    )
    return " ".join(words)


def _known(curves: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [curve for curve in curves if any(b["fraction"] is not None for b in curve["bins"])]


def _line(axes: Any, curve: Mapping[str, Any], label: str, **changes: Any) -> Any:
    bins = [b for b in curve["bins"] if b["fraction"] is not None]
    alpha, fraction, low, high = ([b[name] for b in bins] for name in ("alpha", "fraction", "low", "high"))
    style = {**STYLES[curve["key"]], **changes}
    axes.fill_between(alpha, low, high, color=style["color"], alpha=0.12, linewidth=0)
    return axes.plot(alpha, fraction, label=label, **style)[0]


def _describe(curve: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    name = ", ".join(filter(None, (titles[curve["key"]], curve.get("class"))))
    known = [b for b in curve["bins"] if b["fraction"] is not None]
    first, last = known[0], known[-1]
    return (
        f"{name}: {first['fraction']:.2f} at α = {first['alpha']:.1f}, "
        f"{last['fraction']:.2f} at α = {last['alpha']:.1f}."
    )


def _spread(curves: list[dict[str, Any]], titles: Mapping[str, str]) -> str:
    """The rise of each row's fraction from the worst to the best resolved galaxies, in words."""
    parts = []
    for curve in _known(curves):
        known = [b["fraction"] for b in curve["bins"] if b["fraction"] is not None]
        parts.append(f"{titles[curve['key']][0]} from {known[0]:.2f} to {known[-1]:.2f}")
    return (", ".join(parts) or "too few galaxies") + "."
