"""SOURCES as the command line takes them."""

import argparse

from truemorph.cli.options import anywhere, filled
from truemorph.components.errors import InputError
from truemorph.sources import Sources, make_sources

UPSTREAM = "--votes gz2_hart16.csv --photometry photometry.csv --images images --mapping gz2_filename_mapping.csv"
"""SOURCES for the examples in help."""


def add_sources(command: argparse.ArgumentParser, images_required: bool = True) -> None:
    """Add the options of SOURCES to a command."""
    upstream = command.add_argument_group("SOURCES")
    upstream.add_argument("--votes", type=anywhere, metavar="FILE", help="shares or counts of the volunteers' votes")
    upstream.add_argument("--photometry", type=anywhere, metavar="FILE", help="petroRad_r and psfWidth_r, in arcsec")
    images = "stamps: a folder, a .zip, or a URL such as gs://bucket/images"
    upstream.add_argument("--images", type=filled, required=images_required, metavar="DIR", help=images)
    upstream.add_argument("--mapping", type=anywhere, metavar="FILE", help="which image belongs to which id")
    upstream.add_argument(
        "--structure", type=anywhere, metavar="FILE", help="Sérsic index, ellipticity, half-light radius"
    )
    own = command.add_argument_group("your own survey, instead of --votes and --photometry")
    own.add_argument("--table", type=anywhere, metavar="FILE", help="one table with ids, labels and resolution")
    own.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="NAME=COLUMN",
        help="say which column is which, or compute one, such as label_raw=class or alpha='2.3548 * r50 / fwhm'",
    )


def sources_of(parsed: argparse.Namespace) -> Sources:
    """The sources that were given.

    Raises:
        InputError: if they are neither of the two sets, or one of them does not exist.
    """
    given = {name: getattr(parsed, name) for name in ("votes", "photometry", "mapping", "structure", "table", "images")}
    return make_sources(**given, columns=_columns(parsed.column))


def _columns(words: list[str]) -> dict[str, str]:
    columns = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals or not name.strip() or not text.strip():
            raise InputError(f"--column {word}: expected NAME=COLUMN, such as alpha='2.3548 * r50 / fwhm'")
        if name.strip() in columns:
            raise InputError(f"--column {word}: {name.strip()} is given twice; give it once")
        columns[name.strip()] = text.strip()
    return columns
