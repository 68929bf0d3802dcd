"""The whole pipeline on real stamps, votes and photometry."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from truemorph.cli import main

VOTES = "t01_smooth_or_features_{}_fraction"
ANSWERS = ["a01_smooth", "a02_features_or_disk", "a03_star_or_artifact"]


def expected_ids(sample: Path) -> tuple[set[str], set[str]]:
    """The galaxies that can be kept, and all, by a join of its own."""
    votes = pd.read_csv(sample / "gz2_hart16.csv", dtype={"dr7objid": str})
    photometry = pd.read_csv(sample / "sdss_photometry.csv", dtype={"objid": str})
    mapping = pd.read_csv(sample / "gz2_filename_mapping.csv", dtype=str)
    joined = votes.merge(photometry, left_on="dr7objid", right_on="objid").merge(mapping, on="objid")
    sized = joined[(joined["petroRad_r"] > 0) & (joined["psfWidth_r"] > 0)]
    shares = sized[[VOTES.format(answer) for answer in ANSWERS]].to_numpy()
    first = np.sort(shares, axis=1)[:, ::-1]
    kept = sized[(shares.argmax(axis=1) < 2) & (first[:, 0] > first[:, 1])]
    there = [asset for asset in kept["asset_id"] if (sample / "images" / f"{asset}.jpg").is_file()]
    return set(kept.loc[kept["asset_id"].isin(there), "objid"]), set(votes["dr7objid"])


@pytest.mark.parametrize(("backbone", "size"), [("small", 32), pytest.param("resnet50", 64, marks=pytest.mark.slow)])
def test_the_real_sample(backbone: str, size: int, shared: Path, tmp_path: Path) -> None:
    sample, out = shared / "gz2-sample", tmp_path / "out"
    words = [
        "run",
        f"--votes={sample / 'gz2_hart16.csv'}",
        f"--photometry={sample / 'sdss_photometry.csv'}",
        f"--mapping={sample / 'gz2_filename_mapping.csv'}",
        f"--images={sample / 'images'}",
        f"--out={out}",
        f"--set=trainer.image_size={size}",
        "--set=trainer.epochs=1",
        "--set=trainer.symmetries=1",
        "--set=trainer.methods=ddb",
        f"--set=trainer.backbone={backbone}",
        "--set=bias_law.theta=published",
    ]
    assert main(words) == 0
    kept, everything = expected_ids(sample)
    predictions = pd.read_parquet(out / "predictions.parquet")
    rejects = pd.read_csv(out / "rejects.csv", dtype=str)
    assert set(predictions["objid"]) == kept
    assert 90 < len(kept) <= 103
    assert set(rejects["objid"]) == everything - kept
    assert len(rejects) == len(everything) - len(kept)
    assert rejects["reason"].notna().all()

    law = json.loads((out / "bias_law.json").read_text())
    assert (law["status"], law["method"], law["theta"]) == ("given", "published", 9.18)
    report = json.loads((out / "report" / "report.json").read_text())
    assert len(report["rows"]) == 6
    for row in report["rows"]:
        for measure in ("cv14", "cv18"):
            assert row[measure]["status"] in ("insufficient_data", "not_run", "degenerate"), (row["key"], measure)
            assert row[measure]["value"] is None
    assert "insufficient_data" in {row["cv18"]["status"] for row in report["rows"]}
    assert {row["cv18"]["status"] for row in report["rows"] if row["key"].startswith("network")} == {"not_run"}
    model = json.loads((out / "models" / "debiased" / "model.json").read_text())
    assert model["backbone"] == backbone
    pushed = json.loads((out / "pushed.json").read_text())
    assert pushed["status"] == {"degenerate": "refused", "ok": "not_judged"}[model["status"]]
