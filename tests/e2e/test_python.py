"""The pipeline from Python: the same as the commands, and what it returns prints."""

import re
from pathlib import Path

import pytest
from harness import source_words

import truemorph
from truemorph.components.errors import InputError

# As harness.SMALL has it for the command line.
SETTINGS = {
    "trainer": {"backbone": "small", "image_size": 32, "epochs": 2, "learning_rate": 3e-3, "symmetries": 2},
    "evaluator": {"bins": 2, "depth": 0},
}


@pytest.fixture(scope="module")
def sources(sky: Path) -> dict[str, str]:
    return dict(word.removeprefix("--").split("=", 1) for word in source_words(sky))


def test_what_a_command_has_run_is_kept_by_a_call_with_the_same_settings(
    sources: dict[str, str], finished_run: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """That a call runs all steps anew is seen in test_own_classes.py."""
    found = truemorph.check(sources, **SETTINGS)
    assert found.rows["ddb"] is None and str(found).startswith(f"{found.counts['examples']} of 400 galaxies would be")
    capfd.readouterr()
    run = truemorph.run(sources, finished_run, **SETTINGS)
    assert capfd.readouterr().err.count("finished before, kept") == 9
    assert "a Raw labels" in str(run) and f"report: {finished_run / 'report' / 'report.html'}" in str(run)
    assert run.rows.index[0] == "labels_raw" and len(run.predictions) == found.counts["examples"]
    assert run.report["provenance"]["configuration"]["trainer"]["backbone"] == "small"


def test_predictions_are_kept_where_a_name_is_given(sky: Path, finished_run: Path, tmp_path: Path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    for image in sorted((sky / "images").iterdir())[:30]:
        (images / image.name).symlink_to(image)
    kept = truemorph.predict(finished_run / "models" / "debiased", images, tmp_path / "p.csv")
    assert len(kept.table) == 30 == kept.counts["smooth"] + kept.counts["disk"]
    assert re.match(r"\d+ smooth, \d+ disk", str(kept)) and repr(kept) == str(kept)
    fresh = truemorph.predict(str(finished_run / "models" / "debiased"), str(images))
    assert fresh.table["p_disk"].to_list() == pytest.approx(kept.table["p_disk"].to_list(), abs=1e-6)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["images", "p.csv", "p.csv-metadata.json"]


def test_what_is_wrong_is_told_as_by_the_commands(sources: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"trainer.epoch: unknown configuration key; the nearest one is trainer.epochs"
    ):
        truemorph.run(sources, tmp_path / "out", trainer={"epoch": 3})
    with pytest.raises(InputError, match="sources: unknown source 'vote'; choose from votes, photometry"):
        truemorph.check({"vote": "votes.csv"})
    with pytest.raises(InputError, match=r"sources: images are missing; give a folder, a .zip or a URL"):
        truemorph.check({"votes": sources["votes"], "photometry": sources["photometry"]})
    assert not (tmp_path / "out").exists()
