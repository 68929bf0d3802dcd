"""SOURCES: the upstream files of a run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_FILES = ("votes", "photometry", "mapping", "structure", "table", "images")


@dataclass(frozen=True)
class Sources:
    """Where the upstream files are.

    Args:
        votes: table of volunteers' votes.
        photometry: table with petroRad_r and psfWidth_r.
        images: folder or .zip of images.
        mapping: table from ids to names of images; None: the image of an object is <objid>.jpg.
        structure: table with ng, e and Rhlr; None: no CV14 baseline.
        table: one's own survey in one table, instead of the other tables.
        columns: for `table`: column or expression by truemorph's name.
        bucket: URL of the images, instead of `images`.
    """

    votes: Path | None = None
    photometry: Path | None = None
    images: Path | None = None
    mapping: Path | None = None
    structure: Path | None = None
    table: Path | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    bucket: str | None = None

    def paths(self) -> dict[str, Path]:
        """The files and the folder that are given, by name."""
        given = {name: getattr(self, name) for name in _FILES}
        return {name: path for name, path in given.items() if path is not None}

    def settings(self) -> dict[str, Any]:
        """What else is given: ExampleGen's parameters that are neither files nor configuration."""
        return {"columns": dict(self.columns), "bucket": self.bucket}

    def given(self) -> dict[str, Any]:
        """All of it, by name."""
        return {**self.paths(), **self.settings()}
