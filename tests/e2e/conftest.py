"""A small sky and a finished run over it, shared by the end-to-end tests."""

from pathlib import Path

import pytest
from harness import run_truemorph, run_words

from truemorph.cli import main


@pytest.fixture(scope="session")
def sky(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sky of 400 galaxies."""
    folder = tmp_path_factory.mktemp("sky") / "sky"
    assert main(["simulate", "--out", str(folder), "--galaxies", "400", "--seed", "20", "--size", "64"]) == 0
    return folder


@pytest.fixture(scope="session")
def finished_run(sky: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run over the sky, in a process of its own, never disturbed."""
    out = tmp_path_factory.mktemp("run") / "out"
    finished = run_truemorph(*run_words(sky, out))
    assert finished.returncode == 0, finished.stderr
    (out.parent / "stdout").write_text(finished.stdout)
    return out
