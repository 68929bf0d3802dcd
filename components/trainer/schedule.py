"""The learning rate: a warm-up, then a fall."""

import math
from collections.abc import Callable
from typing import Any

import keras
from keras import ops
from keras.optimizers import schedules

WARM_UP = 0.1
"""Share of the steps over which the learning rate rises."""
LOWEST = 0.01
"""Share of the learning rate that is left at the end."""
FALLS: dict[str, Callable[[int], schedules.LearningRateSchedule | None]] = {
    "cosine": lambda steps: schedules.CosineDecay(1.0, steps, alpha=LOWEST),
    "exponential": lambda steps: schedules.ExponentialDecay(1.0, steps, LOWEST),
    "step": lambda steps: schedules.ExponentialDecay(1.0, steps / 3, math.sqrt(LOWEST), staircase=True),
    "constant": lambda steps: None,
}
"""What is left of the learning rate after the warm-up, by name; steps: those that follow."""


@keras.saving.register_keras_serializable(package="truemorph")
class Schedule(schedules.LearningRateSchedule):
    """A learning rate that rises over the first tenth of a training and then falls to a hundredth, or stays.

    Formula: with w = ceil(steps / 10), peak (1/w + (1 - 1/w) i / w) at the step i < w; then peak f(i - w), where f
    falls from 1 to 0.01 as half a cosine, exponentially, or by a tenth after each third of the steps left; or f = 1.

    Args:
        kind: 'cosine', 'exponential', 'step' or 'constant'.
        peak: the highest learning rate, > 0.
        steps: all steps of the training.

    Example:
        >>> schedule = Schedule("step", 1.0, 40)
        >>> [round(float(schedule(step)), 4) for step in (0, 2, 4, 15, 16, 28, 39)]
        [0.25, 0.625, 1.0, 1.0, 0.1, 0.01, 0.01]

    References:
        Loshchilov & Hutter 2017 for the cosine.
    """

    def __init__(self, kind: str, peak: float, steps: int) -> None:
        if kind not in FALLS:
            raise ValueError(f"kind must be one of {', '.join(FALLS)}. Received: kind={kind}")
        self.kind, self.peak, self.steps = kind, peak, steps
        self.warm_up = math.ceil(WARM_UP * steps)
        self.fall = FALLS[kind](max(steps - self.warm_up, 1))

    def __call__(self, step: Any) -> Any:
        step = ops.cast(step, "float32")
        left = 1.0 if self.fall is None else self.fall(ops.maximum(step - self.warm_up, 0.0))
        rising = 1.0 / self.warm_up + (1.0 - 1.0 / self.warm_up) * step / self.warm_up
        return self.peak * ops.where(step < self.warm_up, rising, left)

    def get_config(self) -> dict[str, Any]:
        return {"kind": self.kind, "peak": self.peak, "steps": self.steps}
