"""`truemorph train` killed with kill -9 at random moments and started again: the same history and weights."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pytest
from harness import SMALL, run_truemorph, source_words

# A checkpoint after every batch, so that most moments lie within an epoch.
TRAIN = """
import sys
from truemorph.components.trainer import checkpoint
from truemorph.cli import main
checkpoint.SECONDS = 0.0
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.slow
def test_ten_random_moments(sky: Path, tmp_path: Path) -> None:
    assert run_truemorph("ingest", *source_words(sky), "--out", tmp_path / "in").returncode == 0
    sets = [word for key in (*SMALL[:4], "trainer.deterministic=true") for word in ("--set", key)]

    def command(out: Path) -> list[str]:
        words = ["train", "--examples", str(tmp_path / "in" / "examples"), "--out", str(out), "--theta", "9.18"]
        return [sys.executable, "-c", TRAIN, *words, "--resume", *sets, "--set", "trainer.epochs=12"]

    def begun(out: Path) -> subprocess.Popen[str]:
        process = subprocess.Popen(command(out), stderr=subprocess.PIPE, text=True, start_new_session=True)
        for line in process.stderr or ():
            if "Trainer.debiased" in line:
                break
        return process

    whole, out, rng = tmp_path / "whole", tmp_path / "out", np.random.default_rng(5)
    process, began = begun(whole), time.monotonic()
    process.communicate()
    assert process.returncode == 0
    lasts = time.monotonic() - began
    killed = went_on = 0
    while killed < 10:
        process = begun(out)
        try:
            said = process.communicate(timeout=float(rng.uniform(0.2, 0.8)) * lasts)[1]
            # It was quicker, for it kept what the earlier ones had done: the next begins anew.
            assert process.returncode == 0, said
            shutil.rmtree(out)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            killed += 1
            went_on += "continuing after epoch" in process.communicate()[1]
    assert went_on >= 2
    again = subprocess.run(command(out), capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    one, other = (folder / "models" / "debiased" for folder in (whole, out))
    for name in ("history.json", "model.json"):
        assert (other / name).read_bytes() == (one / name).read_bytes()
    weights = [keras.saving.load_model(folder / "model.keras").get_weights() for folder in (one, other)]
    assert all(np.array_equal(a, b) for a, b in zip(*weights, strict=True))
    assert not [path for path in out.rglob("*") if path.name.endswith(".tmp") or path.name == "checkpoint.npz"]
