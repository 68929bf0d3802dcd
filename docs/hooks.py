"""MkDocs: files of the repository that a page links to as ../path become part of the site."""

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

LINK = re.compile(r"\]\(\.\./([^)#\s]+)")
ROOT = Path(__file__).resolve().parents[1]
FOLDER = "repository"


def on_files(files: Any, config: Any) -> Any:
    """Add every such file; one that is not there is left to MkDocs, which stops at the dead link."""
    pages = [file for file in files if file.src_uri.endswith(".md")]
    linked = {name for page in pages for name in LINK.findall(page.content_string)}
    for name in sorted(linked):
        if (ROOT / name).is_file():
            files.append(File.generated(config, f"{FOLDER}/{name}.txt", abs_src_path=str(ROOT / name)))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Lead the links there."""
    return LINK.sub(rf"]({FOLDER}/\1.txt", markdown)
