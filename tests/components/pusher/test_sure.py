"""How sure p_disk is: the SavedModel gives what the trained model gives, of one network and of folds."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
import toy
from sure import certainty

from truemorph.components.artifacts.model_folder import CERTAINTY
from truemorph.components.artifacts.predictions import SURENESS
from truemorph.components.bulk_inferrer.classifier import load_classifier
from truemorph.components.bulk_inferrer.predict import predict
from truemorph.components.certainty.certainty import write_certainty
from truemorph.components.pusher.executor import execute
from truemorph.components.trainer.backbones import build_classifier
from truemorph.components.trainer.folds import mean_classifier

SIZE = 32
NUMBERS = ("p_disk", *SURENESS)


@pytest.fixture(scope="module", params=[pytest.param(1, marks=pytest.mark.slow), 2])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with debiased/, a model of as many folds, and serving/, the same pushed.

    One without folds is asked in tests/e2e/test_serving.py.
    """
    home, folds = tmp_path_factory.mktemp("sure"), request.param
    pixels = np.random.default_rng(1).uniform(0, 255, (200, SIZE, SIZE, 3)).astype(np.float32)
    members = [build_classifier("small", SIZE, seed) for seed in range(folds)]
    for seed, member in enumerate(members):
        head = member.get_layer("logits")
        head.kernel.assign(np.random.default_rng(seed).normal(0, 2.0, head.kernel.shape))
    (home / "debiased").mkdir()
    (members[0] if folds == 1 else mean_classifier(members)).save(home / "debiased" / "model.keras")
    write_certainty(home / "debiased" / CERTAINTY, [certainty(each, pixels, n) for n, each in enumerate(members)])
    card = {"image_size": SIZE, "crop": 1.0, "symmetries": 2, "folds": folds, "seed": 0, "name": "debiased"}
    law = {"law": "exponential", "theta": 9.18}
    (home / "debiased" / "model.json").write_text(json.dumps(card | law | {"status": "ok"}))
    (home / "bias_law.json").write_text(json.dumps(law | {"cv14": None}))
    (home / "report.json").write_text(json.dumps({"rows": []}))
    limits = ("max_bias", "min_accuracy", "min_resolution_accuracy", "max_share_drift")
    parameters = dict.fromkeys(limits) | {"require_blessing": False, "destination": str(home / "serving")}
    inputs = {"model": home / "debiased", "report": home, "bias_law": home / "bias_law.json"}
    execute(inputs, {"pushed": home / "pushed.json", "serving": home / "serving"}, parameters)
    return home


@pytest.fixture(scope="module")
def served(model: Path) -> Any:
    return tf.saved_model.load(str(model / "serving" / "1"))


def test_pixels_give_what_the_trained_model_gives(model: Path) -> None:
    trained, pushed = load_classifier(model / "debiased"), load_classifier(model / "serving")
    pixels = np.random.default_rng(2).uniform(0, 255, (40, SIZE, SIZE, 3)).astype(np.float32)
    one, other = trained.told(pixels), pushed.told(pixels)
    assert tuple(one) == NUMBERS and set(other) == set(NUMBERS) and pushed.certain
    for name in NUMBERS:
        np.testing.assert_allclose(other[name], one[name], atol=1e-5)
    assert (one["p_disk_lo"] < one["p_disk"]).all() and (one["p_disk"] < one["p_disk_hi"]).all()
    np.testing.assert_allclose(pushed.p(pixels), trained.p(pixels), atol=1e-6)


def test_files_and_the_default_signature_give_the_same(model: Path, served: Any, tmp_path: Path) -> None:
    images, rng = tmp_path / "images", np.random.default_rng(5)
    images.mkdir()
    files = [toy.blob(rng, index % 2 == 0, 40 + 5 * index) for index in range(9)]
    for index, file in enumerate(files):
        (images / f"{index}.jpg").write_bytes(file)
    found = served.signatures["serving_default"](image=tf.constant(files))
    for folder in ("debiased", "serving"):
        predict(model / folder, images, tmp_path / "p.parquet")
        table = pd.read_parquet(tmp_path / "p.parquet")
        assert table.columns.tolist() == ["objid", *NUMBERS, "label", "status"]
        for name in NUMBERS:
            np.testing.assert_allclose(found[name], table[name], atol=1e-5)


def test_no_image_and_the_posterior(served: Any) -> None:
    nothing = served.signatures["serving_default"](image=tf.constant([], tf.string))
    assert {name: tuple(values.shape) for name, values in nothing.items()} == dict.fromkeys(nothing, (0,))
    image = tf.constant([toy.blob(np.random.default_rng(0), True)] * 2)
    p_disk = served.signatures["serving_default"](image=image)["p_disk"].numpy()
    given = {"image": image, "alpha": tf.constant([5.0, 5.0]), "observed": tf.constant(["smooth", "disk"])}
    after = served.signatures["posterior"](**given)["p_disk"].numpy()
    kept = np.exp(-(5.0**2) / (2 * 9.18**2)) * p_disk[0]
    assert after == pytest.approx([kept / (1 - p_disk[0] + kept), 1.0], abs=1e-6)
