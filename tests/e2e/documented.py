"""The commands of the documentation, taken from its pages."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

SETUP = ("make", "git", "cd", ". ", "pip", "python3 -m venv", "#")
"""How lines begin that make an environment: a test has one already."""


def blocks(page: Path, language: str = "sh") -> list[str]:
    """The fenced blocks of a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def commands(text: str) -> list[str]:
    """The commands of a block, each on one line, without those that make an environment."""
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [line for line in lines if line.strip() and not line.startswith(SETUP)]


def follow(text: str, folder: Path, added: Mapping[str, str]) -> str:
    """Run a block's commands in a folder, as they stand, and return what they print.

    Args:
        text: the block.
        folder: where they run.
        added: what to append to commands that begin like this, such as fewer epochs.
    """
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    said = ""
    for command in commands(text):
        more = " ".join(words for start, words in added.items() if command.startswith(start))
        done = subprocess.run(
            ["bash", "-c", f"{command} {more}"],
            cwd=folder,
            env=os.environ | {"PATH": path},
            capture_output=True,
            text=True,
            timeout=3000,
        )
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        said += done.stdout
    return said
