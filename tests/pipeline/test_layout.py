"""What the layout promises: packages, lazy names, the direction of dependencies, sizes."""

import ast
import configparser
import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

import truemorph

FOLDERS = {"pipeline": "truemorph", "components": "truemorph.components", "schemas": "truemorph.schemas"}
ALLOWED = {
    "schemas": ("truemorph.schemas",),
    "components": ("truemorph.schemas", "truemorph.components"),
    "pipeline": ("truemorph",),
}


def modules(root: Path, folder: str) -> list[Path]:
    return sorted((root / folder).rglob("*.py"))


def test_every_package_is_listed_for_the_wheel(root: Path) -> None:
    setup = configparser.ConfigParser()
    setup.read(root / "setup.cfg")
    listed = set(setup["options"]["packages"].split())
    found = set()
    for folder, name in FOLDERS.items():
        for init in (root / folder).rglob("__init__.py"):
            found.add(".".join([name, *init.parent.relative_to(root / folder).parts]))
    assert listed == found


def test_every_data_file_is_listed_for_the_wheel(root: Path) -> None:
    import importlib.resources

    for folder, name in FOLDERS.items():
        for path in (root / folder).rglob("*"):
            if path.is_file() and path.suffix not in (".py", ".pyc"):
                inside = path.relative_to(root / folder)
                assert importlib.resources.files(name).joinpath(*inside.parts).is_file(), f"{path} is not in the wheel"


@pytest.mark.parametrize("folder", list(FOLDERS))
def test_dependencies_point_from_the_pipeline_to_the_schemas(root: Path, folder: str) -> None:
    for path in modules(root, folder):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path}: relative import"
                names.append(node.module or "")
            for name in names:
                if name.split(".")[0] == "truemorph":
                    assert name.startswith(ALLOWED[folder]), f"{path} imports {name}"


def test_truth_is_read_by_nothing_but_the_scoring(root: Path) -> None:
    readers = [
        path.relative_to(root).as_posix()
        for folder in FOLDERS
        for path in modules(root, folder)
        if "truth.csv" in path.read_text(encoding="utf-8")
    ]
    allowed = re.compile(r"components/simulator/|pipeline/(scoring|demo)\.py")
    assert [path for path in readers if not allowed.match(path)] == []


def test_no_file_is_long(root: Path) -> None:
    lengths = {
        path.relative_to(root).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for folder in FOLDERS
        for path in modules(root, folder)
    }
    assert {path: length for path, length in lengths.items() if length > 450} == {}
    ordered = sorted(length for path, length in lengths.items() if not path.endswith("__init__.py"))
    assert ordered[len(ordered) // 2] <= 170


def test_importing_and_asking_for_help_loads_neither_tensorflow_nor_beam(tmp_path: Path) -> None:
    code = (
        "import sys, truemorph, truemorph.cli\n"
        "truemorph.cli.build_parser().format_help()\n"
        "heavy = {'tensorflow', 'keras', 'apache_beam', 'matplotlib', 'astropy'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)


@pytest.mark.parametrize("folder", list(FOLDERS))
def test_the_bare_folders_refuse_to_be_imported(root: Path, folder: str) -> None:
    finished = subprocess.run([sys.executable, "-c", f"import {folder}"], cwd=root, capture_output=True, text=True)
    assert finished.returncode == 1
    assert f"this folder is the package '{FOLDERS[folder]}'" in finished.stderr


def test_the_public_names_are_there() -> None:
    assert float(truemorph.resolution(4.0, 1.2)) == pytest.approx(7.849, abs=1e-3)
    for name in truemorph.__all__:
        assert getattr(truemorph, name).__doc__, name
    assert set(truemorph.__all__) <= set(dir(truemorph))
    with pytest.raises(AttributeError, match="has no attribute 'cv15_bias'; it has DebiasingLayer"):
        truemorph.cv15_bias  # noqa: B018


def test_workers_on_dataflow_have_the_beam_that_is_required(root: Path) -> None:
    image = (root / "docker" / "worker.Dockerfile").read_text(encoding="utf-8")
    beam = re.search(r"^ARG BEAM=(\S+)$", image, re.MULTILINE)
    required = re.search(r"^    apache-beam(>=\S+)$", (root / "setup.cfg").read_text(encoding="utf-8"), re.MULTILINE)
    assert beam and required and beam[1] in SpecifierSet(required[1])
