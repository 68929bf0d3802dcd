import argparse

from truemorph.cli.options import add_run, finished_run, local
from truemorph.components.errors import InputError
from truemorph.terminal import show

HELP = "make a page of the galaxies that changed class, with Hubble's images if you like"
EXAMPLE = "--run run --hst"


def add_arguments(command: argparse.ArgumentParser) -> None:
    add_run(command)
    command.add_argument(
        "--out", type=local, metavar="FILE.html", help="the page (default: report/gallery.html of the run)"
    )
    command.add_argument(
        "--count", type=int, default=200, metavar="N", help="show at most N galaxies, the surest first (default: 200)"
    )
    command.add_argument(
        "--positions", type=local, metavar="FILE", help="table with ids, ra and dec, if the votes have no positions"
    )
    command.add_argument(
        "--hst", action="store_true", help="add Hubble's images of these galaxies, from the archive at CDS"
    )


def run(parsed: argparse.Namespace) -> None:
    from truemorph.gallery import remake_gallery

    source = finished_run(parsed.run)
    if parsed.count < 1:
        raise InputError(f"--count {parsed.count}: received {parsed.count}; give a whole number >= 1")
    page = (parsed.out or source / "report" / "gallery.html").absolute()
    facts = remake_gallery(source, page, count=parsed.count, positions=parsed.positions, hst=parsed.hst)
    told = f"{page}: {facts['moved']:,} of {facts['n']:,} test galaxies changed class, {facts['shown']:,} shown"
    show(parsed, {**facts, "file": str(page)}, told)
