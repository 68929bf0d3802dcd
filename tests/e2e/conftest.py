"""A small sky and a finished run over it, shared by the end-to-end tests."""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from harness import run_truemorph, run_words

from truemorph.cli import main

Once = Callable[[str, Callable[[Path], None]], Path]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Makes a folder that all workers of a session share: the first one to come makes it, the others wait."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    def made(name: str, make: Callable[[Path], None]) -> Path:
        folder, done = shared / name, shared / f"{name}.done"
        with open(shared / f"{name}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                shutil.rmtree(folder, ignore_errors=True)  # what a worker that failed left
                folder.mkdir()
                make(folder)
                done.touch()
        return folder

    return made


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
