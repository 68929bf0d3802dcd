"""Certainty of networks that were not trained, for tests of what is made of it."""

from typing import Any

import numpy as np

from truemorph.components.certainty.certainty import Certainty
from truemorph.components.certainty.laplace import Evidence
from truemorph.components.certainty.look import with_features


def certainty(network: Any, pixels: np.ndarray, seed: int = 0) -> Certainty:
    """That of labels drawn for some images, (n, S, S, 3): of the features that the network makes of them."""
    features = np.asarray(with_features(network)(pixels)[0], np.float64)
    rng, n = np.random.default_rng(seed), len(features)
    evidence = Evidence.of(features, rng.uniform(0.1, 0.25, n), rng.normal(size=n))
    return Certainty.of(evidence, n, 1.0, features, [[0.3, 0.0], [-0.1, 0.2]])
