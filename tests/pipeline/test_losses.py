"""The likelihood in other people's training loops: the same under every backend, to 1e-6, gradients too."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import backend_losses as given
import keras
import numpy as np
import pytest
from scipy.special import log_softmax, logsumexp

import truemorph
from truemorph.components.laws import LAWS, Law

Plain = Callable[..., float]


def of_labels(logits: np.ndarray, law: Law) -> float:
    """The loss as a loop over galaxies."""
    total = 0.0
    for n, confusion in enumerate(law.matrix(given.observables_of(law))):
        p = np.exp(log_softmax(logits[n]))
        total -= np.log(sum(p[y] * confusion[y, given.SEEN[n]] for y in range(len(p))))
    return float(total / len(logits))


def of_votes(logits: np.ndarray, law: Law) -> float:
    """The loss of votes as a loop over galaxies."""
    total = 0.0
    for n, confusion in enumerate(law.matrix(given.ALPHA)):
        told = given.VOTES.log_votes(given.COUNTS[n : n + 1])[0]
        with np.errstate(divide="ignore"):
            total -= logsumexp(log_softmax(logits[n])[:, None] + np.log(confusion) + told)
    return float(total / len(logits))


def learning(loss: Callable[[np.ndarray, Law], float]) -> Plain:
    """The same with theta learnt, under its prior."""

    def total(logits: np.ndarray, ln_theta: np.ndarray) -> float:
        away = (float(ln_theta) - np.log(given.LAW.theta)) / given.LEARN["theta"]
        law = given.LAW.with_parameters({"theta": np.exp(ln_theta)})
        return loss(logits, law) + 0.5 * away**2 / len(logits)

    return total


def slope(loss: Plain, values: list[np.ndarray], which: int) -> np.ndarray:
    """The gradient by differences."""
    gradient = np.zeros_like(values[which])
    for place in np.ndindex(gradient.shape):
        ends = []
        for step in (1e-5, -1e-5):
            moved = [value.copy() for value in values]
            moved[which][place] += step
            ends.append(loss(*moved))
        gradient[place] = (ends[0] - ends[1]) / 2e-5
    return gradient


def wanted() -> dict[str, tuple[Plain, list[np.ndarray]]]:
    """Each loss as a loop, and what it is a function of."""
    laws: dict[str, tuple[Plain, list[np.ndarray]]] = {
        law.kind: (lambda logits, law=law: of_labels(logits, law), [given.logits_of(law)]) for law in given.LAWS
    }
    assert set(laws) == set(LAWS), "every law is tested"
    logits = given.logits_of(given.LAW)
    return {
        **laws,
        "votes": (lambda values: of_votes(values, given.LAW), [logits]),
        "layer": (learning(of_labels), [logits, given.LN_THETA]),
        "vote_layer": (learning(of_votes), [logits, given.LN_THETA]),
    }


def in_a_process() -> dict[str, Any]:
    """Everything, with the backend that the environment says."""
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run([sys.executable, given.__file__], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_losses_and_gradients_are_those_of_a_plain_loop(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"needs {backend}, which is not installed")
    monkeypatch.setenv("KERAS_BACKEND", backend)
    found = given.everything() if backend == keras.backend.backend() else in_a_process()
    cases = wanted()
    assert set(found) == set(cases)
    for name, (loss, values) in cases.items():
        assert found[name]["value"] == pytest.approx(loss(*values), abs=1e-6), name
        for which, gradient in enumerate(found[name]["gradients"]):
            np.testing.assert_allclose(gradient, slope(loss, values, which), atol=1e-6, err_msg=f"{name} {which}")


def test_what_other_backends_use_holds_no_tensorflow() -> None:
    root = Path(truemorph.components.__file__).parent
    files = [*sorted((root / "laws").glob("*.py")), root / "likelihood.py", root / "trainer" / "debiasing.py"]
    for file in files:
        assert not re.search(r"\btf\.|\btensorflow\b", file.read_text(encoding="utf-8")), file
