"""The real Galaxy Zoo 2 sample: what can be kept is kept, and the rest is accounted for."""

from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from truemorph.components.example_gen.check import check
from truemorph.components.example_gen.executor import execute
from truemorph.components.example_gen.ingest_sources import open_sources
from truemorph.components.examples.features import SPLITS
from truemorph.components.examples.table import read_table

ANSWERS = [
    f"t01_smooth_or_features_{answer}_fraction"
    for answer in ("a01_smooth", "a02_features_or_disk", "a03_star_or_artifact")
]


@pytest.fixture
def sources(shared: Path) -> dict[str, Path]:
    """The sample's files."""
    folder = shared / "gz2-sample"
    return {
        "votes": folder / "gz2_hart16.csv",
        "photometry": folder / "sdss_photometry.csv",
        "mapping": folder / "gz2_filename_mapping.csv",
        "images": folder / "images",
    }


def expected(sources: dict[str, Path]) -> pd.Series:
    """What must become of each galaxy, by pandas alone: its label, or its reason."""
    votes = pd.read_csv(sources["votes"], dtype={"dr7objid": str}).set_index("dr7objid")
    light = pd.read_csv(sources["photometry"], dtype={"objid": str}).set_index("objid")
    fate = {}
    for objid, row in votes[ANSWERS].iterrows():
        ranked = row.sort_values(ascending=False)
        if ranked.iloc[0] == ranked.iloc[1]:
            fate[objid] = "tie"
        elif ranked.index[0] == ANSWERS[2]:
            fate[objid] = "star_or_artifact"
        elif objid not in light.index:
            fate[objid] = "no_photometry"
        elif pd.isna(light["petroRad_r"][objid]):
            fate[objid] = "no_petroRad_r"
        elif pd.isna(light["psfWidth_r"][objid]):
            fate[objid] = "no_psfWidth_r"
        else:
            fate[objid] = ANSWERS.index(ranked.index[0])
    return pd.Series(fate)


def test_every_galaxy_of_the_sample(sources: dict[str, Path], tmp_path: Path, parameters: dict[str, Any]) -> None:
    outputs = {"examples": tmp_path / "examples", "rejects": tmp_path / "rejects.csv"}
    execute(
        sources,
        outputs,
        parameters,
    )
    fate = expected(sources)
    table = read_table(outputs["examples"]).set_index("objid")
    kept = fate[fate.map(lambda value: isinstance(value, int))]
    assert len(fate) == 706 and 95 <= len(kept) <= 103
    assert table["label_raw"].sort_index().to_dict() == kept.to_dict()
    rejects = pd.read_csv(outputs["rejects"], dtype=str).set_index("objid")["reason"]
    assert rejects.to_dict() == fate.drop(kept.index).to_dict()
    light = pd.read_csv(sources["photometry"], dtype={"objid": str}).set_index("objid").loc[table.index]
    expected_alpha = 2.3548200450309493 * light["petroRad_r"] / light["psfWidth_r"]
    assert (table["alpha"] / expected_alpha).to_numpy() == pytest.approx(1.0, abs=1e-6)
    assert table["redshift"].isna().all() and table["ng"].isna().all()
    assert {table["split"].eq(split).any() for split in SPLITS} == {True}

    summary = check(open_sources(**sources))
    assert (summary["rows_in"], summary["examples"]) == (706, len(kept))
    assert summary["rejects"] == dict(sorted(Counter(rejects).items()))
