"""The page of the truth benchmark: a summary first, one picture, and the details collapsed."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from methods import NAMES
from picture import draw
from real_page import real_votes
from results import BASE, CEILING, OURS, VOTES, Result, Results, mean
from scenarios import SCENARIOS
from summary import summary
from verdicts import verdicts

ABOUT = """`make bench-truth` (`tests/bench/truth/bench_truth.py`) writes this page from its records, which have one
line for each kind of sky, size, sky and method. Every method gets the same n labelled galaxies, and is scored on
other galaxies of the same sky against their true class, from the image alone (labels and CV14: from what they are).
Only the ceiling sees a truth. Networks are `small` at 64 px unless it says otherwise, train for the same epochs, and
learn from nine galaxies of ten. [data.md](data.md) explains the kinds of sky. **Share error**: the share of disks
found, minus the true share. Intervals: 95 % over skies; a single sky has none.

**Before** ([truth-before.jsonl](truth-before.jsonl)): as networks were trained before there were skies as hard as
these. That is images turned by any angle with bilinear interpolation, one θ for all galaxies, no account of how a
sample was drawn, a `small` whose sides halve by strides, and one answer for each image. The skies, the labels, the
epochs and the program are those of after. The code of that time itself had reached an accuracy of 0.972 ± 0.008 on five
plain skies.

**After** ([truth.jsonl](truth.jsonl)): as `small` is trained now. That is images turned by quarter turns, zoomed and
moved, a θ that depends on the features where that is likelier, and answers averaged over the eight symmetries of the
square. The catalogue's classifier had no squares and products of the features yet. A run has
them now where labels ask for them, mostly on skies of EFIGI's galaxies ([measurements.md](measurements.md)).

