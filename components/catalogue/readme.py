"""The README beside a catalogue: each column in a sentence, and what it was made by."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from truemorph.components.catalogue.columns import described
from truemorph.components.files import write_text

_FACTS = {
    "truemorph": "version of truemorph",
    "model": "network behind `label`",
    "model_version": "version of the pushed model",
    "model_hash": "SHA-256 of that network",
    "law": "law of mislabelling that it was trained through",
    "theta": "scale of that law, theta",
    "theta_interval": "95 % interval of theta, of the catalogue",
    "law_status": "whether that law is known",
    "law_source": "where it comes from",
    "classes": "classes, in the order of their numbers",
    "examples_hash": "SHA-256 of the examples with their images",
    "reference": "the method",
}


def write_readme(path: Path, catalogue: str, rows: int, schema: Any, facts: Mapping[str, Any]) -> None:
    """Write it, whole or not at all.

    Args:
        path: where.
        catalogue: name of the file that it is about.
        rows: its galaxies.
        schema: Arrow schema of its columns.
        facts: what it was made by, as its own metadata have it.
    """
    lines = [f"# {catalogue}", "", f"{rows:,} galaxies, one row each. What is not known is null.", "", "## Columns", ""]
    for field in schema:
        column = described(field.name, facts.get("classes"))
        unit = f", {column.unit}" if column.unit else ""
        lines.append(f"- `{field.name}` ({field.type}{unit}): {column.description}")
    lines += ["", "## Made by", ""]
    lines += [f"- {_FACTS.get(name, name)}: {value}" for name, value in facts.items() if value is not None]
    lines += ["", "Please cite truemorph (CITATION.cff), the method, and the sources of images and votes.", ""]
    write_text(path, "\n".join(lines))
