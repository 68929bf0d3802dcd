"""Skies that many tests share."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from types import ModuleType

import bucket_servers
import pytest
import toy
from upstream import jpeg, larger_sky, parameters, sky

from truemorph.components.buckets import files
from truemorph.components.images import stores

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


@pytest.fixture(params=["gs", "s3", "hdfs"])
def bucket(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """URL of an empty folder on a server of this machine, of each kind."""
    servers: dict[str, AbstractContextManager[str]] = {
        "gs": bucket_servers.cloud_storage(monkeypatch),
        "s3": bucket_servers.s3(monkeypatch),
        "hdfs": bucket_servers.web_hdfs(monkeypatch, tmp_path_factory.mktemp("hdfs")),
    }
    with servers[request.param] as url:
        for each in (files._files, stores._opened):
            each.cache_clear()
        yield url
        for each in (files._files, stores._opened):
            each.cache_clear()
