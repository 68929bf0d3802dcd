"""The page of the truth benchmark: verdicts first, then the tables and the picture, all from the recorded results."""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from methods import NAMES
from scenarios import SCENARIOS, same_run
from scipy import stats

OURS, CEILING, BASE = "estimated", "truth", "naive"
TARGETS = {3000: 0.85, 10000: 0.95}
"""Share of the gap that shall be closed on the worst sky, by n."""
TRIALS = (
    ("theta-low", OURS, 0.8),
    ("theta-low", "learned", 0.8),
    ("theta-high", OURS, 0.8),
    ("theta-high", "learned", 0.8),
    ("resnet50", OURS, 0.9),
)
"""Share of the gap that shall be closed beside the main scenario."""
Result = dict[str, Any]


class Results:
    """All results, by scenario, size, seed and method."""

    def __init__(self, results: Sequence[Result]) -> None:
        self.of = {(r["scenario"], r["size"], r["seed"], r["method"]): r for r in results}

        for scenario in SCENARIOS:
            for (found, size, seed, method), result in list(self.of.items()):
                for name in NAMES:
                    if same_run(scenario, name) == (found, method):
                        self.of.setdefault((scenario, size, seed, name), result)
        # A scenario of which nothing but such runs was done was not done.
        done = {(r["scenario"], r["size"], r["seed"]) for r in results}
        self.of = {key: result for key, result in self.of.items() if key[:3] in done}

    def keys(self, place: int) -> list[Any]:
        """The scenarios (0), sizes (1), seeds (2) or methods (3) that there are."""
        return sorted({key[place] for key in self.of})

    def skies(self, scenario: str, size: int, methods: Sequence[str]) -> list[int]:
        """The seeds for which all of these methods were run."""
        return [s for s in self.keys(2) if all((scenario, size, s, m) in self.of for m in methods)]

    def values(self, scenario: str, size: int, method: str, what: str, index: int | None = None) -> list[float]:
        """A score on every sky where the method was run."""
        found = [self.of[scenario, size, s, method][what] for s in self.skies(scenario, size, [method])]
        return [value if index is None else value[index] for value in found]

    def gap_closed(self, scenario: str, size: int, method: str) -> list[float]:
        """(accuracy - naive) / (ceiling - naive) on every sky where all three were run."""
        skies = self.skies(scenario, size, [method, BASE, CEILING])
        table = [[self.of[scenario, size, s, m]["accuracy"] for m in (method, BASE, CEILING)] for s in skies]
        return [(ours - base) / (ceiling - base) for ours, base, ceiling in table]

    def differences(self, scenario: str, size: int, one: str, other: str) -> list[float]:
        """Accuracy of one method less that of another, on every sky where both were run."""
        skies = self.skies(scenario, size, [one, other])
        return [
            self.of[scenario, size, s, one]["accuracy"] - self.of[scenario, size, s, other]["accuracy"] for s in skies
        ]


def mean(values: Sequence[float], digits: int = 3) -> str:
    """Mean over skies with its 95 % interval (Student's t), or the value of the only sky."""
    if not values:
        return "–"
    if len(values) == 1:
        return f"{values[0]:.{digits}f}"
    return f"{np.mean(values):.{digits}f} ± {half_width(values):.{digits}f}"


def half_width(values: Sequence[float]) -> float:
    """Half of the 95 % interval of a mean over two skies or more (Student's t)."""
    return float(stats.t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / math.sqrt(len(values)))


def write_report(results: list[Result], docs: Path) -> list[Path]:
    """Write truth.md and truth.svg; gives their paths.

    Args:
        results: the results that there are; at least one.
        docs: the folder.
    """
    found = Results(results)
    lines = ["# How close to the truth", "", *_about(found), "", "## Verdicts", "", *_verdicts(found), ""]
    lines += ["![Accuracy against truth by resolution and by number of galaxies](truth.svg)", ""]
    for size in found.keys(1):
        if found.skies("main", size, []) and found.values("main", size, CEILING, "accuracy"):
            lines += _table(found, size)
    lines += _side(found)
    page, picture = docs / "truth.md", docs / "truth.svg"
    _draw(found, picture)
    page.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    return [page, picture]


