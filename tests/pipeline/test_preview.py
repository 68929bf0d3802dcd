"""`truemorph check`: what a run would be, said before it, from the files alone."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from truemorph.cli import main
from truemorph.components.errors import InputError
from truemorph.components.simulator.sky import simulate
from truemorph.config import Config
from truemorph.cost import costs
from truemorph.preview import preview
from truemorph.sheet import COLUMNS, SHOWN
from truemorph.sources import make_sources


@pytest.fixture(scope="module")
def sky(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("preview") / "sky"
    simulate(folder, galaxies=60, seed=5, size=48, progress=False)
    return folder


def words(sky: Path, *more: str) -> list[str]:
    files = {"votes": "votes.csv", "photometry": "photometry.csv", "images": "images"}
    return ["check", *(f"--{name}={sky / file}" for name, file in files.items()), "--quiet", *more]


def test_it_says_columns_classes_alpha_rows_and_costs(sky: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words(sky, "--json")) == 0
    found = json.loads(capsys.readouterr().out)
    votes = pd.read_csv(sky / "votes.csv", dtype={"dr7objid": str})
    sizes = pd.read_csv(sky / "photometry.csv", dtype={"objid": str})
    assert found["rows_in"] == len(votes) == found["examples"] + sum(found["rejects"].values())
    assert sum(found["classes"].values()) == found["examples"]
    assert found["columns"]["votes"]["objid"] == "dr7objid"
    alpha = sizes["petroRad_r"] / sizes["psfWidth_r"] * 2 * np.sqrt(2 * np.log(2))
    assert alpha.min() <= found["alpha"][0] <= found["alpha"][2] <= found["alpha"][4] <= alpha.max()
    assert found["theta"]["theta"] is None and found["theta"]["status"] == "insufficient_data"
    assert found["rows"]["labels_raw"] is None and found["rows"]["network_debiased_labels"] is None
    assert found["rows"]["cv14"] == "no: there is no structure (ng, e, Rhlr)"
    assert found["rows"]["ddb"].startswith("no: theta is not known")
    assert [cost["preset"] for cost in found["costs"]] == ["cpu", "gpu", "paper"]


def test_a_survey_of_labels_is_told_what_it_lacks(sky: Path, tmp_path: Path) -> None:
    truth = pd.read_csv(sky / "truth.csv", dtype={"objid": str})
    table = tmp_path / "own.csv"
    truth[truth["label"] != "star_or_artifact"].assign(label_raw=lambda t: t["label"])[
        ["objid", "label_raw", "alpha"]
    ].to_csv(table, index=False)
    found = preview(make_sources(table=table, images=sky / "images"), Config())
    assert found.rows["labels_debiased"] == found.rows["network_debiased_labels"] == "no: there are no debiased votes"
    said = repr(found)  # what a notebook shows, and print
    assert said == str(found) and "\ntable: objid = objid, label_raw = label_raw, alpha = alpha\n" in said
    assert "note: stars and artifacts are not told apart from galaxies" in said
    assert "note: CV18 has no intrinsic column" in said
    assert "row d, network on debiased labels: no: there are no debiased votes" in said


def test_labels_of_one_class_teach_no_network(sky: Path, tmp_path: Path) -> None:
    table = tmp_path / "disks.csv"
    truth = pd.read_csv(sky / "truth.csv", dtype={"objid": str})
    truth.assign(label_raw="disk")[["objid", "label_raw", "alpha"]].to_csv(table, index=False)
    found = preview(make_sources(table=table, images=sky / "images"), Config())
    assert found.rows["network_raw"] == found.rows["ddb"] == "no: all its labels are of one class"


def test_the_sheet_is_what_the_network_sees(sky: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    assert main(words(sky, "--sheet", str(sheet), "--preset", "cpu")) == 0
    with Image.open(sheet) as image:
        assert image.size == (COLUMNS * SHOWN, 4 * (SHOWN + 16))
        assert np.asarray(image)[: SHOWN - 2, : SHOWN - 2].std() > 0
    with pytest.raises(
        InputError, match=r"--sheet sheet.jpg: give a .png in a folder that exists and that you may write to"
    ):
        preview(make_sources(table=sky / "truth.csv", images=sky / "images"), Config(), Path("sheet.jpg"))


def test_a_larger_network_costs_more_and_twice_the_galaxies_twice_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("truemorph.cost.speed", lambda: 100e9)
    small, large = costs(10_000, 3), costs(20_000, 3)
    assert [cost.hours for cost in large] == pytest.approx([2 * cost.hours for cost in small])
    one_training = small[1].hours / 5  # the preset 'gpu' trains five folds
    assert small[0].hours < one_training < small[2].hours
    # 30 epochs of 8,000 galaxies, three networks, 21 GFLOP an image at 207 px: 1.51e16 FLOP, beside the decoding.
    assert small[2].hours == pytest.approx(1.51e16 / 100e9 / 3600, rel=0.05)
