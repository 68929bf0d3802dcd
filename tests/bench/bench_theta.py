"""When theta can be learnt with the network, and when not: writes docs/theta.svg and the table of docs/theta.md.

    python tests/bench/bench_theta.py [--galaxies 8000] [--seed 9101] [--epochs 60]

A small dense network learns the class from a simulated catalogue through the debiasing layer, theta with it, from
three starts without a prior and from one with the catalogue's. Its inputs are Sérsic index, ellipticity and half-light
radius; then the same and alpha itself, as an image may show it.
"""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import numpy.typing as npt

from truemorph.components.bias_estimator.cv14 import fit_cv14
from truemorph.components.laws import ExponentialLaw
from truemorph.components.simulator.catalogue import draw
from truemorph.components.simulator.survey import ARTIFACT
from truemorph.components.trainer.debiasing import DebiasingLayer
from truemorph.components.trainer.learnt import explained, judge, prior_spread

THETA = 9.18
STARTS = (3.0, 6.0, 15.0)
CASES = {"the network cannot see α": ("ng", "e", "Rhlr"), "the network sees α": ("ng", "e", "Rhlr", "alpha")}
BEGIN, END = "<!-- table of bench_theta.py -->", "<!-- end of table -->"


@dataclass
class Course:
    """A training: theta after each epoch, and what came of it."""

    theta: list[float]
    accuracy: float
    loss: float
    known: float


def train(
    x: npt.NDArray[Any], alpha: npt.NDArray[Any], seen: npt.NDArray[Any], truth: npt.NDArray[Any], **options: Any
) -> Course:
    """Train on the first nine of ten galaxies; scores on the last."""
    epochs, start, spread = options["epochs"], options["start"], options["spread"]
    cut = len(x) * 9 // 10
    keras.utils.set_random_seed(0)
    inputs, resolution = keras.Input((x.shape[1],)), keras.Input(())
    hidden = keras.layers.Dense(32, activation="relu")(keras.layers.Dense(32, activation="relu")(inputs))
    logits = keras.layers.Dense(2, kernel_initializer="zeros", name="logits")(hidden)
    layer = DebiasingLayer(ExponentialLaw(start), from_logits=True, learn={"theta": spread}, galaxies=cut)
    model = keras.Model([inputs, resolution], layer([logits, resolution]))
    model.compile(keras.optimizers.Adam(0.01), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    theta = [start]
    for _ in range(epochs):
        model.fit([x[:cut], alpha[:cut]], seen[:cut], batch_size=500, verbose=0, shuffle=True)
        theta.append(layer.learnt_law().get_config()["theta"])
    called = np.asarray(keras.Model(inputs, logits)(x[cut:])).argmax(axis=1)
    features = np.asarray(keras.Model(inputs, hidden)(x), np.float64)
    known = explained(features[:cut], alpha[:cut], features[cut:], alpha[cut:])
    loss = float(model.evaluate([x[cut:], alpha[cut:]], seen[cut:], verbose=0))
    return Course(theta, float(np.mean(called == truth[cut:])), loss, known)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--galaxies", type=int, default=8000)
    parser.add_argument("--seed", type=int, default=9101)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--docs", type=Path, default=Path(__file__).resolve().parents[2] / "docs")
    arguments = parser.parse_args()
    sky = draw(arguments.galaxies, arguments.seed, THETA)
    sky = sky[sky["label"] != ARTIFACT]
    alpha = sky["alpha"].to_numpy(np.float32)
    seen, truth = sky["label_seen"].to_numpy(np.int32), sky["label"].to_numpy()
    fit = fit_cv14(sky[["ng", "e", "Rhlr"]].to_numpy(), seen, alpha)
    spread = prior_spread({"status": fit.status, "interval": fit.theta_interval})
    if fit.theta is None or spread is None:
        raise RuntimeError(f"the catalogue of sky {arguments.seed} cannot tell theta: {fit.why}")
    rows, courses = [], {}
    for case, columns in CASES.items():
        x = sky[list(columns)].to_numpy(np.float64)
        x = ((x - x.mean(axis=0)) / x.std(axis=0)).astype(np.float32)
        runs = [(f"none, from {start:g}", start, np.inf) for start in STARTS]
        runs.append((f"catalogue, {fit.theta:.2f}", fit.theta, float(spread["theta"])))
        for name, start, width in runs:
            course = train(x, alpha, seen, truth, epochs=arguments.epochs, start=start, spread=width)
            status = "–"
            if np.isfinite(width):
                status = judge(ExponentialLaw(start), ExponentialLaw(course.theta[-1]), spread, course.known)[0]
            courses[case, name] = course
            cells = [case, name, f"{course.theta[-1]:.2f}", f"{course.loss:.4f}", f"{course.accuracy:.3f}"]
            rows.append("| " + " | ".join([*cells, f"{course.known:.2f}", status]) + " |")
            print(rows[-1], flush=True)
    write(arguments.docs / "theta.md", rows)
    plot(arguments.docs / "theta.svg", courses, fit.theta_interval or (np.nan, np.nan))


def write(page: Path, rows: list[str]) -> None:
    """Put the table between its marks."""
    text = page.read_text(encoding="utf-8")
    head = "| inputs | prior | θ learnt | loss, labels seen | accuracy, truth | α explained | status |"
    table = "\n".join([BEGIN, head, "| --- | --- | --- | --- | --- | --- | --- |", *rows, END])
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    page.write_text(before + table + after, encoding="utf-8")


def plot(path: Path, courses: dict[tuple[str, str], Course], interval: tuple[float, float]) -> None:
    """Theta by epoch, a panel for each case."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    matplotlib.rcParams["svg.hashsalt"] = "theta"
    figure, panels = pyplot.subplots(1, 2, figsize=(9, 3.6), sharey=True, layout="constrained")
    for panel, case in zip(panels, CASES, strict=True):
        panel.axhspan(*interval, color="#0072b2", alpha=0.2, linewidth=0, label="catalogue, 95 %")
        panel.axhline(THETA, color="black", linewidth=0.8, linestyle=":", label="true θ")
        for (where, name), course in courses.items():
            if where == case:
                color = "#0072b2" if name.startswith("catalogue") else "#d55e00"
                panel.plot(course.theta, color=color, label=f"prior: {name}")
        panel.set(title=case, xlabel="epoch")
    panels[0].set(ylabel="θ")
    panels[1].legend(fontsize="small")
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


if __name__ == "__main__":
    main()
