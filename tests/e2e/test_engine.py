"""A real Beam engine, its worker or itself killed on the way, writes the bytes that one process writes."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("go"), reason="needs Go, to build Prism")
def test_a_killed_engine_changes_no_byte(root: Path, tmp_path: Path) -> None:
    script = root / "tests" / "bench" / "bench_engine.py"
    done = subprocess.run(
        [sys.executable, str(script), "--stamps", "3000", "--build", str(tmp_path)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("the same bytes") == 3
