"""The SavedModel, loaded by plain TensorFlow where there is no truemorph, and `truemorph predict`."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from truemorph.cli import main

PLAIN = """
import importlib.abc, json, pathlib, sys

class NoTruemorph(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "truemorph":
            raise ImportError(f"{name} must not be needed")

sys.meta_path.insert(0, NoTruemorph())
import tensorflow as tf
model = tf.saved_model.load(sys.argv[1])
paths = sorted(pathlib.Path(sys.argv[2]).glob("*.jpg"))[:40]
answer = model.signatures["serving_default"](image=tf.constant([path.read_bytes() for path in paths]))
print(json.dumps({path.stem: float(p) for path, p in zip(paths, answer["p_disk"].numpy())}))
"""


@pytest.fixture(scope="session")
def predictions(sky: Path, finished_run: Path, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    out = tmp_path_factory.mktemp("predict") / "p.csv"
    model = finished_run / "models" / "debiased"
    assert main(["predict", "--model", str(model), "--images", str(sky / "images"), "--out", str(out)]) == 0
    return pd.read_csv(out, dtype={"objid": str}).set_index("objid")


def test_predict_agrees_with_the_catalogue_of_the_run(finished_run: Path, predictions: pd.DataFrame) -> None:
    catalogue = pd.read_parquet(finished_run / "predictions.parquet").set_index("objid")
    np.testing.assert_allclose(predictions.loc[catalogue.index, "p_disk"], catalogue["p_disk"], atol=1e-5)


def test_plain_tensorflow_gives_the_same(
    sky: Path, finished_run: Path, predictions: pd.DataFrame, tmp_path: Path
) -> None:
    pushed = json.loads((finished_run / "pushed.json").read_text())
    assert pushed["status"] in ("blessed", "not_judged"), pushed
    version = finished_run / "serving" / str(pushed["version"])
    command = [sys.executable, "-c", PLAIN, str(version), str(sky / "images")]
    finished = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert finished.returncode == 0, finished.stderr
    served = json.loads(finished.stdout.splitlines()[-1])
    assert len(served) == 40
    np.testing.assert_allclose(list(served.values()), predictions.loc[list(served), "p_disk"], atol=1e-5)
