"""What the machine refuses, and terminals that cannot show every letter: one line, a status, no traceback."""

import argparse
import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from truemorph.cli import doctor, main


@pytest.mark.parametrize(
    ("number", "status", "cure"),
    [
        (errno.ENOSPC, 1, "No space left on device; free some space, then run the same command again to continue"),
        (errno.EMFILE, 1, "Too many open files; raise the limit with ulimit -n"),
        (errno.ENAMETOOLONG, 2, "File name too long; give a shorter name"),
        (errno.EROFS, 2, "Read-only file system; choose a folder that you can write to"),
        (errno.EACCES, 2, "Permission denied; check its permissions"),
        (errno.EIO, 1, "Input/output error; check the disk or the connection, then try again"),
    ],
)
def test_an_error_of_the_system_is_one_line(
    number: int, status: int, cure: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(parsed: argparse.Namespace) -> None:
        raise OSError(number, os.strerror(number), "/data/run")

    monkeypatch.setattr(doctor, "run", fail)
    assert main(["doctor"]) == status
    error = capsys.readouterr().err
    assert error.startswith(f"truemorph doctor: error: /data/run: {cure}") and error.count("\n") == 1


def test_what_the_system_tells_tensorflow_is_one_line_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class ResourceExhaustedError(Exception):
        __module__ = "tensorflow.python.framework.errors_impl"

    def fail(parsed: argparse.Namespace) -> None:
        raise ResourceExhaustedError(f"{{{{function_node x}}}} {message} [Op:SaveV2]")

    monkeypatch.setattr(doctor, "run", fail)
    message = "/data/m/variables_temp/part-0; No space left on device"
    assert main(["doctor"]) == 1
    told = "truemorph doctor: error: /data/m/variables_temp/part-0: No space left on device; free some space"
    error = capsys.readouterr().err
    assert error.startswith(told) and error.count("\n") == 1
    message = "OOM when allocating tensor"
    with pytest.raises(ResourceExhaustedError):
        main(["doctor"])


@pytest.mark.parametrize("words", ["--help", "bias --help"])
def test_help_that_cannot_be_written_is_an_error(words: str) -> None:
    told = shell(f"$T -m truemorph {words} > /dev/full")
    assert told.returncode == 1 and told.stderr.count("\n") == 1 and "No space left on device" in told.stderr


@pytest.mark.skipif(not os.path.isdir("/sys/kernel"), reason="needs a place that nobody can write to: /sys")
def test_where_nobody_can_write(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--galaxies", "3", "--out", "/sys/x"]) == 2
    assert main(["simulate", "--galaxies", "3", "--out", str(tmp_path / ("x" * 300))]) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert "/sys/x: " in first and "check its permissions" in first
    assert "File name too long; give a shorter name" in second


def shell(command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", command],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, **environment, "T": sys.executable},
    )


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_help_on_a_terminal_without_all_letters(encoding: str) -> None:
    told = shell("$T -m truemorph ingest --help", PYTHONIOENCODING=encoding)
    assert (told.returncode, told.stderr) == (0, "")
    assert "rsic index" in told.stdout


@pytest.mark.parametrize(
    "closed",
    [
        *(pytest.param(one, marks=pytest.mark.slow) for one in (">&-", "2>&-")),  # both at once are the next
        ">&- 2>&-",
        "| true",
        "> /dev/full",
    ],
)
def test_a_closed_stream_is_no_traceback(closed: str, tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("l,a\n" + "".join(f"{i % 2},{i}\n" for i in range(400)))
    told = shell(f"$T -m truemorph bias {table} --label l --alpha a {closed}")
    assert "Traceback" not in told.stderr and "Exception ignored" not in told.stderr
    assert told.returncode == (1 if "full" in closed else 0)
    assert ("No space left on device; free some space" in told.stderr) == ("full" in closed)


def test_a_sky_in_the_folder_that_one_is_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder stays the same one: a shell in it would else see nothing."""
    monkeypatch.chdir(tmp_path)
    assert main(["simulate", "--out", ".", "--galaxies", "2", "--size", "32", "--quiet"]) == 0
    names = {"images", "photometry.csv", "sky.json", "structure.csv", "truth.csv", "votes.csv"}
    assert {path.name for path in Path().iterdir()} == names
