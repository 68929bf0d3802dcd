"""SOURCES as the command line takes them: two sets of tables, and what is wrong with any other."""

from pathlib import Path

import pytest

from truemorph.cli import build_parser
from truemorph.cli.upstream import sources_of
from truemorph.components.errors import InputError
from truemorph.sources import Sources


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with empty sources, the working folder of the test."""
    for name in ("votes.csv", "photometry.csv", "own.csv", "stamps.zip", "stamps.txt"):
        (tmp_path / name).touch()
    (tmp_path / "stamps").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def parse(words: str) -> Sources:
    return sources_of(build_parser().parse_args(["check", *words.split()]))


def test_the_two_sets_of_tables(here: Path) -> None:
    upstream = parse("--votes votes.csv --photometry photometry.csv --images stamps")
    assert upstream.paths() == {name: Path(f"{name}.csv") for name in ("votes", "photometry")} | {
        "images": Path("stamps")
    }
    scaled = parse("--votes votes.csv --photometry photometry.csv --images stamps --column arcsec_per_pixel=0.4")
    assert scaled.columns == {"arcsec_per_pixel": "0.4"}
    own = parse("--table own.csv --images stamps.zip --column label_raw=class --column alpha=r50/psf")
    assert own.given() == {
        "table": Path("own.csv"),
        "images": Path("stamps.zip"),
        "columns": {"label_raw": "class", "alpha": "r50/psf"},
        "bucket": None,
    }
    assert parse("--table own.csv --images gs://sky/stamps").bucket == "gs://sky/stamps"


@pytest.mark.parametrize(
    ("words", "match"),
    [
        ("--table own.csv --votes votes.csv", "--table: takes the place of --votes; give one or the other"),
        ("--votes votes.csv", "--votes and --photometry: both are needed, or --table with a survey of your own"),
        (
            "--votes votes.csv --photometry photometry.csv --column a=b",
            "--column a=b: only works with --table",
        ),
        ("--votes nothing.csv --photometry photometry.csv", "--votes .*nothing.csv: does not exist; give an existing"),
        ("--table stamps", "--table stamps: is a folder; give a file"),
        ("--table own.csv --images nowhere", "--images nowhere: does not exist; give an existing folder, a .zip or a"),
        ("--table own.csv --images stamps.txt", "--images stamps.txt: is a file; give a folder, a .zip or a URL"),
        ("--table own.csv --column alpha", "--column alpha: expected NAME=COLUMN, such as alpha="),
        ("--table own.csv --column a=b --column a=c", "--column a=c: a is given twice; give it once"),
    ],
)
def test_other_sources_are_refused(here: Path, words: str, match: str) -> None:
    images = "" if "--images" in words else " --images stamps"
    with pytest.raises(InputError, match=match):
        parse(words + images)
