"""The pipeline from Python: the same as the commands, and what it returns prints."""

import re
from pathlib import Path

import pytest

import truemorph
from truemorph.components.errors import InputError
from truemorph.components.simulator.sky import simulate

SETTINGS = {"trainer": {"epochs": 1, "image_size": 32, "methods": ("ddb",)}, "bias_law": {"theta": 9.18}}


@pytest.fixture(scope="module")
def sky(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("calls") / "sky"
    simulate(folder, galaxies=120, seed=6, size=32, progress=False)
    return {name: str(folder / file) for name, file in {"votes": "votes.csv", "images": "images"}.items()} | {
        "photometry": str(folder / "photometry.csv")
    }


def test_check_run_and_predict(sky: dict[str, str], tmp_path: Path) -> None:
    found = truemorph.check(sky, **SETTINGS)
    assert found.rows["ddb"] is None and str(found).startswith(f"{found.counts['examples']} of 120 galaxies would be")
    run = truemorph.run(sky, tmp_path / "run", preset="cpu", **SETTINGS)
    assert "a Raw labels" in str(run) and f"report: {tmp_path / 'run' / 'report' / 'report.html'}" in str(run)
    assert run.rows.index[0] == "labels_raw" and len(run.predictions) == found.counts["examples"]
    assert run.report["provenance"]["configuration"]["trainer"]["backbone"] == "small"
    model = tmp_path / "run" / "models" / "debiased"
    kept = truemorph.predict(model, sky["images"], tmp_path / "p.csv")
    assert len(kept.table) == 120 == kept.counts["smooth"] + kept.counts["disk"]
    assert re.fullmatch(r"\d+ smooth, \d+ disk", str(kept))
    fresh = truemorph.predict(model, sky["images"])
    assert fresh.table["p_disk"].to_list() == pytest.approx(kept.table["p_disk"].to_list(), abs=1e-6)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["p.csv", "p.csv-metadata.json", "run"]


def test_what_is_wrong_is_told_as_by_the_commands(sky: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"trainer.epoch: unknown configuration key; the nearest one is trainer.epochs"
    ):
        truemorph.run(sky, tmp_path / "out", trainer={"epoch": 3})
    with pytest.raises(InputError, match="sources: unknown source 'vote'; choose from votes, photometry"):
        truemorph.check({"vote": "votes.csv"})
    with pytest.raises(InputError, match=r"sources: images are missing; give a folder, a .zip or a URL"):
        truemorph.check({"votes": sky["votes"], "photometry": sky["photometry"]})
    assert not (tmp_path / "out").exists()
