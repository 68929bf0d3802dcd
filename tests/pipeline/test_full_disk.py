"""A disk that is full or takes no locks: one line that names the place, nothing half-written, and then it goes on."""

import errno
import fcntl
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from truemorph.cli import main
from truemorph.components.bulk_inferrer.work import held

FULL = "File too large; raise the limit with ulimit -f"
"""What a file beyond the limit gives, which anyone can set: as a full disk, it lets a write fail half-way."""


@contextmanager
def little_room(size: int) -> Iterator[None]:
    """No file of this process grows beyond some bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_sky_and_its_dataset(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sky, dataset = tmp_path / "sky", tmp_path / "dataset"
    simulate = ["simulate", "--galaxies", "60", "--size", "48", "--seed", "3", "--out", str(sky)]
    with little_room(4096):
        assert main(simulate) == 1
    assert f"truemorph simulate: error: {sky}: {FULL}" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    assert main(simulate) == 0
    sources = [word for name in ("votes", "photometry") for word in (f"--{name}", str(sky / f"{name}.csv"))]
    ingest = ["ingest", *sources, "--images", str(sky / "images"), "--out", str(dataset)]
    with little_room(40_000):
        assert main(ingest) == 1
    told = capsys.readouterr().err.splitlines()[-1]
    assert told.startswith(f"truemorph ingest: error: {dataset}/") and f"-of-00001: {FULL}" in told
    assert not list(dataset.rglob("*tfrecord*")) and not (dataset / "examples").exists()
    assert main(ingest) == 0
    assert len(list((dataset / "examples").rglob("*tfrecord*"))) == 3


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS])
def test_a_disk_that_takes_no_locks(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    out = tmp_path / "out.csv"
    assert main(["simulate", "--galaxies", "3", "--out", str(out)]) == 2
    told = f"{out}: {os.strerror(number)}; choose a disk that supports file locks (flock)"
    assert capsys.readouterr().err == f"truemorph simulate: error: {told}\n"
    with pytest.raises(OSError, match=os.strerror(number)) as error, held(out):
        pass
    assert error.value.filename == str(out)
