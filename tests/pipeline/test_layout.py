"""What the layout promises: packages, lazy names, the direction of dependencies, no circle, sizes."""

import ast
import configparser
import re
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from statistics import median

import pytest
from packaging.specifiers import SpecifierSet

import truemorph

FOLDERS = {"pipeline": "truemorph", "components": "truemorph.components", "schemas": "truemorph.schemas"}
ROOMS = (
    "artifacts",
    "buckets",
    "catalogue",
    "certainty",
    "engines",
    "examples",
    "images",
    "laws",
    "measures",
    "simulator",
    "tables",
)
"""The packages of components/ that components share."""
MEDIAN, LONGEST, LONGEST_BODY, CROSSINGS = 120, 250, 60, 4
ALLOWED = {
    "schemas": ("truemorph.schemas",),
    "components": ("truemorph.schemas", "truemorph.components"),
    "pipeline": ("truemorph",),
}


def modules(root: Path, folder: str) -> list[Path]:
    return sorted((root / folder).rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    """The syntax of a module, read once."""
    return ast.parse(path.read_text(encoding="utf-8"))


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
        for node in ast.walk(tree(path)):
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


def test_sizes_are_what_contributing_says(root: Path) -> None:
    told = contributing(root)
    assert f"{MEDIAN} lines in the median, none over {LONGEST}, no function's body over {LONGEST_BODY}" in told
    assert f"At most {CROSSINGS} import lines" in told
    lengths, bodies = {}, {}
    for folder in FOLDERS:
        for path in modules(root, folder):
            text, name = path.read_text(encoding="utf-8"), path.relative_to(root).as_posix()
            lengths[name] = len(text.splitlines())
            for node in ast.walk(tree(path)):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    bodies[f"{name}: {node.name}"] = body_length(node)
    assert {name for name, length in lengths.items() if length > LONGEST} == set()
    assert {name for name, length in bodies.items() if length > LONGEST_BODY} == set()
    assert median(length for name, length in lengths.items() if not name.endswith("__init__.py")) <= MEDIAN


def body_length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function's body, its docstring left out."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


@cache
def imports(root: Path) -> list[tuple[str, str]]:
    """Every import line of the packages as (module, module), deferred ones too; __init__ is the package's own name."""
    names, found = {}, []
    for folder, package in FOLDERS.items():
        for path in modules(root, folder):
            inside = path.relative_to(root / folder).with_suffix("").parts
            names[path] = ".".join([package, *(inside[:-1] if inside[-1] == "__init__" else inside)])
    known = set(names.values())
    for path, name in names.items():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Import):
                found += [(name, alias.name) for alias in node.names if alias.name in known]
            elif isinstance(node, ast.ImportFrom) and node.module in known:
                inner = {f"{node.module}.{alias.name}" for alias in node.names} & known
                found += [(name, target) for target in inner or {node.module}]
    return found


def package_of(module: str) -> str:
    """The package of components/, or of pipeline/, that a module is of; the module itself where it is of none."""
    parts = module.split(".")
    return ".".join(parts[: 3 if parts[1:2] == ["components"] else 2])


def contributing(root: Path) -> str:
    return " ".join((root / "CONTRIBUTING.md").read_text(encoding="utf-8").split())


def test_components_do_not_know_each_other(root: Path) -> None:
    packages = {f"truemorph.components.{path.parent.name}" for path in (root / "components").glob("*/__init__.py")}
    components = packages - {f"truemorph.components.{room}" for room in ROOMS}
    crossing = [
        (user, used)
        for user, used in imports(root)
        if package_of(used) in components and package_of(user) in packages and package_of(user) != package_of(used)
    ]
    assert len(crossing) <= CROSSINGS, crossing
    for user, used in crossing:
        line = f"`{user.removeprefix('truemorph.components.')}` → `{used.split('.')[2]}`"
        assert line in contributing(root), f"CONTRIBUTING.md does not say why {line}"


def test_what_a_component_leaves_is_read_through_its_artifact(root: Path) -> None:
    known = {"files.py", "artifacts/artifact.py", "artifacts/model_folder.py"}
    known |= {"example_gen/shard.py", "bulk_inferrer/work.py"}  # their own notes
    for path in modules(root, "components"):
        place = path.relative_to(root / "components").as_posix()
        reads = re.search(r"\b(read_json|json\.load)\(", path.read_text(encoding="utf-8"))
        assert not reads or place in known, place


@pytest.mark.parametrize("part", [str, package_of], ids=["modules", "packages"])
def test_no_import_runs_in_a_circle(root: Path, part: Callable[[str], str]) -> None:
    uses: dict[str, set[str]] = {}
    for user, used in imports(root):
        if part(user) != part(used):
            uses.setdefault(part(user), set()).add(part(used))
    TopologicalSorter(uses).prepare()  # raises CycleError, which names the circle


def test_importing_and_asking_for_help_loads_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys, truemorph, truemorph.cli\n"
        "truemorph.cli.build_parser().format_help()\n"
        "heavy = {'tensorflow', 'keras', 'apache_beam', 'matplotlib', 'astropy', 'numpy', 'scipy'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)


def test_pandas_opens_no_parquet_file(root: Path) -> None:
    """The file that it gives Arrow's threads is Python's: let go of while the process ends, it aborts that."""
    sources = [path for folder in FOLDERS for path in (root / folder).rglob("*.py")]
    assert sources and not [path for path in sources if "read_parquet(" in path.read_text(encoding="utf-8")]


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
    with pytest.raises(AttributeError, match="has no attribute 'cv15_bias'; it has BiasResult"):
        truemorph.cv15_bias  # noqa: B018


def test_workers_on_dataflow_have_the_beam_that_is_required(root: Path) -> None:
    image = (root / "docker" / "worker.Dockerfile").read_text(encoding="utf-8")
    beam = re.search(r"^ARG BEAM=(\S+)$", image, re.MULTILINE)
    required = re.search(r"^    apache-beam(>=\S+)$", (root / "setup.cfg").read_text(encoding="utf-8"), re.MULTILINE)
    assert beam and required and beam[1] in SpecifierSet(required[1])
