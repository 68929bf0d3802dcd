"""A law of your own: written once, learnt with a network, and loaded again with its model.

Run it with: python examples/own_law.py
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import keras
import numpy as np

from truemorph import DebiasingLayer, FormulaLaw, register_law


@register_law
@dataclass(frozen=True)
class LorentzLaw(FormulaLaw):
    """p(smooth | disk, alpha) = 1 / (1 + (alpha / theta)^2): mistakes stay common at a high resolution."""

    theta: float
    kind: ClassVar[str] = "lorentz"
    positive: ClassVar[frozenset[str]] = frozenset({"theta"})

    def formula(self, alpha: Any, at: Mapping[str, Any], xp: Any) -> Any:
        """u = -log p_flip; xp is numpy, or keras.ops in a network."""
        return xp.log(1.0 + xp.square(alpha / at["theta"]))

    def slopes(self, observables: np.ndarray) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
        """u, du / d ln alpha, and du / d ln theta: only fits to a catalogue need them."""
        u = self.neg_log_flip(observables)
        slope = 2.0 * (1.0 - np.exp(-u))
        return u, slope, {"theta": -slope[:, None]}


if __name__ == "__main__":
    images, alpha = keras.Input((16, 16)), keras.Input((1,))
    logits = keras.layers.Dense(2)(keras.layers.Flatten()(images))
    layer = DebiasingLayer(LorentzLaw(9.0), from_logits=True, learn={"theta": 0.1}, galaxies=2000)
    model = keras.Model([images, alpha], layer([logits, alpha]))
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "model.keras")
        again = keras.models.load_model(Path(folder) / "model.keras")
    found = [one for one in again.layers if isinstance(one, DebiasingLayer)]
    law = found[0].learnt_law()
    print(f"loaded again: {law.kind}, theta {law.parameters['theta']:.3f}")
