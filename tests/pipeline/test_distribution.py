"""What is published: the conda recipe asks for what setup.cfg asks for; sdist and wheel are whole and well-formed."""

import configparser
import importlib.util
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from truemorph.version import __version__


def setup(root: Path) -> configparser.ConfigParser:
    """The content of setup.cfg."""
    content = configparser.ConfigParser()
    content.read(root / "setup.cfg", encoding="utf-8")
    return content


def test_the_conda_recipe_is_that_of_setup_cfg(root: Path) -> None:
    recipe = (root / "packaging" / "conda" / "meta.yaml").read_text(encoding="utf-8")
    asked = re.findall(r"^    - (.*)$", recipe.partition("  run:\n")[2].partition("\ntest:")[0], re.MULTILINE)
    options = setup(root)["options"]
    assert asked[0] == f"python {options['python_requires']}"
    assert [line.replace(" ", "") for line in asked[1:]] == options["install_requires"].split()
    assert f'version = "{__version__}"' in recipe
    assert setup(root)["options.entry_points"]["console_scripts"].strip() in recipe


def test_every_requirement_has_a_lower_bound(root: Path) -> None:
    assert [line for line in setup(root)["options"]["install_requires"].split() if ">=" not in line] == []


def test_sdist_and_wheel_are_whole(root: Path, tmp_path: Path) -> None:
    for module in ("build", "twine", "setuptools"):
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"needs {module}: pip install '.[test-all]'")
    source, out = tmp_path / "source", tmp_path / "dist"
    left_out = shutil.ignore_patterns(".*", "build", "*.egg-info", "__pycache__", "tests", "docs")
    shutil.copytree(root, source, ignore=left_out)
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(source)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    files = sorted(map(str, out.iterdir()))
    checked = subprocess.run(
        [sys.executable, "-m", "twine", "check", "--strict", *files], capture_output=True, text=True
    )
    assert checked.returncode == 0 and checked.stdout.count("PASSED") == 2, checked.stdout
    names = set(zipfile.ZipFile(next(out.glob("*.whl"))).namelist())
    modules = {"truemorph": "pipeline", "truemorph/components": "components", "truemorph/schemas": "schemas"}
    for package, folder in modules.items():
        for file in (path for path in (root / folder).rglob("*") if path.is_file() and path.suffix != ".pyc"):
            assert f"{package}/{file.relative_to(root / folder)}" in names
