"""The scripts of examples/ run, and training through the law is worth it on their galaxies."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import forked
import pytest


def run_example(path: Path, needs: str = "keras") -> str:
    """What a script prints."""
    if needs == "torch":  # PyTorch crashes in a process that was forked after TensorFlow's import
        done = subprocess.run([sys.executable, path], capture_output=True, text=True)
    else:
        code = "import runpy, sys; sys.path.insert(0, sys.argv[1]); runpy.run_path(sys.argv[2], run_name='__main__')"
        done = forked.run(code, path.parent, path)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("name", "needs"), [("keras_model", "keras"), ("torch_model", "torch"), ("zoobot_votes", "torch")]
)
def test_training_through_the_law_finds_more_than_training_on_the_labels(root: Path, name: str, needs: str) -> None:
    if importlib.util.find_spec(needs) is None:
        pytest.skip(f"needs {needs}, which is not installed")
    on_labels, through_law = map(
        float, re.findall(r": (\S+) right", run_example(root / "examples" / f"{name}.py", needs))
    )
    assert through_law > 0.85 and through_law > on_labels + 0.15


def test_a_law_of_ones_own_comes_back_with_its_model(root: Path) -> None:
    assert run_example(root / "examples" / "own_law.py") == "loaded again: lorentz, theta 9.000\n"


def test_every_example_is_told_and_tested(root: Path) -> None:
    page, tests = (root / "docs" / "training-loops.md").read_text(encoding="utf-8"), Path(__file__).read_text()
    for path in sorted((root / "examples").glob("*.py")):
        if path.stem != "stamps":
            assert f"../examples/{path.name}" in page and path.stem in tests
