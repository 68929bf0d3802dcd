"""What the terminal is told: colours only where it shows them, TensorFlow without its chatter, completion."""

import io
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from truemorph import terminal
from truemorph.cli import completion_script


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


def test_tensorflow_loads_in_silence_and_a_failure_is_told(tmp_path: Path) -> None:
    (tmp_path / "tensorflow.py").write_text(
        "import os\nos.write(2, b'chatter')\nif os.environ.get('BREAK'):\n    raise ImportError('broken')\nvalue = 7\n"
    )
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]);"
        "from truemorph.chatter import hush_tensorflow; hush_tensorflow(); hush_tensorflow();"
        "import tensorflow, os; assert tensorflow.value == 7 and 'Source' in type(tensorflow.__loader__).__name__;"
        "os.write(2, b'spoken')"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "spoken")
    failed = subprocess.run(command, capture_output=True, text=True, env={"BREAK": "1"})
    assert failed.returncode == 1 and "chatter" in failed.stderr and "ImportError: broken" in failed.stderr


def complete(words: list[str], tmp_path: Path) -> list[str]:
    """What bash offers after these words."""
    script = tmp_path / "completion.bash"
    script.write_text(completion_script("bash"))
    quoted = " ".join(f"'{word}'" for word in words)
    code = f"source {script}; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _truemorph; echo ${{COMPREPLY[@]}}"
    return subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
def test_bash_completes_commands_options_and_choices(tmp_path: Path) -> None:
    assert complete(["truemorph", "e"], tmp_path) == ["estimate-theta", "evaluate", "export"]
    assert complete(["truemorph", "run", "--ph"], tmp_path) == ["--photometry"]
    assert complete(["truemorph", "train", "--backbone", "resnet"], tmp_path) == ["resnet50", "resnet101"]
    assert complete(["truemorph", "run", "--votes", "gz"], tmp_path) == []


@pytest.mark.skipif(not shutil.which("zsh"), reason="needs zsh")
def test_zsh_takes_its_script(tmp_path: Path) -> None:
    script = tmp_path / "_truemorph"
    script.write_text(completion_script("zsh"))
    subprocess.run(["zsh", "-n", str(script)], check=True)
    code = f"autoload -U compinit && compinit -u -d {tmp_path}/dump && source {script} && print $_comps[truemorph]"
    done = subprocess.run(["zsh", "-f", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "_truemorph"
