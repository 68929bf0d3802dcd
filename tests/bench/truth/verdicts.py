"""What the truth benchmark says of what was asked for: met or missed."""

from collections.abc import Iterable

import numpy as np
from methods import NAMES
from results import BASE, CEILING, OURS, VARIANTS, VOTES, Result, Results, half_width, mean
from scenarios import SCENARIOS

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

GOALS = (
    ("another-hand", CEILING, "accuracy", 0.975),
    *(
        (name, method, what, goal)
        for name, what, goal in (
            ("another-hand", "accuracy", 0.955),
            ("another-hand", "calibration_error", 0.03),
            ("another-hand", "share_error_by_alpha", 0.04),
            ("half-real", "balanced_accuracy", 0.935),
            ("half-real", "calibration_error", 0.05),
            ("own-theta", "accuracy", 0.96),
            ("own-theta", "share_error_by_alpha", 0.04),
            ("another-hand-own-theta", "accuracy", 0.96),
            ("another-hand-own-theta", "share_error_by_alpha", 0.04),
        )
        for method in (OURS, VOTES)
    ),
)
"""Asked of the mean over skies: accuracy at least that, errors at most."""


def verdicts(found: Results) -> Iterable[tuple[str, str]]:
    """Questions and answers, the most telling first."""
    for question in (_ahead, _goals, _variants, _targets, _trials):
        for size in found.keys(1):
            yield from question(found, size)


def _ahead(found: Results, size: int) -> Iterable[tuple[str, str]]:
    """Whether it is ahead of every other method; where it is not, that comes first."""
    rivals = {m: found.differences("main", size, OURS, m) for m in NAMES if m not in (OURS, CEILING, *VARIANTS)}
    behind, close = [], []
    for rival, gain in rivals.items():
        if gain and np.mean(gain) <= 0:
            behind.append(NAMES[rival])
        elif gain and (len(gain) == 1 or np.mean(gain) <= half_width(gain)):
            close.append(f"{NAMES[rival]} (+{np.mean(gain):.3f})")
    if any(rivals.values()):
        text = f"no: behind {', '.join(behind)}" if behind else "yes"
        if close:
            skies = len(found.skies("main", size, [OURS]))
            text += f"; ahead, but not beyond the interval over {_skies(skies)}: {', '.join(close)}"
        absent = [NAMES[rival] for rival, gain in rivals.items() if not gain]
        if absent:
            text += f"; not run yet: {', '.join(absent)}"
        yield f"n = {size:,}: is truemorph (θ estimated) ahead of every other method?", text


def _goals(found: Results, size: int) -> Iterable[tuple[str, str]]:
    """Accuracy, calibration and share of disks on skies of other hands."""
    for name, method, what, goal in GOALS:
        value = found.middle(name, size, method, what)
        if np.isfinite(value):
            least = what.endswith("accuracy")
            met = value >= goal if least else abs(value) <= goal
            title = what.replace("_by_alpha", ", α 4 to 8").replace("_", " ")
            about = f"{name}, n = {size:,}, {NAMES[method]}: {title}"
            skies = _skies(len(found.skies(name, size, [method])))
            yield (
                f"{about}, mean of {skies}",
                f"{value:.3f}, target at {'least' if least else 'most'} {goal}: {_met(met)}",
            )


def _variants(found: Results, size: int) -> Iterable[tuple[str, str]]:
    """What else than the default brings."""
    gains = {NAMES[m].removeprefix("truemorph, "): found.differences("main", size, m, OURS) for m in VARIANTS}
    if any(gains.values()):
        text = "; ".join(f"{name} {mean(gain, '+')}" for name, gain in gains.items() if gain)
        yield f"n = {size:,}: accuracy beside that of θ estimated, same skies", text


def _targets(found: Results, size: int) -> Iterable[tuple[str, str]]:
    """The gap that is closed, the lowest bin of alpha, and CV18."""
    skies = found.skies("main", size, [OURS, BASE, CEILING])
    if not skies:
        return
    closed = min(found.gap_closed("main", size, OURS))
    target = f", target {TARGETS[size]}: {_met(closed >= TARGETS[size])}" if size in TARGETS else ""
    yield f"n = {size:,}: gap closed on the worst of {_skies(len(skies))}", f"{closed:.3f}{target}"
    below = max(found.differences("main", size, CEILING, OURS, lowest_bin=True))
    yield (
        f"n = {size:,}: below the ceiling in the lowest bin of α (4 to 8), worst sky",
        f"{below:.3f}, target 0.03: {_met(below <= 0.03)}",
    )
    inside = sum(_within(found.of["main", size, s, OURS]) for s in skies)
    yield (
        f"n = {size:,}: CV18 of the predictions within the 95 % interval of CV18 of the truth",
        f"on {inside} of {_skies(len(skies))}",
    )


def _trials(found: Results, size: int) -> Iterable[tuple[str, str]]:
    """Wrong laws, another backbone, and a sky without bias."""
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
        yield (
            f"no bias in the sky, n = {size:,}: truemorph less naive network, worst of {_skies(len(harm))}",
            f"{min(harm):+.4f}, target −0.005: {_met(min(harm) >= -0.005)}",
        )


def _met(good: bool) -> str:
    return "met" if good else "**missed**"


def _within(result: Result) -> bool:
    value, interval = result["cv18"]["value"], result["cv18_truth"]["interval"]
    return bool(interval and value is not None and interval[0] <= value <= interval[1])


def _skies(number: int) -> str:
    return "1 sky" if number == 1 else f"{number} skies"
