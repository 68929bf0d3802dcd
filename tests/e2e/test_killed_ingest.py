"""Killed with kill -9 at random moments and started again: the same bytes, nothing lost, nothing left over."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from harness import run_truemorph, source_words

# Small shards, so that there are moments between them; slow images, so that these are not over at once.
INGEST = """
import sys, time
from truemorph.components.example_gen import splits
from truemorph.components.images import stores
from truemorph.cli import main
splits.ROWS_PER_SHARD = 20
read = stores.read_image
def slowly(*place):
    time.sleep(float(sys.argv[1]))
    return read(*place)
stores.read_image = slowly
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.slow
def test_ten_random_moments(sky: Path, tmp_path: Path) -> None:
    broken = sorted((sky / "images").glob("*.jpg"))[0]
    whole = broken.read_bytes()
    broken.write_bytes(whole[:-30])
    try:
        _kill_ten_times(sky, tmp_path)
    finally:
        broken.write_bytes(whole)


def _kill_ten_times(sky: Path, tmp_path: Path) -> None:
    def command(out: Path, wait: float) -> list[str]:
        return [sys.executable, "-c", INGEST, str(wait), "ingest", *source_words(sky), "--out", str(out)]

    undisturbed, out = tmp_path / "undisturbed", tmp_path / "out"
    began = time.monotonic()
    assert subprocess.run(command(undisturbed, 0.01), capture_output=True).returncode == 0
    lasts = time.monotonic() - began
    rng, killed = np.random.default_rng(9), 0
    while killed < 10:
        process = subprocess.Popen(
            command(out, 0.01), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        began = time.monotonic()
        try:
            process.wait(timeout=float(rng.uniform(0.3, 0.9)) * lasts)
            # It was quicker, for it kept what the earlier ones had made: the next begins anew.
            shutil.rmtree(out)
            lasts = min(lasts, time.monotonic() - began)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            killed += 1
    again = subprocess.run(command(out, 0.0), capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    same = [json.loads((run / "examples" / "manifest.json").read_text()) for run in (undisturbed, out)]
    assert same[0] == same[1]
    for path in [*undisturbed.glob("examples/Split-*/*"), undisturbed / "rejects.csv"]:
        assert (out / path.relative_to(undisturbed)).read_bytes() == path.read_bytes(), path
    left = [path for path in out.rglob("*") if path.name.endswith((".tmp", ".parts")) or path.name == ".work"]
    assert not left and not any((out / ".truemorph" / "staging").iterdir())
    counts = same[1]["counts"]
    rows = len(pd.read_csv(sky / "votes.csv"))
    examples = sum(counts[split] for split in ("train", "eval", "test"))
    assert rows == counts["rows_in"] == examples + sum(counts["rejects"].values())
    assert counts["rejects"]["image_truncated"] == 1
    assert run_truemorph("ingest", *source_words(sky), "--out", out).returncode == 0
