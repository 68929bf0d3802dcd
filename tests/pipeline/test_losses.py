"""The likelihood in other people's training loops: the same under every backend, to 1e-6, gradients too."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import backend_losses as given
import numpy as np
import pytest
from scipy.special import log_softmax, logsumexp


def plain(logits: np.ndarray, kind: str) -> float:
    """The loss as a loop over galaxies."""
    total = 0.0
    for n, alpha in enumerate(given.ALPHA):
        flip = np.exp(-(alpha**2) / (2 * given.LAW.theta**2))
        confusion = np.array([[1.0, 0.0], [flip, 1.0 - flip]])
        p = np.exp(log_softmax(logits[n]))
        if kind == "labels":
            total -= np.log(sum(p[y] * confusion[y, given.SEEN[n]] for y in (0, 1)))
        else:
            told = given.VOTES.log_votes(given.COUNTS[n : n + 1])[0]
            with np.errstate(divide="ignore"):
                total -= logsumexp(np.log(p)[:, None] + np.log(confusion) + told)
    return total / len(given.ALPHA)


def slope(kind: str) -> np.ndarray:
    """The gradient by differences."""
    gradient = np.zeros_like(given.LOGITS)
    for place in np.ndindex(given.LOGITS.shape):
        step = np.zeros_like(given.LOGITS)
        step[place] = 1e-5
        gradient[place] = (plain(given.LOGITS + step, kind) - plain(given.LOGITS - step, kind)) / 2e-5
    return gradient


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_losses_and_gradients_are_those_of_a_plain_loop(backend: str) -> None:
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"needs {backend}, which is not installed")
    script = Path(given.__file__)
    environment = {**os.environ, "KERAS_BACKEND": backend, "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, Any]] = json.loads(done.stdout)
    for kind in ("labels", "votes"):
        assert found[kind]["value"] == pytest.approx(plain(given.LOGITS, kind), abs=1e-6)
        np.testing.assert_allclose(found[kind]["gradient"], slope(kind), atol=1e-6)
