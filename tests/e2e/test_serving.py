"""The SavedModel of a run, asked by its signature, and `truemorph predict`."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from truemorph.cli import main
from truemorph.components.artifacts.predictions import SURENESS


@pytest.fixture(scope="session")
def predictions(sky: Path, finished_run: Path, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    out = tmp_path_factory.mktemp("predict") / "p.csv"
    model = finished_run / "models" / "debiased"
    assert main(["predict", "--model", str(model), "--images", str(sky / "images"), "--out", str(out)]) == 0
    return pd.read_csv(out, dtype={"objid": str}).set_index("objid")


def test_predict_agrees_with_the_catalogue_of_the_run(finished_run: Path, predictions: pd.DataFrame) -> None:
    catalogue = pd.read_parquet(finished_run / "predictions.parquet").set_index("objid")
    np.testing.assert_allclose(predictions.loc[catalogue.index, "p_disk"], catalogue["p_disk"], atol=1e-5)


def test_the_pushed_model_gives_the_same(sky: Path, finished_run: Path, predictions: pd.DataFrame) -> None:
    pushed = json.loads((finished_run / "pushed.json").read_text())
    assert pushed["status"] in ("blessed", "not_judged"), pushed
    model = tf.saved_model.load(str(finished_run / "serving" / str(pushed["version"])))
    paths = sorted((sky / "images").glob("*.jpg"))[:40]
    answer = model.signatures["serving_default"](image=tf.constant([path.read_bytes() for path in paths]))
    expected = predictions.loc[[path.stem for path in paths]]
    for name in ("p_disk", *SURENESS):
        np.testing.assert_allclose(answer[name], expected[name], atol=1e-5)