def _about(found: Results) -> list[str]:
    test = next(iter(found.of.values()))
    runs = []
    for scenario in [name for name in SCENARIOS if name in found.keys(0)]:
        for size in found.keys(1):
            seeds = sorted({k[2] for k in found.of if k[0] == scenario and k[1] == size})
            if seeds:
                runs.append(f"{scenario} n = {size:,} (skies {', '.join(map(str, seeds))})")
    return [
        "Written by `make bench-truth` (`tests/bench/truth/bench_truth.py`) from its record",
        "[truth.jsonl](truth.jsonl), one line a scenario, size, sky and method. Every method gets the same n galaxies",
        "of a simulated sky, as labelled by the law of mislabelling, and is scored on",
        f"{test['n'] + test['left_out']:,} others of the same sky against their true class, from the image alone",
        "(labels and CV14: from what they are). One galaxy in ten decides which epoch is kept: the last whose",
        "likelihood of the labels seen is the best, to one standard error; nothing but the ceiling sees the truth.",
        "Networks: `small` at 64 px unless said otherwise, images turned by any angle, the same epochs for all, chosen",
        "on other skies (9001 and above). Intervals: 95 % over skies. **Gap closed** =",
        "(method − naive network) / (ceiling − naive network) in accuracy. θ is estimated from the catalogue of the",
        "same n galaxies unless said otherwise.",
        "",
        "Run so far: " + "; ".join(runs) + ".",
    ]


def _verdicts(found: Results) -> list[str]:
    return ["| question | answer |", "| --- | --- |", *(f"| {q} | {a} |" for q, a in _questions(found))]


def _questions(found: Results) -> Iterable[tuple[str, str]]:
    for size in found.keys(1):
        rivals = [m for m in NAMES if m not in (OURS, CEILING, "given", "learned", "votes")]
        behind, close = [], []
        for rival in rivals:
            gain = found.differences("main", size, OURS, rival)
            if not gain:
                continue
            half = half_width(gain) if gain[1:] else np.inf
            if np.mean(gain) <= 0:
                behind.append(NAMES[rival])
            elif np.mean(gain) <= half:
                close.append(f"{NAMES[rival]} (+{np.mean(gain):.3f})")
        if any(found.differences("main", size, OURS, r) for r in rivals):
            text = f"no: behind {', '.join(behind)}" if behind else "yes"
            if close:
                skies = len(found.skies("main", size, [OURS]))
                text += f"; ahead, but not beyond the interval over {_skies(skies)}: {', '.join(close)}"
            absent = [NAMES[r] for r in rivals if not found.differences("main", size, OURS, r)]
            if absent:
                text += f"; not run yet: {', '.join(absent)}"
            yield f"n = {size:,}: is truemorph (θ estimated) ahead of every other method?", text
    for size in found.keys(1):
        closed = found.gap_closed("main", size, OURS)
        if closed:
            target = f", target {TARGETS[size]}: {_met(min(closed) >= TARGETS[size])}" if size in TARGETS else ""
            yield f"n = {size:,}: gap closed on the worst of {_skies(len(closed))}", f"{min(closed):.3f}{target}"
            ceiling = found.values("main", size, CEILING, "accuracy_by_alpha", 0)
            ours = found.values("main", size, OURS, "accuracy_by_alpha", 0)
            if len(ours) == len(ceiling):
                below = max(c - o for c, o in zip(ceiling, ours, strict=True))
                yield (
                    f"n = {size:,}: below the ceiling in the lowest bin of α (4 to 8), worst sky",
                    f"{below:.3f}, target 0.03: {_met(below <= 0.03)}",
                )
            inside = [_within(found.of["main", size, s, OURS]) for s in found.skies("main", size, [OURS])]
            yield (
                f"n = {size:,}: CV18 of the predictions within the 95 % interval of CV18 of the truth",
                f"on {sum(inside)} of {_skies(len(inside))}",
            )
    for size in found.keys(1):
        for scenario, method, least in TRIALS:
            closed = found.gap_closed(scenario, size, method)
            if closed:
                about = f"{SCENARIOS[scenario].about}, {NAMES[method].removeprefix('truemorph, ')}"
                yield (
                    f"{about}, n = {size:,}: gap closed, worst of {_skies(len(closed))}",
                    f"{min(closed):.3f}, target {least}: {_met(min(closed) >= least)}",
                )
        harm = found.differences("null", size, OURS, BASE)
        if harm:
            worst = min(harm)
            yield (
                f"no bias in the sky, n = {size:,}: truemorph less naive network, worst of {_skies(len(harm))}",
                f"{worst:+.4f}, target −0.005: {_met(worst >= -0.005)}",
            )


