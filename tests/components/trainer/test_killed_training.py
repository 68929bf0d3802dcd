"""A training killed within an epoch goes on with the next batch, and ends as one that nothing disturbed."""

import json
import signal
from pathlib import Path

import forked
import keras
import numpy as np
import pytest
import toy
import training

SETTINGS = training.SETTINGS | {"epochs": 2, "deterministic": True}
# A checkpoint after every batch, a line for every batch; the process kills itself when it has said the deadly words.
TRAINED = """
import json, os, signal, sys
from pathlib import Path
from truemorph.components.trainer import callbacks, checkpoint
from truemorph.components.trainer.executor import execute
say = callbacks.say
def last_words(line):
    say(line)
    if sys.argv[3] and line.startswith(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
callbacks.say = last_words
checkpoint.SECONDS = callbacks.Watch.LINE_EVERY = 0.0
folder, settings = Path(sys.argv[1]), json.loads(sys.argv[2])
for out in sys.argv[4:]:
    execute({"examples": folder / "examples", "bias_law": folder / "bias_law.json"}, {"model": Path(out)}, settings)
"""


@pytest.mark.slow  # stopped by an exception in test_folds.py
def test_a_killed_training_goes_on_within_its_epoch_as_if_nothing_had_been(tmp_path: Path) -> None:
    """Given a training killed in the third batch of six, when begun again, it is bit for bit the undisturbed one."""
    folder, _ = toy.run(tmp_path / "sky", 192, 40, 0)
    whole, out = tmp_path / "whole", tmp_path / "killed"

    killed = forked.run(TRAINED, folder, json.dumps(SETTINGS), "epoch 2/2: 50% done", out)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert (out / "checkpoint.npz").exists() and not (out / "model.json").exists()

    again = forked.run(TRAINED, folder, json.dumps(SETTINGS), "", out, whole)
    assert again.returncode == 0, again.stderr
    assert "continuing after epoch 1/2 and 2 batches" in again.stderr
    assert again.stderr.count("epoch 2/2: 33% done") == 1, "the killed training began its epoch anew"

    for name in ("history.json", "model.json"):
        assert (out / name).read_bytes() == (whole / name).read_bytes()
    one, other = (keras.saving.load_model(path / "model.keras").get_weights() for path in (whole, out))
    assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
    assert sorted(path.name for path in out.iterdir()) == ["certainty.npz", "history.json", "model.json", "model.keras"]
