"""The first ten lines of the truth benchmark's page: what was found, where we lose, what was not run."""

from collections.abc import Iterable

import numpy as np
from methods import METHODS, NAMES
from results import BASE, CEILING, OURS, VARIANTS, VOTES, Results
from scenarios import SCENARIOS


def summary(found: Results, before: Results) -> list[str]:
    """At most ten lines, each from the record.

    Args:
        found: the results.
        before: those of the networks as they were trained before.
    """
    skies = [(name, found.size_of(name)) for name in found.scenarios()]
    ours = [(found.middle(n, s, OURS, "accuracy"), n, s) for n, s in skies if found.values(n, s, OURS, "accuracy")]
    if not ours:
        return ["1. θ estimated was not run: there is nothing to sum up."]
    lines = [*_worst(found, ours), *_votes(found, skies), *_lost(found, ours), *_gains(found, before, ours)]
    lines += _absent(found)
    return [f"{number}. {line}" for number, line in enumerate(lines[:10], 1)]


def _worst(found: Results, ours: list[tuple[float, str, int]]) -> Iterable[str]:
    accuracy, name, size = min(ours)
    ceiling = found.middle(name, size, CEILING, "accuracy")
    told = f"ceiling {ceiling:.3f}" if np.isfinite(ceiling) else "its ceiling was not run"
    yield (
        f"Accuracy of truemorph with θ estimated: {accuracy:.3f} on its worst sky ({SCENARIOS[name].about}, "
        f"n = {size:,}; {told}), {max(ours)[0]:.3f} on its best ({SCENARIOS[max(ours)[1]].about})."
    )
    errors = [(found.middle(n, s, OURS, "share_error_by_alpha"), n) for _, n, s in ours]
    errors = [(value, n) for value, n in errors if np.isfinite(value)]
    if errors:
        value, name = max(errors, key=lambda each: abs(each[0]))
        about = SCENARIOS[name].about
        yield f"Share of disks found at α 4 to 8, minus the true share: {value:+.3f} at its worst ({about})."


def _votes(found: Results, skies: list[tuple[str, int]]) -> Iterable[str]:
    """What votes teach beyond labels."""
    gains = [(found.differences(n, s, VOTES, OURS), n) for n, s in skies]
    known = [(float(np.mean(gain)), n) for gain, n in gains if gain]
    if known:
        (least, worst), (most, best) = min(known), max(known)
        yield (
            f"Learning from votes instead of labels, the default where they are counted, changes the accuracy by "
            f"{np.mean([gain for gain, _ in known]):+.3f} on average over {len(known)} kinds of sky, from {least:+.3f} "
            f"({worst}) to {most:+.3f} ({best})."
        )


def _lost(found: Results, ours: list[tuple[float, str, int]]) -> Iterable[str]:
    """Who is ahead of us, and where."""
    behind: dict[str, list[tuple[float, str]]] = {}
    compared = 0
    for _, name, size in ours:
        for rival in NAMES:
            gain = found.differences(name, size, OURS, rival)
            if gain and rival not in (OURS, CEILING):
                compared += 1
                if np.mean(gain) < 0:
                    behind.setdefault(rival, []).append((-float(np.mean(gain)), name))
    told = []
    for rival, lost in behind.items():
        most, where = max(lost)
        kinds = f"{len(lost)} kinds of sky, at most" if len(lost) > 1 else "one,"
        kind = " (a variant of truemorph)" if rival in VARIANTS else ""
        told.append(f"{NAMES[rival]}{kind} on {kinds} by {most:.3f} on {where}")
    text = "; ".join(told) if told else "no method that was run"
    yield f"Better in accuracy than θ estimated, in {compared} comparisons of a method and a sky: {text}."
    harm = [(found.differences(n, s, OURS, BASE), n) for _, n, s in ours]
    gains = [(np.mean(gain), n) for gain, n in harm if gain]
    if gains:
        least, name = min(gains)
        yield f"Least gain in accuracy over the naive network: {least:+.3f} ({SCENARIOS[name].about})."


def _gains(found: Results, before: Results, ours: list[tuple[float, str, int]]) -> Iterable[str]:
    """What training as it is now brings."""
    for method in (OURS, BASE, CEILING):
        gains = []
        for _, name, size in ours:
            seeds = [s for s in found.skies(name, size, [method]) if (name, size, s, method) in before.of]
            pairs = [(found.of[name, size, s, method], before.of[name, size, s, method]) for s in seeds]
            if pairs:
                gains.append((float(np.mean([now["accuracy"] - then["accuracy"] for now, then in pairs])), name))
        if gains:
            (least, worst), (most, best) = min(gains), max(gains)
            yield (
                f"Accuracy after minus before, {NAMES[method]}: {np.mean([gain for gain, _ in gains]):+.3f} on average "
                f"over {len(gains)} kinds of sky, from {least:+.3f} ({worst}) to {most:+.3f} ({best})."
            )


def _absent(found: Results) -> Iterable[str]:
    kinds = [name for name in SCENARIOS if name not in found.scenarios()]
    methods = [NAMES[m] for m in METHODS if m not in found.keys(3)]
    if kinds:
        yield f"Not run: the skies {', '.join(kinds)}."
    if methods:
        yield f"Not run on any sky: {', '.join(methods)}."
    few = sorted({len(found.skies(n, found.size_of(n), [OURS])) for n in found.scenarios()})
    yield f"Skies of each kind: {few[0]} to {few[-1]}; if there is only one, a difference may be due to that sky."
