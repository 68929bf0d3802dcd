"""What a component is: a spec (named inputs, outputs, parameters) and an executor that does the work."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Paths = Mapping[str, Path]
Parameters = Mapping[str, Any]
Executor = Callable[[Paths, Paths, Parameters], None]


@dataclass(frozen=True)
class Spec:
    """The interface of a component.

    Args:
        name: the component's name, TFX's where it plays TFX's role.
        inputs: names of the inputs that it reads.
        outputs: names of the outputs that it writes, each a file or a folder.
        parameters: names of its parameters, each a JSON value.
        optional: those of the inputs and of the parameters that may be absent.
        grows: those of the outputs that are folders to which a run adds: what lies there stays, unless something of
            the same name is added.
    """

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    parameters: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    grows: tuple[str, ...] = ()


@dataclass(frozen=True)
class Component:
    """A spec bound to paths and values, ready to run.

    An executor reads only its inputs and writes only its outputs. The paths it is given for these are staged:
    their folder exists, they themselves do not, or hold what an interrupted attempt with the same inputs and the
    same parameters left; the runner publishes them by renaming once the executor has returned.

    Args:
        spec: the interface.
        executor: called as executor(inputs, outputs, parameters).
        inputs: path for each input.
        outputs: final path for each output.
        parameters: value for each parameter.
        id: a name of its own where a pipeline has several of one spec, such as 'Trainer.debiased'.

    Raises:
        ValueError: if names are missing or unknown to the spec.
    """

    spec: Spec
    executor: Executor
    inputs: Paths
    outputs: Paths
    parameters: Parameters = field(default_factory=dict)
    id: str = ""

    def __post_init__(self) -> None:
        if not self.id:
            object.__setattr__(self, "id", self.spec.name)
        required, settings = (
            set(names) - set(self.spec.optional) for names in (self.spec.inputs, self.spec.parameters)
        )
        for what, given, allowed, needed in (
            ("inputs", set(self.inputs), set(self.spec.inputs), required),
            ("outputs", set(self.outputs), set(self.spec.outputs), set(self.spec.outputs)),
            ("parameters", set(self.parameters), set(self.spec.parameters), settings),
        ):
            if needed - given or given - allowed:
                raise ValueError(
                    f"{self.id}: {what} must be {sorted(allowed)}. "
                    f"Received: {sorted(given)} (missing {sorted(needed - given)}, unknown {sorted(given - allowed)})"
                )
