"""A real Beam engine, its worker or itself killed on the way, writes the bytes that one process writes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def test_without_go_it_is_one_line(root: Path, tmp_path: Path) -> None:
    done = engine(root, tmp_path, {"PATH": ""})
    assert done.returncode == 1
    assert done.stderr == "make engine: needs Go, to build Prism from its module; install Go 1.25 or newer\n"


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("go"), reason="needs Go, to build Prism")
def test_a_killed_engine_changes_no_byte(root: Path, tmp_path: Path) -> None:
    done = engine(root, tmp_path, {})
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()[1:]
    ways = ("in this process", "on the engine", "worker killed", "engine killed")
    assert [line.partition(":")[0] for line in lines] == [f"{k}, {way}" for k in ("ingest", "predict") for way in ways]
    assert done.stdout.count("the same bytes") == 6
    assert done.stdout.count("the first run ended with: truemorph") == 4


def engine(root: Path, build: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """`make engine`, built in a folder of its own."""
    command = [sys.executable, str(root / "tests" / "bench" / "bench_engine.py"), "--build", str(build)]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | environment)
