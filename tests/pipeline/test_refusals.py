"""What commands of networks and catalogues refuse, in one line each."""

from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from truemorph.catalogue import write_catalogue
from truemorph.cli import main
from truemorph.components.bulk_inferrer.classifier import load_keras
from truemorph.components.errors import InputError
from truemorph.components.evaluator import resolution_stamps
from truemorph.components.laws import ExponentialLaw
from truemorph.components.measures import ranks

LAW = ExponentialLaw(9.18)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["1,5,0.5", "1,5,0.6"], "1 appears twice at the same alpha; keep one row"),
        (["9,5,0.5"], "none of its galaxies is a test galaxy with a trusted label in"),
    ],
)
def test_tables_of_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: list[str], message: str) -> None:
    trusted = pd.DataFrame({"objid": ["1", "2"], "label_raw": [1, 0]})
    monkeypatch.setattr(resolution_stamps, "trusted_labels", lambda *_: trusted)
    table = tmp_path / "answers.csv"
    table.write_text("\n".join(["objid,alpha,p_disk", *rows, ""]))
    with pytest.raises(InputError, match=message):
        resolution_stamps.scored(tmp_path, LAW, table)


def test_a_network_of_anything_but_square_images(tmp_path: Path) -> None:
    network = keras.Sequential([keras.Input((8, 9, 3)), keras.layers.Flatten(), keras.layers.Dense(1)])
    network.save(tmp_path / "odd.keras")
    with pytest.raises(InputError, match=r"takes input of shape .*; give a model that takes images \(n, S, S, 3\)"):
        load_keras(tmp_path / "odd.keras", 0.5)


def test_a_share_of_the_stamp_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["resolution-test", "--examples", str(tmp_path), "--model", str(tmp_path), "--crop", "2"]
    assert main(command) == 2
    assert "--crop 2.0: give a share of the stamp's side, above 0 and at most 1" in capsys.readouterr().err


def test_examples_of_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "manifest.json").write_text('{"counts": {}, "content_hash": "5e"}')
    (tmp_path / "answers.csv").write_text("objid,alpha,p_disk\n1,5,0.5\n")
    command = ["resolution-test", "--examples", str(tmp_path / "examples"), "--table", str(tmp_path / "answers.csv")]
    assert main(command) == 2
    said = capsys.readouterr().err
    assert "is missing, which says whose labels can be trusted; give the examples of a run" in said


def test_a_catalogue_of_before(tmp_path: Path) -> None:
    pq.write_table(pa.table({"objid": ["1"], "p_disk": [0.5]}), tmp_path / "predictions.parquet")
    with pytest.raises(InputError, match="written by an older truemorph; run the same `truemorph run` again to make"):
        write_catalogue(tmp_path, tmp_path / "sky.fits")
    assert not (tmp_path / "sky.fits").exists()


def test_more_values_than_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranks, "MOST_VALUES", 3)
    part = ranks.Ties(np.zeros(4, np.int64), np.arange(4.0), np.ones(4, np.int64))
    with pytest.raises(InputError, match="this many leaves and bins of such a large table do not fit into memory"):
        ranks.Ties.merged([part])
