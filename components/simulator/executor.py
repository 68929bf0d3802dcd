"""Simulator as a component: a sky with known truth as the source of a pipeline."""

from truemorph.components.base import Parameters, Paths, Spec
from truemorph.components.simulator.sky import simulate

SPEC = Spec(
    name="Simulator",
    inputs=(),
    outputs=("sky",),
    parameters=("galaxies", "seed", "theta", "size", "null"),
)


def execute(inputs: Paths, outputs: Paths, parameters: Parameters) -> None:
    """Write a sky; see `truemorph.components.simulator.sky.simulate`."""
    simulate(outputs["sky"], **parameters)
