"""The documentation: the notebook runs, every knob is told, and links lead somewhere."""

import re
from pathlib import Path

import pytest

import truemorph
from truemorph.cli import build_parser
from truemorph.config import keys


def test_the_notebook_runs(root: Path, tmp_path: Path) -> None:
    for module in ("ipykernel", "nbclient"):
        pytest.importorskip(module, reason=f"needs {module}: pip install '.[test-all]'")
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(root / "docs" / "first-look.ipynb", as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells), "keep the notebook without outputs"
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    said = str([cell.get("outputs") for cell in notebook.cells])
    assert "it is 9.18" in said


def test_every_knob_is_told(root: Path) -> None:
    text = (root / "docs" / "configuration.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `([\w.]+)`", text, re.MULTILINE)
    assert sorted(told) == sorted(keys())


def test_every_command_and_public_name_is_told(root: Path) -> None:
    commands = (root / "docs" / "command-line.md").read_text(encoding="utf-8")
    listed = next(action.choices for action in build_parser()._actions if isinstance(action.choices, dict))
    assert [name for name in listed if f"`{name}`" not in commands] == []
    api = (root / "docs" / "api.md").read_text(encoding="utf-8")
    for name in truemorph.__all__:
        assert f"::: truemorph.{name}\n" in api


def test_links_of_readme_and_docs_lead_to_files(root: Path) -> None:
    for page in [root / "README.md", root / "CONTRIBUTING.md", *sorted((root / "docs").glob("*.md"))]:
        prose = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for link in re.findall(r"\]\(([^)#\s]+)", prose):
            assert re.match(r"https?://", link) or (page.parent / link).exists(), f"{page.name}: {link}"


def test_contributing_is_short(root: Path) -> None:
    assert len((root / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines()) < 60
