"""A small sky and a finished run over it, shared by the end-to-end tests."""

from collections.abc import Callable
from pathlib import Path

import pytest
from harness import run_truemorph, run_words

from truemorph.cli import main

Once = Callable[[str, Callable[[Path], None]], Path]


@pytest.fixture(scope="session")
def sky(once: Once) -> Path:
    """A sky of 400 galaxies."""

    def make(folder: Path) -> None:
        words = ["simulate", "--out", str(folder / "sky"), "--galaxies", "400", "--seed", "20", "--size", "64"]
        assert main(words) == 0

    return once("sky", make) / "sky"


@pytest.fixture(scope="session")
def finished_run(sky: Path, once: Once) -> Path:
    """The folder of a finished run over the sky, in a process of its own, never disturbed."""

    def make(folder: Path) -> None:
        finished = run_truemorph(*run_words(sky, folder / "out"))
        assert finished.returncode == 0, finished.stderr
        (folder / "stdout").write_text(finished.stdout)

    return once("run", make) / "out"
