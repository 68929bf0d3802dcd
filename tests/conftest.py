"""What every test may use."""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

# Before NumPy is there: the workers of pytest share the cores, and BLAS's threads would only spin beside each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

Once = Callable[[str, Callable[[Path], None]], Path]
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Reference numbers and real galaxies, kept beside the repository where they exist."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip(f"needs the reference data in {folder}, which is not here")
    return folder


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
