"""The resolution test of a dataset: which galaxies, how wide their PSF, rows of a report, and anyone's answers."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from truemorph.components.errors import InputError
from truemorph.components.evaluator import resolution_stamps
from truemorph.components.evaluator.ladder import psf_sigma
from truemorph.components.evaluator.resolution_rows import resolution_tests
from truemorph.components.evaluator.resolution_stamps import scored, write
from truemorph.components.evaluator.resolution_test import trusted_galaxies
from truemorph.components.examples.table import read_table
from truemorph.components.laws import ExponentialLaw

LAW = ExponentialLaw(1.0)
"""By which all labels of the toy sky can be trusted."""


@pytest.fixture(scope="module")
def examples(toy: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ladder") / "examples"
    toy.sky(folder, 4, 2, 80)
    return folder


def test_sigma_follows_from_alpha_unless_the_example_carries_it(toy: Any, examples: Path, tmp_path: Path) -> None:
    found = trusted_galaxies(examples, LAW, crop=0.5, image_size=32)
    assert len(found.images) == 80 and found.scaled == 0
    assert found.noise and all(np.sum(np.abs(np.log(found.alpha / rung)) < 0.15) >= 20 for rung in found.noise)
    np.testing.assert_allclose(found.sigma, psf_sigma(found.alpha, 32, 0.5, 8.48))
    blob = toy.blob(np.random.default_rng(0), True)
    made = [toy.example(blob, "1", alpha=9.0, label_raw=1, psf_sigma_pixels=2.4)]
    for split in ("train", "eval", "test"):
        toy.shard(tmp_path / f"Split-{split}" / "data_tfrecord-00000-of-00001", made)
    found = trusted_galaxies(tmp_path, LAW, crop=0.5, image_size=32)
    assert found.scaled == 1 and found.sigma == pytest.approx([2.4 * 32 / (0.5 * 48)])
    assert len(trusted_galaxies(tmp_path, ExponentialLaw(9.18), crop=0.5, image_size=32).images) == 0


def test_rows_of_the_report(examples: Path, tmp_path: Path) -> None:
    from truemorph.components.trainer.backbones import build_classifier

    for name in ("naive", "debiased", "naive_debiased_labels"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.json").write_text(json.dumps({"image_size": 32, "crop": 0.5, "name": name}))
    for seed, name in enumerate(("naive", "debiased")):
        build_classifier("small", 32, seed).save(tmp_path / name / "model.keras")
    models = {path.name: path for path in sorted(tmp_path.iterdir())}
    found = resolution_tests(examples, models, LAW)
    assert found is not None and (found["status"], found["n"], found["scaled"]) == ("ok", 80, 0)
    assert [row["key"] for row in found["rows"]] == ["ddb", "network_raw"]  # the third was not trained
    for row in found["rows"]:
        as_seen, *rungs = row["rungs"]
        assert (as_seen["alpha"], as_seen["n"], as_seen["status"]) == (None, 80, "ok")
        assert rungs[0]["status"] == "insufficient_data" and rungs[-1]["status"] == "ok"
    unknown = resolution_tests(examples, models, None)
    assert unknown is not None and unknown["status"] == "not_identifiable" and unknown["rows"] == []
    assert resolution_tests(examples, {"naive_debiased_labels": models["naive_debiased_labels"]}, LAW) is None


def test_answers_of_anyone_to_the_stamps_that_were_written(
    examples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given the labels as answers, they are right at each rung."""
    monkeypatch.setattr(resolution_stamps, "SIZE", 64)
    folder = tmp_path / "stamps"
    count = write(examples, LAW, 8.48, folder)
    table = pd.read_csv(folder / "stamps.csv", dtype={"objid": str})
    assert len(table) == count == len(list(folder.glob("*.png")))
    assert {Image.open(path).size for path in folder.glob("*.png")} == {(64, 64)}
    assert (table["alpha"].isna().sum(), table["p_disk"].notna().sum()) == (80, 0)
    with pytest.raises(InputError, match="p_disk in row 1 is nan; give a number from 0 to 1"):
        scored(examples, LAW, folder / "stamps.csv")
    labels = read_table(examples, "test").set_index("objid")["label_raw"].astype(float)
    table.assign(p_disk=labels.reindex(table["objid"]).to_numpy()).to_csv(folder / "stamps.csv", index=False)
    found = scored(examples, LAW, folder / "stamps.csv")
    rungs = {rung["alpha"]: rung for rung in found["rows"][0]["rungs"]}
    assert rungs[None]["accuracy"] == rungs[5.0]["accuracy"] == 1.0 and rungs[5.0]["share_drift"] == 0.0
    with pytest.raises(InputError, match="none of its galaxies is a test galaxy with a trusted label"):
        scored(examples, ExponentialLaw(99.0), folder / "stamps.csv")
    with pytest.raises(InputError, match=r"--stamps .*: exists and is not an empty folder"):
        write(examples, LAW, 8.48, folder)
