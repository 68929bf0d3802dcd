"""For the site: files of the repository that a page links to become part of it, and the notebook becomes a page."""

import json
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

LINK = re.compile(r"\]\(\.\./([^)#\s]+)")
ROOT = Path(__file__).resolve().parents[1]
FOLDER = "repository"
NOTEBOOK, PAGE = "first-look.ipynb", "first-look.md"


def on_files(files: Any, config: Any) -> Any:
    """Add every such file; one that is not there is left to MkDocs, which stops at the dead link."""
    pages = [file for file in files if file.src_uri.endswith(".md")]
    linked = {name for page in pages for name in LINK.findall(page.content_string)}
    for name in sorted(linked):
        if (ROOT / name).is_file():
            files.append(File.generated(config, f"{FOLDER}/{name}.txt", abs_src_path=str(ROOT / name)))
    files.append(File.generated(config, PAGE, content=notebook_page()))
    return files


def notebook_page() -> str:
    """The notebook as Markdown: its text, its code, and what the code prints."""
    cells = run_notebook((ROOT / "docs" / NOTEBOOK).read_text(encoding="utf-8"))
    parts = []
    for cell in cells:
        source = "".join(cell["source"])
        parts.append(source if cell["cell_type"] == "markdown" else f"```python\n{source}\n```")
        for output in cell.get("outputs", []):
            said = output.get("text") or output["data"]["text/plain"]
            parts.append(f"```text\n{''.join(said).rstrip()}\n```")
    parts.insert(1, f"*This page is the notebook [{NOTEBOOK}]({NOTEBOOK}).*")
    return "\n\n".join(parts) + "\n"


def run_notebook(text: str) -> list[Any]:
    """The cells of a notebook, run where what runs notebooks is installed."""
    try:
        import ipykernel  # noqa: F401
        import nbformat
        from nbclient import NotebookClient
    except ImportError:
        return list(json.loads(text)["cells"])
    notebook = nbformat.reads(text, as_version=4)
    NotebookClient(notebook, timeout=120).execute()
    return list(notebook.cells)


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Lead the links there, and those to the notebook to its page."""
    if page.file.src_uri != PAGE:
        markdown = markdown.replace(f"]({NOTEBOOK})", f"]({PAGE})")
    return LINK.sub(rf"]({FOLDER}/\1.txt", markdown)
