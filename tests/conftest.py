"""What every test may use."""

import os
from pathlib import Path

import pytest

# Before NumPy is there: the workers of pytest share the cores, and BLAS's threads would only spin beside each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

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