def _met(good: bool) -> str:
    return "met" if good else "**missed**"


def _within(result: Result) -> bool:
    value, interval = result["cv18"]["value"], result["cv18_truth"]["interval"]
    return bool(interval and value is not None and interval[0] <= value <= interval[1])


def _skies(number: int) -> str:
    return "1 sky" if number == 1 else f"{number} skies"


def _table(found: Results, size: int) -> list[str]:
    lines = [
        f"## n = {size:,}",
        "",
        "| method | skies | accuracy | α 4–8 | 8–12 | 12–18 | over 18 | log-loss | gap closed | calibration error "
        "| CV14 | CV18 |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for method, name in NAMES.items():
        accuracy = found.values("main", size, method, "accuracy")
        if not accuracy:
            continue
        by_alpha = [mean(found.values("main", size, method, "accuracy_by_alpha", i)) for i in range(4)]
        certain = method in ("labels", "debiased-labels")
        loss = "–" if certain else mean(found.values("main", size, method, "log_loss"))
        calibration = "–" if certain else mean(found.values("main", size, method, "calibration_error"))
        closed = "–" if method in (BASE, CEILING) else mean(found.gap_closed("main", size, method))
        bias = [_bias(found, size, method, what) for what in ("cv14", "cv18")]
        cells = [name, str(len(accuracy)), mean(accuracy), *by_alpha, loss, closed, calibration, *bias]
        lines.append("| " + " | ".join(cells) + " |")
    truth = [_bias(found, size, CEILING, f"{what}_truth") for what in ("cv14", "cv18")]
    lines.append(f"| the truth itself | | 1 | 1 | 1 | 1 | 1 | 0 | | 0 | {truth[0]} | {truth[1]} |")
    return [*lines, "", *_not_run(name for m, name in NAMES.items() if not found.values("main", size, m, "accuracy"))]


def _not_run(names: Iterable[str]) -> list[str]:
    absent = "; ".join(names)
    return [f"Not run yet: {absent}.", ""] if absent else []


def _bias(found: Results, size: int, method: str, what: str) -> str:
    values = [r["value"] for r in found.values("main", size, method, what)]  # type: ignore[index]
    return mean(values) if values and all(value is not None for value in values) else "–"


def _side(found: Results) -> list[str]:
    lines = ["## Where the law is wrong, or there is no bias", ""]
    lines += ["A wrong θ is known to be right to 30 % only: that is its prior where it is learned.", ""]
    lines += ["| scenario | n | skies | naive | θ estimated | ceiling | gap closed | skies | θ learned | gap closed |"]
    lines += ["| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
    before = len(lines)
    for name, scenario in SCENARIOS.items():
        for size in found.keys(1):
            skies = found.skies(name, size, [BASE, OURS, CEILING])
            if name == "main" or not skies:
                continue
            accuracy = [mean(found.values(name, size, method, "accuracy")) for method in (BASE, OURS, CEILING)]
            learned = found.values(name, size, "learned", "accuracy")
            closed = ["–" if name == "null" else mean(found.gap_closed(name, size, m)) for m in (OURS, "learned")]
            cells = [scenario.about, f"{size:,}", str(len(skies)), *accuracy, closed[0]]
            lines.append("| " + " | ".join([*cells, str(len(learned) or "–"), mean(learned), closed[1]]) + " |")
    absent = [
        f"{scenario.about}, n = {size:,}"
        for name, scenario in SCENARIOS.items()
        for size in scenario.sizes
        if name != "main" and not found.skies(name, size, [BASE, OURS, CEILING])
    ]
    return [*lines, "", *_not_run(absent)] if len(lines) > before else []


def _draw(found: Results, path: Path) -> None:
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