A copy of the Trainer in JAX did both (`jax_training.py`) on a GPU: an H200 with 16 processor cores took about half an
hour for all of it, skies included. The copy keeps the last epoch, while the Trainer keeps the best
on the tenth galaxy of ten. **[truth-trainer.jsonl](truth-trainer.jsonl)** has runs of the Trainer itself. They stand
beside the copy's at the end, and in the tables where the copy has none: θ estimated again by features alone, and, on
another hand with own θ, θ learned, *well resolved only, degraded* and n = 10,000.""".splitlines()


def write_report(results: list[Result], before: list[Result], docs: Path, trainer: Sequence[Result] = ()) -> list[Path]:
    """Write truth.md and truth.svg; gives their paths.

    Args:
        results: the results that there are.
        before: those of the networks as they were trained before.
        docs: the folder; its real-votes.json is shown where it is there.
        trainer: those of the Trainer, where the others are of its copy in JAX; they are taken where it has none.
    """
    copied = {(one["scenario"], one["size"], one["method"]) for one in results}
    rest = [one for one in trainer if (one["scenario"], one["size"], one["method"]) not in copied]
    found, earlier = Results([*results, *rest]), Results(before)
    lines = ["# How close to the truth", "", "## In ten lines", "", *summary(found, earlier), ""]
    lines += ["![Every method on every kind of sky: share error and accuracy](truth.svg)", ""]
    lines += [*_skies(found, earlier), *real_votes(docs / "real-votes.json"), "## How it is done", "", *ABOUT, ""]
    for name in found.scenarios():
        for size in found.sizes_of(name):
            lines += _details(f"After: {SCENARIOS[name].about}, n = {size:,}", _table(found, name, size))
    for name in earlier.scenarios():
        for size in earlier.sizes_of(name):
            lines += _details(f"Before: {SCENARIOS[name].about}, n = {size:,}", _table(earlier, name, size))
    for when, record in (("after", found), ("before", earlier)):
        answers = [f"| {question} | {answer} |" for question, answer in verdicts(record)]
        if answers:
            lines += _details(f"Against the targets, {when}", ["| question | answer |", "| --- | --- |", *answers])
    lines += _details("The Trainer beside its copy", _check(Results(results), Results(trainer))) if trainer else []
    page, picture = docs / "truth.md", docs / "truth.svg"
    draw(found if results else earlier, picture)
    page.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    return [page, picture]


def _details(title: str, lines: Sequence[str]) -> list[str]:
    """Lines that open on a click."""
    return [f'<details markdown="1"><summary>{title}</summary>', "", *lines, "", "</details>", ""]


def _skies(found: Results, earlier: Results) -> list[str]:
    """One line a kind of sky and size: before and after."""
    lines = ["## Each kind of sky", ""]
    lines += ["*Skies* is how many there were before and after. Share errors are for α 4 to 8.", ""]
    lines += ["| sky | n | skies | naive before | after | ours before | after | ceiling before | after "]
    lines[-1] += "| share error, ours before | after | votes teach: accuracy | share error |"
    lines += ["| --- " * 13 + "|"]
    records = (earlier, found)
    done = [name for name in SCENARIOS if any(name in record.scenarios() for record in records)]
    for name in done:
        for size in sorted({size for record in records for size in record.sizes_of(name)}):
            skies = [str(max(len(record.skies(name, size, [m])) for m in (OURS, VOTES))) for record in records]
            cells = [SCENARIOS[name].about, f"{size:,}", ", ".join(skies)]
            for method in (BASE, OURS, CEILING):
                cells += [mean(record.values(name, size, method, "accuracy")) for record in records]
            cells += [_share(record, name, size, OURS) for record in records]
            cells += [mean(found.values(name, size, VOTES, "accuracy")), _share(found, name, size, VOTES)]
            lines.append("| " + " | ".join(cells) + " |")
    return [*lines, "", *_not_run(scenario.about for name, scenario in SCENARIOS.items() if name not in done)]


def _check(found: Results, trainer: Results) -> list[str]:
    """The same skies and methods by the Trainer and by its copy."""
    lines = ["| sky | n | method | skies | accuracy, Trainer | copy | log-loss, Trainer | copy |", "| --- " * 8 + "|"]
    for name, size in ((sky, n) for sky in trainer.scenarios() for n in trainer.sizes_of(sky)):
        for method, title in NAMES.items():
            both = [s for s in trainer.skies(name, size, [method]) if (name, size, s, method) in found.of]
            if both and method not in ("labels", "cv14"):
                cells = [SCENARIOS[name].about, f"{size:,}", title, str(len(both))]
                for what in ("accuracy", "log_loss"):
                    for record in (trainer, found):
                        cells.append(f"{np.mean([record.of[name, size, s, method][what] for s in both]):.3f}")
                lines.append("| " + " | ".join(cells) + " |")
    return lines


def _table(found: Results, name: str, size: int) -> list[str]:
    """Every method on one kind of sky."""
    lines = [
        "| method | skies | accuracy | worst | α 4–8 | 8–12 | 12–18 | over 18 | log-loss | calibration error "
        "| share error α 4–8 | CV14 | CV18 |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for method, title in NAMES.items():
        accuracy = found.values(name, size, method, "accuracy")
        if not accuracy:
            continue
        by_alpha = [mean(found.values(name, size, method, "accuracy_by_alpha", i)) for i in range(4)]
        certain = method in ("labels", "debiased-labels")
        rest = [
            "–" if certain else mean(found.values(name, size, method, w)) for w in ("log_loss", "calibration_error")
        ]
        rest.append(_share(found, name, size, method))
        bias = [mean(found.biases(name, size, method, what)) for what in ("cv14", "cv18")]
        cells = [title, str(len(accuracy)), mean(accuracy), f"{min(accuracy):.3f}", *by_alpha, *rest, *bias]
        lines.append("| " + " | ".join(cells) + " |")
    absent = [title for method, title in NAMES.items() if not found.values(name, size, method, "accuracy")]
    return [*lines, "", *_not_run(absent)]


def _share(found: Results, name: str, size: int, method: str) -> str:
    """Share error; of one sky with its interval over galaxies."""
    errors = [e for e in found.values(name, size, method, "share_error_by_alpha", 0) if e is not None]
    if len(errors) == 1:
        value, half = errors[0]  # type: ignore[misc]
        return f"{value:+.3f} ± {half:.3f} (over galaxies)"
    return mean(found.share_errors(name, size, method), "+")


def _not_run(names: Iterable[str]) -> list[str]:
    absent = "; ".join(names)
    return [f"Not run: {absent}.", ""] if absent else []
