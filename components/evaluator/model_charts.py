"""Charts of the law, of theta's likelihood, of calibration and of training."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from truemorph.components.evaluator.styles import STYLES, names
from truemorph.components.laws import ConfusionLaw, ExponentialLaw, stored_confusion, stored_law
from truemorph.components.methods import network

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Report = Mapping[str, Any]
GREY = "#666666"
LEVELS = ((0.5, "68 %"), (1.92, "95 %"))


def draw_law(figure: "Figure", report: Report) -> str | None:
    """p_flip(alpha), for the exponential law with theta's interval; None where the law is not known."""
    theta = report["theta"]
    if confusion := stored_confusion(theta):
        return _draw_confusion(figure, report, confusion)
    if theta["value"] is None:
        return None
    law = stored_law({**theta, "theta": theta["value"]})
    reach = [b["alpha_high"] for curve in report["curves"] for b in curve["bins"][-1:]]
    alpha = np.linspace(0, max([3.5 * theta["value"], *reach]), 121)
    flip = law.flip_probability(alpha)
    axes = figure.subplots()
    color = STYLES["ddb"]["color"]
    if theta["interval"] and isinstance(law, ExponentialLaw):
        low, high = theta["interval"]
        lower, upper = (ExponentialLaw(end).flip_probability(alpha) for end in (low, high))
        axes.fill_between(alpha, lower, upper, color=color, alpha=0.2, linewidth=0, label=f"{low:.3g} to {high:.3g}")
    axes.plot(alpha, flip, color=color, label=f"θ = {theta['value']:.3g}")
    axes.axvline(theta["value"], color=GREY, linewidth=0.8, linestyle=":")
    axes.set(xlabel="resolution α", ylabel="p(seen smooth | true disk)", ylim=(0, 1.02), xlim=(0, alpha[-1]))
    axes.legend(loc="upper right")
    at_theta = float(law.flip_probability(theta["value"]))
    return (
        f"The chance that a disk is called smooth falls from {flip[0]:.2g} at α = 0 to {at_theta:.2f} at "
        f"α = θ = {theta['value']:.3g} and to {flip[-1]:.2g} at α = {alpha[-1]:.3g}."
    )


def _draw_confusion(figure: "Figure", report: Report, law: ConfusionLaw) -> str:
    """p(seen | true) of every mistake that the law holds possible."""
    ends = [b[end] for curve in report["curves"] for b in curve["bins"] for end in ("alpha_low", "alpha_high")]
    alpha = np.geomspace(max(min(ends, default=1.0), 0.1), max(ends, default=40.0), 121)
    p, axes, words = law.matrix(alpha), figure.subplots(), []
    for true, seen in np.argwhere(law.possible):
        name = f"{law.names[true]} called {law.names[seen]}"
        axes.plot(alpha, p[:, true, seen], label=name)
        words.append(
            f"{name}: {p[0, true, seen]:.2f} at α = {alpha[0]:.3g}, {p[-1, true, seen]:.2f} at {alpha[-1]:.3g}."
        )
    axes.set(xlabel="resolution α", ylabel="p(seen | true)", ylim=(0, 1.02), xlim=(0, alpha[-1]))
    axes.legend(loc="upper right")
    return " ".join(words)


def draw_profile(figure: "Figure", report: Report) -> str | None:
    """The rise of the negative log-likelihood about the best theta; None where no such fit was made."""
    profile = report["profile"]
    if not profile:
        return None
    theta, rise = np.array(profile["theta"]), np.array(profile["rise"])
    axes = figure.subplots()
    axes.plot(theta, rise, color=STYLES["cv14"]["color"])
    for level, name in LEVELS:
        axes.axhline(level, color=GREY, linewidth=0.8, linestyle=":")
        axes.annotate(
            name,
            (1.0, level),
            xycoords=("axes fraction", "data"),
            ha="right",
            va="bottom",
            color=GREY,
            fontsize="small",
        )
    interval = report["theta"]["cv14"]["interval"]
    axes.axvspan(*interval, color=STYLES["cv14"]["color"], alpha=0.12, linewidth=0)
    axes.set(xlabel="θ", ylabel="−Δ ln likelihood", ylim=(0, min(float(rise.max()), 8.0)), xlim=(theta[0], theta[-1]))
    return (
        f"The likelihood is greatest at θ = {theta[rise.argmin()]:.3g} and has fallen by 1.92 in its logarithm at "
        f"{interval[0]:.3g} and {interval[1]:.3g}, the ends of the 95 % interval."
    )


def draw_calibration(figure: "Figure", report: Report) -> str | None:
    """Share of labels 'disk' against the probability predicted for it, with 68 % bars; None where no row predicts."""
    found = [each for each in report["calibration"] if each["bins"]]
    if not found:
        return None
    titles = names(report)
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle=":")
    words = []
    for each in found:
        p, share, low, high = (np.array([b[name] for b in each["bins"]]) for name in ("p", "fraction", "low", "high"))
        style = STYLES[each["key"]]
        axes.plot(p, share, label=titles[each["key"]], **style)
        axes.vlines(p, low, high, color=style["color"], linewidth=1.0)
        n = np.array([b["n"] for b in each["bins"]])
        gap = float((n * np.abs(share - p)).sum() / n.sum())
        words.append(f"{titles[each['key']]}: {gap:.2f} from the diagonal on average.")
    axes.set(xlabel="probability predicted that the label is disk", ylabel="share of labels that are disk")
    axes.set(xlim=(0, 1), ylim=(0, 1.02))
    figure.legend(loc="outside upper left", ncols=2, columnspacing=1.4, handlelength=2.6)
    return "On the dotted diagonal, predicted probabilities are right. " + " ".join(words)


def draw_training(figure: "Figure", report: Report) -> str | None:
    """Loss and accuracy of each epoch on the training and eval splits; None where no network was trained."""
    models = [model for model in report["training"] if model["history"].get("loss")]
    if not models:
        return None
    above, below = figure.subplots(2, 1, sharex=True)
    for model in models:
        color = STYLES[network(model["id"]).key]["color"]
        for axes, name in ((above, "loss"), (below, "accuracy")):
            for prefix, line, label in (("", "-", model["name"]), ("val_", "--", None)):
                values = model["history"].get(prefix + name)
                if values:
                    points = np.array([np.nan if value is None else value for value in values])
                    axes.plot(np.arange(1, len(points) + 1), points, line, color=color, marker=".", label=label)
    above.set_ylabel("loss (nats per label)")
    below.set(xlabel="epoch", ylabel="accuracy on its labels")
    below.xaxis.get_major_locator().set_params(integer=True)
    handles, labels = above.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=1)
    return "Solid: training split; dashed: eval split. " + " ".join(_last_epoch(model) for model in models)


def _last_epoch(model: Mapping[str, Any]) -> str:
    history = model["history"]
    ends = [f"{key} {values[-1]:.3f}" for key, values in history.items() if values and values[-1] is not None]
    n = len(history["loss"])
    return f"{model['name']} after {n} epoch{'s' if n > 1 else ''}: {', '.join(ends) or 'nothing finite'}."
