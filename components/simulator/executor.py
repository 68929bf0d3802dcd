"""Simulator as a component: a sky with known truth as the source of a pipeline."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from truemorph.components.base import Spec
from truemorph.components.simulator.sky import simulate

SPEC = Spec(
    name="Simulator",
    inputs=(),
    outputs=("sky",),
    parameters=("galaxies", "seed", "theta", "size", "null"),
)


def execute(inputs: Mapping[str, Path], outputs: Mapping[str, Path], parameters: Mapping[str, Any]) -> None:
    """Write a sky; see `truemorph.components.simulator.sky.simulate`."""
    simulate(outputs["sky"], **parameters)
