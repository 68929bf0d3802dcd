"""The report's charts: each drawn from the report alone, as inline SVG for the page and as PDF and PNG for papers."""

import html
import io
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from truemorph.components.evaluator import curve_charts, model_charts, resolution_charts
from truemorph.components.files import replacing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Report = Mapping[str, Any]

SETTINGS: Any = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "axes.edgecolor": "#444444",
    "axes.labelcolor": "#222222",
    "xtick.color": "#444444",
    "ytick.color": "#444444",
    "lines.linewidth": 1.5,
    "lines.markersize": 4,
    "legend.frameon": False,
    "legend.fontsize": 9.5,
}
# For papers, over astropy's style: type and lines of a column's width, and fonts that journals accept in a PDF.
PAPER: Any = {
    "font.size": 9,
    "axes.labelsize": 9,
    "axes.titlesize": 9,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 7.5,
    "lines.linewidth": 1.3,
    "lines.markersize": 4,
    "axes.linewidth": 0.7,
    "grid.linewidth": 0.4,
    "patch.linewidth": 0.7,
    "pdf.fonttype": 42,
}
WIDTH = 5.2
DPI = 200


@dataclass(frozen=True)
class Chart:
    """One chart.

    Args:
        name: its id in the page and the name of its files.
        title: what it shows, for screen readers.
        height: inches.
        draw: draws into an empty figure and returns in words what is to be seen; None where there is nothing to draw.
    """

    name: str
    title: str
    height: float
    draw: Callable[["Figure", Report], str | None]


CHARTS = (
    Chart("fraction", "Fraction of disks against resolution, for every row", 4.3, curve_charts.draw_fraction),
    Chart("slices", "Fraction of disks against resolution, among similar galaxies", 6.4, curve_charts.draw_slices),
    Chart("resolution", "Networks at lower resolution, without truth", 5.6, resolution_charts.draw_resolution),
    Chart("law", "The law of mislabelling", 2.9, model_charts.draw_law),
    Chart("profile", "Likelihood of theta", 2.9, model_charts.draw_profile),
    Chart("calibration", "Labels seen against the probability predicted", 4.3, model_charts.draw_calibration),
    Chart("training", "Training curves: loss above, accuracy below", 4.6, model_charts.draw_training),
)


def svg(chart: Chart, report: Report) -> str | None:
    """One chart as an <svg> for inlining: same report, same bytes; named for screen readers, no ids shared with others.

    None where there is nothing to draw.
    """
    import matplotlib

    with _figure(chart, SETTINGS) as figure:
        words = chart.draw(figure, report)
        if words is None:
            return None
        buffer = io.StringIO()
        with matplotlib.rc_context({"svg.hashsalt": f"truemorph-{chart.name}"}):
            figure.savefig(buffer, format="svg", metadata={"Date": None})
    return _inline(buffer.getvalue(), chart, words)


def write_figures(report: Report, folder: Path) -> None:
    """Write every chart that can be drawn as PDF and PNG in astropy's style, for papers.

    Args:
        report: the contents of report.json.
        folder: made if missing.
    """
    from astropy.visualization import astropy_mpl_style

    folder.mkdir(parents=True, exist_ok=True)
    for chart in CHARTS:
        with _figure(chart, {**astropy_mpl_style, **PAPER}) as figure:
            if chart.draw(figure, report) is None:
                continue
            for kind, metadata in (("pdf", {"CreationDate": None}), ("png", {"Software": None})):
                with replacing(folder / f"{chart.name}.{kind}") as staged:
                    figure.savefig(staged, format=kind, metadata=metadata, dpi=DPI)
                figure.set_layout_engine("none")  # it has been laid out


@contextmanager
def _figure(chart: Chart, settings: Any) -> Iterator["Figure"]:
    """A figure outside pyplot, under settings that end with it, so that nothing global is left changed."""
    import matplotlib
    from matplotlib.figure import Figure

    whole: Any = {**matplotlib.rcParamsDefault, "backend": "agg", **settings}
    with matplotlib.rc_context(whole):
        yield Figure(figsize=(WIDTH, chart.height), layout="constrained")


def _inline(text: str, chart: Chart, words: str) -> str:
    name = chart.name
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text[text.index("<svg") :], flags=re.DOTALL)
    text = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", text)
    text = re.sub(r'(<svg\b[^>]*?) width="[^"]*"', r"\1", text, count=1)
    text = re.sub(r'(<svg\b[^>]*?) height="[^"]*"', r"\1", text, count=1)
    head, body = text.split(">", 1)
    return (
        f'{head} role="img" aria-labelledby="{name}-title" aria-describedby="{name}-desc">'
        f'<title id="{name}-title">{html.escape(chart.title)}</title>'
        f'<desc id="{name}-desc">{html.escape(words)}</desc>{body}'
    )
