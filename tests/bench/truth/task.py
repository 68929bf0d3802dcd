"""What a method of the truth benchmark is given of a sky."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from engine import Trained, fit_network
from scenarios import Scenario
from sky import Sky

from truemorph.components.bias_estimator.law import bias_law

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Task:
    """What a method is given.

    Args:
        sky: the galaxies with labels.
        test: the galaxies to predict, none of the former.
        label: (N,) labels seen of the former.
        test_label: (M,) labels seen of the latter, which only 'labels' uses.
        scenario: the law's error and the backbone.
        seed: of the weights and draws.
        before: whether law and networks are those of before.
    """

    sky: Sky
    test: Sky
    label: npt.NDArray[np.int64]
    test_label: npt.NDArray[np.int64]
    scenario: Scenario
    seed: int
    before: bool = False

    @property
    def rates(self) -> tuple[float, float]:
        """Shares of the labels that the sample kept, of which nothing was known before."""
        return (1.0, 1.0) if self.before else self.scenario.rates

    def law(self) -> dict[str, Any]:
        """The catalogue's fit, as the pipeline makes it; or a wrong theta, known to that error only."""
        table = self.sky.table.assign(label_raw=self.label)
        factor = self.scenario.factor
        if factor == 1.0 and not self.before:
            return bias_law(table, "estimate", rates=self.rates, observables=None)
        law = bias_law(table, "estimate", rates=self.rates)
        if factor == 1.0:
            return law
        theta = factor * law["theta"]
        return law | {"theta": theta, "interval": sorted((theta * factor, theta / factor)), "spread": None}

    @cached_property
    def naive(self) -> Trained:
        """The network on the labels as they are."""
        return self.train(self.label)

    def with_column(self, name: str, values: Floats) -> "Task":
        """The same, with a column more of the galaxies with labels, which a law may take."""
        return replace(self, sky=replace(self.sky, table=self.sky.table.assign(**{name: values})))

    def train(self, label: npt.ArrayLike, **options: Any) -> Trained:
        """A network with the scenario's backbone."""
        about: dict[str, Any] = {"backbone": self.scenario.backbone, "rates": self.rates}
        if self.before:
            about["before"] = True
        return fit_network(self.sky, label, self.seed, **about | options)


Answer = tuple[Floats, Mapping[str, Any]]
"""(M,) p(disk) of the test galaxies, and notes."""
