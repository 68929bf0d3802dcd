"""Skies that many tests share."""

from pathlib import Path
from types import ModuleType

import pytest
import toy
from upstream import jpeg, larger_sky, parameters, sky

__all__ = ["jpeg", "larger_sky", "parameters", "sky"]


@pytest.fixture(scope="session")
def toy_sky(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    """A folder with examples/ (480 training, 80 eval, 80 test galaxies) and bias_law.json, and the truth."""
    return toy.run(tmp_path_factory.mktemp("toy"), 480, 80, 80)


@pytest.fixture(scope="session")
def small_sky(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    """The same of 96 training, 40 eval and 8 test galaxies: enough to run a training, not to learn from it."""
    return toy.run(tmp_path_factory.mktemp("small"), 96, 40, 8)


@pytest.fixture(scope="session", name="toy")
def toy_module() -> ModuleType:
    """The module of toy skies."""
    return toy
