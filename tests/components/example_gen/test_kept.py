"""Columns of the sources that go through to the catalogue."""

from pathlib import Path

import pyarrow.parquet
import pytest

from truemorph.components.errors import InputError
from truemorph.components.example_gen.kept import execute

VOTES = "dr7objid,ra,t01_smooth_or_features_a01_smooth_fraction,t01_smooth_or_features_a02_features_or_disk_fraction,"
VOTES += "t01_smooth_or_features_a03_star_or_artifact_fraction,label\n"


@pytest.fixture
def sources(tmp_path: Path) -> dict[str, Path]:
    rows = [f"{objid},12:30:00,0.5,0.4,0.1,a\n" for objid in (587722981741363294, 587722981741363295)]
    (tmp_path / "votes.csv").write_text(VOTES + "".join(rows))
    photometry = "objid,petroRad_r,psfWidth_r,specobjid,DEC\n587722981741363295,5,1,1237648720693755919,-1.5\n"
    photometry += "587722981741363294,5,1,7,1.5\n587722981741363294,5,1,8,1.5\n"
    (tmp_path / "photometry.csv").write_text(photometry)
    return {name: tmp_path / f"{name}.csv" for name in ("votes", "photometry")}


def kept(sources: dict[str, Path], keep: list[str], out: Path) -> dict[str, list[object]]:
    execute(sources, {"kept": out / "kept.parquet"}, {"keep": keep, "columns": {}, "votes_column": "fraction"})
    return pyarrow.parquet.read_table(out / "kept.parquet").to_pydict()


def test_types_and_contradictions(sources: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = kept(sources, ["specobjid", "ra", "dec", "redshift"], tmp_path)
    assert found == {
        "objid": ["587722981741363295", "587722981741363294"],
        "specobjid": [1237648720693755919, None],
        "dec": [-1.5, 1.5],
        "ra": [187.5, 187.5],
    }
    assert "1 values are left out" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("specid", "no table has such a column; .*votes.csv has dr7objid"),
        ("label", "the catalogue already has its own column of that name; rename yours"),
    ],
)
def test_what_cannot_be_kept(sources: dict[str, Path], tmp_path: Path, name: str, why: str) -> None:
    with pytest.raises(InputError, match=f"--keep {name}: .*{why}"):
        kept(sources, [name], tmp_path)
    assert not (tmp_path / "kept.parquet").exists()
