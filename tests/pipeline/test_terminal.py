"""What the terminal is told: colours only where it shows them, completion."""

import contextlib
import io
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from truemorph import terminal
from truemorph.cli import main


class Screen(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def colour_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")


def test_colours_only_on_a_terminal_that_takes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert terminal.paint("error:", "red", io.StringIO()) == "error:"
    assert terminal.paint("error:", "red", Screen()) == "\033[1;31merror:\033[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert terminal.paint("error:", "red", Screen()) == "error:"
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert terminal.paint("error:", "red", Screen()) == "error:"


def test_the_table_is_painted_without_changing_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "  CV14 bias\na Raw labels 0.336\nb Debiased labels not_run"
    assert terminal.paint_table(text) == text
    monkeypatch.setattr(sys, "stdout", Screen())
    painted = terminal.paint_table(text)
    assert "\033[33mnot_run\033[0m" in painted and painted.startswith("\033[1m  CV14 bias\033[0m\n")


def script_of(shell: str, folder: Path) -> Path:
    """The completion script of a shell, in a file."""
    path = folder / f"_truemorph.{shell}"
    with path.open("w") as file, contextlib.redirect_stdout(file):
        main(["completion", shell])
    return path


def complete(words: list[str], tmp_path: Path) -> list[str]:
    """What bash offers after these words."""
    quoted = " ".join(f"'{word}'" for word in words)
    code = f"source {script_of('bash', tmp_path)}; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1};"
    code += "_shtab_truemorph 2> /dev/null; echo ${COMPREPLY[@]}"
    return subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
def test_bash_completes_commands_options_and_choices(tmp_path: Path) -> None:
    assert complete(["truemorph", "e"], tmp_path) == ["estimate-theta", "evaluate", "export"]
    assert complete(["truemorph", "run", "--ph"], tmp_path) == ["--photometry"]
    assert complete(["truemorph", "train", "--backbone", "resnet"], tmp_path) == ["resnet50", "resnet101"]
    assert complete(["truemorph", "run", "--set", "trainer.ep"], tmp_path) == ["trainer.epochs="]
    assert complete(["truemorph", "ingest", "--set", "trainer.ep"], tmp_path) == []


@pytest.mark.skipif(not shutil.which("zsh"), reason="needs zsh")
def test_zsh_takes_its_script(tmp_path: Path) -> None:
    script = script_of("zsh", tmp_path)
    subprocess.run(["zsh", "-n", str(script)], check=True)
    code = f"autoload -U compinit && compinit -u -d {tmp_path}/dump && source {script} && print $_comps[truemorph]"
    done = subprocess.run(["zsh", "-f", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "_shtab_truemorph"
