"""SOURCES as the command line takes them."""

import argparse
from pathlib import Path

from truemorph.cli.options import local
from truemorph.components.errors import InputError
from truemorph.sources import Sources

UPSTREAM = "--votes gz2_hart16.csv --photometry photometry.csv --images images --mapping gz2_filename_mapping.csv"
"""SOURCES for the examples in help."""


def add_sources(command: argparse.ArgumentParser, images_required: bool = True) -> None:
    """Add the options of SOURCES to a command."""
    upstream = command.add_argument_group("SOURCES")
    upstream.add_argument("--votes", type=local, metavar="FILE")
    upstream.add_argument("--photometry", type=local, metavar="FILE", help="petroRad_r and psfWidth_r")
    images = "folder, .zip, or URL such as gs://bucket/images"
    upstream.add_argument("--images", required=images_required, metavar="DIR", help=images)
    upstream.add_argument("--mapping", type=local, metavar="FILE", help="from ids to names of images")
    upstream.add_argument(
        "--structure", type=local, metavar="FILE", help="Sérsic index, ellipticity, half-light radius"
    )
    own = command.add_argument_group("SOURCES of your own survey, instead of --votes and --photometry")
    own.add_argument("--table", type=local, metavar="FILE", help="one table with everything")
    own.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="NAME=COLUMN",
        help="a column, or arithmetic over columns, such as label_raw=class or alpha='2.3548 * r50 / fwhm'",
    )


def sources_of(parsed: argparse.Namespace) -> Sources:
    """The sources that were given.

    Raises:
        InputError: if they are neither of the two sets, or one of them does not exist.
    """
    upstream = {name: getattr(parsed, name) for name in ("votes", "photometry", "mapping", "structure")}
    given = [f"--{name}" for name, path in upstream.items() if path is not None]
    if parsed.table is not None and given:
        raise InputError(f"--table: stands for all tables; received {', '.join(given)} too; give one or the other")
    if parsed.table is None and (parsed.votes is None or parsed.photometry is None):
        raise InputError("--votes and --photometry: both are needed, or --table with a survey of your own")
    if parsed.column and parsed.table is None:
        raise InputError(f"--column {parsed.column[0]}: goes with --table; give that, or leave it out")
    bucket = parsed.images if parsed.images is not None and "://" in parsed.images else None
    images = Path(parsed.images) if parsed.images is not None and bucket is None else None
    for name, path in (upstream | {"table": parsed.table}).items():
        if path is not None and not path.is_file():
            found = "is a folder; give a file" if path.is_dir() else "does not exist; give an existing file"
            raise InputError(f"--{name} {path}: {found}")
    if images is not None and not images.exists():
        raise InputError(f"--images {images}: does not exist; give an existing folder, a .zip or a URL")
    if images is not None and not images.is_dir() and images.suffix.lower() != ".zip":
        raise InputError(f"--images {images}: is a file; give a folder, a .zip or a URL")
    return Sources(**upstream, images=images, table=parsed.table, columns=_columns(parsed.column), bucket=bucket)


def _columns(words: list[str]) -> dict[str, str]:
    columns = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals or not name.strip() or not text.strip():
            raise InputError(f"--column {word}: expected NAME=COLUMN, such as alpha='2.3548 * r50 / fwhm'")
        if name.strip() in columns:
            raise InputError(f"--column {word}: {name.strip()} stands twice; give it once")
        columns[name.strip()] = text.strip()
    return columns
