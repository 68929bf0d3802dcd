"""Every command that README and docs show is one that the command line takes."""

import contextlib
import io
import itertools
import re
import shlex
import string
from pathlib import Path

import pytest
from documented import blocks, commands

from truemorph.cli import build_parser
from truemorph.cli.options import config_of

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def shown(page: Path) -> list[list[str]]:
    """The words of every call of truemorph in the blocks of a page, shell variables filled in; '…' stands for more."""
    found = []
    for block in blocks(page):
        variables = dict(re.findall(r"^(\w+)='?\"?([^'\"\n]*)", block.replace("\\\n", ""), re.MULTILINE))
        for line in commands(block):
            call = re.search(r"(?:^|[|&(] ?)truemorph (.*)", line)
            if call and "…" not in line:
                text = string.Template(call[1]).safe_substitute({"SLURM_ARRAY_TASK_ID": "1"} | variables)
                lexer = shlex.shlex(text, posix=True, punctuation_chars="|&;)")
                lexer.whitespace_split = True
                found.append(list(itertools.takewhile(lambda word: not set(word) <= set("|&;)"), lexer)))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_command_line_takes_every_command_shown(page: Path) -> None:
    for words in shown(page):
        said = io.StringIO()
        try:
            with contextlib.redirect_stderr(said):
                parsed = build_parser().parse_args(words)
        except SystemExit:
            pytest.fail(f"{page.name}: truemorph {' '.join(words)}\n{said.getvalue()}")
        if getattr(parsed, "set", None):
            parsed.config = None
            config_of(parsed)


def test_commands_are_shown() -> None:
    assert sum(len(shown(page)) for page in PAGES) > 20
