"""SOURCES: the upstream files of a run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from truemorph.components.buckets.copies import fetched
from truemorph.components.buckets.files import is_bucket
from truemorph.components.errors import InputError

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
        table: your own survey in one table, instead of the other tables.
        columns: for `table`: column or expression by truemorph's name; else for arcsec_per_pixel alone.
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


def make_sources(
    *,
    votes: str | Path | None = None,
    photometry: str | Path | None = None,
    images: str | Path | None = None,
    mapping: str | Path | None = None,
    structure: str | Path | None = None,
    table: str | Path | None = None,
    columns: Mapping[str, str] | None = None,
) -> Sources:
    """Sources by their options; all may be URLs. Tables behind one are copied to this machine.

    Raises:
        InputError: if they are neither of the two sets, or one of them does not exist.
    """
    tables = {"votes": votes, "photometry": photometry, "mapping": mapping, "structure": structure}
    upstream = {name: fetched(path) for name, path in tables.items() if path is not None}
    own = None if table is None else fetched(table)
    if own is not None and upstream:
        told = ", ".join(f"--{name}" for name in upstream)
        raise InputError(f"--table: takes the place of {told}; give one or the other")
    if own is None and not {"votes", "photometry"} <= set(upstream):
        raise InputError("--votes and --photometry: both are needed, or --table with a survey of your own")
    strange = [item for item in (columns or {}).items() if item[0] != "arcsec_per_pixel"]
    if strange and own is None:
        name, column = strange[0]
        raise InputError(f"--column {name}={column}: only works with --table; give that, or leave it out")
    bucket = str(images) if images is not None and is_bucket(str(images)) else None
    folder = Path(images) if images is not None and bucket is None else None
    for name, path in (upstream | ({"table": own} if own else {})).items():
        if not path.is_file():
            found = "is a folder; give a file" if path.is_dir() else "does not exist; give an existing file"
            raise InputError(f"--{name} {path}: {found}")
    if folder is not None and not folder.exists():
        raise InputError(f"--images {folder}: does not exist; give an existing folder, a .zip or a URL")
    if folder is not None and not folder.is_dir() and folder.suffix.lower() != ".zip":
        raise InputError(f"--images {folder}: is a file; give a folder, a .zip or a URL")
    return Sources(**upstream, images=folder, table=own, columns=columns or {}, bucket=bucket)
