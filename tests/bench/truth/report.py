"""The page of the truth benchmark: verdicts first, then the tables and the picture, all from the recorded results."""

from collections.abc import Iterable
from pathlib import Path

from methods import NAMES
from picture import draw
from results import BASE, CEILING, OURS, Result, Results, mean
from scenarios import SCENARIOS
from verdicts import verdicts


def write_report(results: list[Result], docs: Path) -> list[Path]:
    """Write truth.md and truth.svg; gives their paths.

    Args:
        results: the results that there are; at least one.
        docs: the folder.
    """
    found = Results(results)
    lines = ["# How close to the truth", "", *_about(found), "", "## Verdicts", ""]
    lines += ["| question | answer |", "| --- | --- |", *(f"| {q} | {a} |" for q, a in verdicts(found)), ""]
    lines += ["![Accuracy against truth by resolution and by number of galaxies](truth.svg)", ""]
    for size in found.keys(1):
        if found.values("main", size, CEILING, "accuracy"):
            lines += _table(found, size)
    lines += _side(found)
    page, picture = docs / "truth.md", docs / "truth.svg"
    draw(found, picture)
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
