"""The report's charts, drawn from the report alone as inline SVG: same report, same bytes."""

import html
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from truemorph.components.laws import ExponentialLaw

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Report = Mapping[str, Any]

# Okabe & Ito's colours; labels are dashed with open markers, so that the lines are told apart in grey print too.
STYLES: dict[str, dict[str, Any]] = {
    "labels_raw": {"color": "#000000", "marker": "o", "linestyle": "--", "markerfacecolor": "white"},
    "labels_debiased": {"color": "#777777", "marker": "s", "linestyle": "--", "markerfacecolor": "white"},
    "network_raw": {"color": "#D55E00", "marker": "v", "linestyle": "-"},
    "network_debiased_labels": {"color": "#E69F00", "marker": "D", "linestyle": "-"},
    "cv14": {"color": "#009E73", "marker": "^", "linestyle": "-."},
    "ddb": {"color": "#0072B2", "marker": "o", "linestyle": "-"},
}
MODEL_ROWS = {"naive": "network_raw", "naive_debiased_labels": "network_debiased_labels", "debiased": "ddb"}
SETTINGS: Any = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9,
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
    "legend.fontsize": 8.5,
}
WIDTH = 5.2


def fraction_chart(report: Report) -> str | None:
    """Disk fraction against alpha for every row, with its 68 % band; None where no row has a curve."""
    curves = [curve for curve in report["curves"] if any(b["fraction"] is not None for b in curve["bins"])]
    if not curves:
        return None
    names = {row["key"]: f"{row['letter']}  {row['name']}" for row in report["rows"]}
    with _figure(4.3) as figure:
        axes = figure.subplots()
        for curve in curves:
            bins = [b for b in curve["bins"] if b["fraction"] is not None]
            alpha, fraction, low, high = ([b[name] for b in bins] for name in ("alpha", "fraction", "low", "high"))
            style = STYLES[curve["key"]]
            axes.fill_between(alpha, low, high, color=style["color"], alpha=0.12, linewidth=0)
            axes.plot(alpha, fraction, label=names[curve["key"]], **style)
        axes.set(xlabel="resolution α = Petrosian radius / PSF σ", ylabel="fraction of disks", ylim=(0, 1.02))
        axes.set_xlim(left=0)
        figure.legend(loc="outside upper left", ncols=2, columnspacing=1.4, handlelength=2.6)
        return _svg(
            figure,
            "fraction",
            "Fraction of disks against resolution, for every row",
            " ".join(_describe(names[curve["key"]], curve["bins"]) for curve in curves),
        )


def law_chart(report: Report) -> str | None:
    """p_flip(alpha) with theta's interval over the resolutions of the test split; None where theta is not known."""
    theta = report["theta"]
    if theta["value"] is None:
        return None
    reach = [b["alpha_high"] for curve in report["curves"] for b in curve["bins"][-1:]]
    alpha = np.linspace(0, max([3.5 * theta["value"], *reach]), 121)
    with _figure(2.9) as figure:
        axes = figure.subplots()
        color = STYLES["ddb"]["color"]
        label = f"θ = {theta['value']:.3g}"
        if theta["interval"]:
            low, high = theta["interval"]
            lower, upper = (ExponentialLaw(end).flip_probability(alpha) for end in (low, high))
            axes.fill_between(
                alpha, lower, upper, color=color, alpha=0.2, linewidth=0, label=f"{low:.3g} to {high:.3g}"
            )
        axes.plot(alpha, ExponentialLaw(theta["value"]).flip_probability(alpha), color=color, label=label)
        axes.axvline(theta["value"], color="#777777", linewidth=0.8, linestyle=":")
        axes.set(xlabel="resolution α", ylabel="p(seen smooth | true disk)", ylim=(0, 1.02), xlim=(0, alpha[-1]))
        axes.legend(loc="upper right")
        return _svg(
            figure,
            "law",
            "The law of mislabelling",
            f"The chance that a disk is called smooth falls from 1 at α = 0 to 0.61 at α = θ = {theta['value']:.3g} "
            f"and to 0.01 at α = {3.03 * theta['value']:.3g}.",
        )


def training_chart(report: Report) -> str | None:
    """Loss and accuracy of each epoch on the training and eval splits; None where no network was trained."""
    models = [model for model in report["training"] if model["history"].get("loss")]
    if not models:
        return None
    with _figure(4.6) as figure:
        above, below = figure.subplots(2, 1, sharex=True)
        for model in models:
            color = STYLES[MODEL_ROWS[model["id"]]]["color"]
            for axes, name in ((above, "loss"), (below, "accuracy")):
                for prefix, line, label in (("", "-", model["name"]), ("val_", "--", None)):
                    values = model["history"].get(prefix + name)
                    if values:
                        points = np.array([np.nan if value is None else value for value in values])
                        epochs = np.arange(1, len(points) + 1)
                        axes.plot(epochs, points, line, color=color, marker=".", label=label)
        above.set_ylabel("loss (nats a label)")
        below.set(xlabel="epoch", ylabel="accuracy on its labels")
        below.xaxis.get_major_locator().set_params(integer=True)
        handles, labels = above.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper left", ncols=1)
        return _svg(
            figure,
            "training",
            "Training curves: loss above, accuracy below",
            "Solid: training split; dashed: eval split. " + " ".join(_last_epoch(model) for model in models),
        )


def _describe(name: str, bins: list[dict[str, Any]]) -> str:
    known = [b for b in bins if b["fraction"] is not None]
    first, last = known[0], known[-1]
    return (
        f"{name}: {first['fraction']:.2f} at α = {first['alpha']:.1f}, "
        f"{last['fraction']:.2f} at α = {last['alpha']:.1f}."
    )


def _last_epoch(model: Mapping[str, Any]) -> str:
    history = model["history"]
    ends = [f"{key} {values[-1]:.3f}" for key, values in history.items() if values and values[-1] is not None]
    n = len(history["loss"])
    return f"{model['name']} after {n} epoch{'s' if n > 1 else ''}: {', '.join(ends) or 'nothing finite'}."


@contextmanager
def _figure(height: float) -> Iterator["Figure"]:
    """A figure outside pyplot, under settings that end with it, so that nothing global is left changed."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context({**matplotlib.rcParamsDefault, "backend": "agg", **SETTINGS}):
        yield Figure(figsize=(WIDTH, height), layout="constrained")


def _svg(figure: "Figure", name: str, title: str, description: str) -> str:
    """The figure as an <svg> for inlining: named for screen readers, no ids shared with other charts, no metadata."""
    import matplotlib

    buffer = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": f"truemorph-{name}"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text[text.index("<svg") :], flags=re.DOTALL)
    text = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", text)
    text = re.sub(r'(<svg\b[^>]*?) width="[^"]*"', r"\1", text, count=1)
    text = re.sub(r'(<svg\b[^>]*?) height="[^"]*"', r"\1", text, count=1)
    head, body = text.split(">", 1)
    return (
        f'{head} role="img" aria-labelledby="{name}-title" aria-describedby="{name}-desc">'
        f'<title id="{name}-title">{html.escape(title)}</title>'
        f'<desc id="{name}-desc">{html.escape(description)}</desc>{body}'
    )
