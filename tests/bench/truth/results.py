"""The recorded results of the truth benchmark, and their means over skies."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from methods import NAMES
from scenarios import SCENARIOS, same_run
from scipy import stats

OURS, VOTES, CEILING, BASE = "estimated", "votes", "truth", "naive"
"""VOTES is what `small` does by default where votes are counted, OURS where there are labels alone."""
VARIANTS = ("given", "refitted", "learned", "votes", "votes-refitted", "votes-features-refitted")
"""truemorph, otherwise than OURS."""
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

    def scenarios(self) -> list[str]:
        """The kinds of sky on which anything was run, in the order of the table."""
        return [name for name in SCENARIOS if name in self.keys(0)]

    def sizes_of(self, scenario: str) -> list[int]:
        """The sizes at which a kind of sky was run."""
        return sorted({key[1] for key in self.of if key[0] == scenario})

    def size_of(self, scenario: str) -> int:
        """The size at which most methods were run on it, the larger of two."""
        kinds = {size: {key[3] for key in self.of if key[:2] == (scenario, size)} for size in self.sizes_of(scenario)}
        return max(kinds, key=lambda size: (len(kinds[size]), size))

    def skies(self, scenario: str, size: int, methods: Sequence[str]) -> list[int]:
        """The seeds for which all of these methods were run."""
        return [s for s in self.keys(2) if all((scenario, size, s, m) in self.of for m in methods)]

    def values(self, scenario: str, size: int, method: str, what: str, index: int | None = None) -> list[Any]:
        """A score on every sky where the method was run and the score was kept."""
        results = [self.of[scenario, size, s, method] for s in self.skies(scenario, size, [method])]
        found = [result[what] for result in results if what in result]
        return [value if index is None else value[index] for value in found]

    def share_errors(self, scenario: str, size: int, method: str) -> list[float]:
        """Share of disks at alpha 4 to 8, found less true, on every sky."""
        return [e[0] for e in self.values(scenario, size, method, "share_error_by_alpha", 0) if e is not None]

    def biases(self, scenario: str, size: int, method: str, what: str) -> list[float]:
        """CV14's or CV18's bias on every sky, where all of them have one."""
        values = [bias["value"] for bias in self.values(scenario, size, method, what)]
        return values if all(value is not None for value in values) else []

    def middle(self, scenario: str, size: int, method: str, what: str) -> float:
        """Mean over skies of a score, or of the share error of the lowest bin; nan where there is none."""
        lowest = what == "share_error_by_alpha"
        values = self.share_errors(scenario, size, method) if lowest else self.values(scenario, size, method, what)
        return float(np.mean(values)) if values else math.nan

    def gap_closed(self, scenario: str, size: int, method: str) -> list[float]:
        """(accuracy - naive) / (ceiling - naive) on every sky where all three were run."""
        skies = self.skies(scenario, size, [method, BASE, CEILING])
        table = [[self.of[scenario, size, s, m]["accuracy"] for m in (method, BASE, CEILING)] for s in skies]
        return [(ours - base) / (ceiling - base) for ours, base, ceiling in table]

    def differences(self, scenario: str, size: int, one: str, other: str, lowest_bin: bool = False) -> list[float]:
        """Accuracy of one method less that of another, on every sky where both were run; of all or of alpha 4 to 8."""
        skies = self.skies(scenario, size, [one, other])
        pairs = [[self.of[scenario, size, s, method] for method in (one, other)] for s in skies]
        if lowest_bin:
            return [a["accuracy_by_alpha"][0] - b["accuracy_by_alpha"][0] for a, b in pairs]
        return [a["accuracy"] - b["accuracy"] for a, b in pairs]


def mean(values: Sequence[float], sign: str = "") -> str:
    """Mean over skies with its 95 % interval (Student's t), or the value of the only sky; sign '+' for gains."""
    if not values:
        return "–"
    if len(values) == 1:
        return f"{values[0]:{sign}.3f}"
    return f"{np.mean(values):{sign}.3f} ± {half_width(values):.3f}"


def half_width(values: Sequence[float]) -> float:
    """Half of the 95 % interval of a mean over two skies or more (Student's t)."""
    return float(stats.t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / math.sqrt(len(values)))
