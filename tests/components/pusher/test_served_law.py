"""The law that a network was trained through, and not the catalogue's, is behind the posterior, served and in bulk."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
import toy

from truemorph.components.bulk_inferrer.classifier import load_classifier
from truemorph.components.bulk_inferrer.executor import execute as infer
from truemorph.components.errors import InputError
from truemorph.components.laws import FLIP_LAWS, FlipLaw, LogisticLaw, TabulatedLaw
from truemorph.components.pusher.executor import execute as push
from truemorph.components.trainer.backbones import build_classifier

LAWS = [LogisticLaw(11.0, 2.5), TabulatedLaw((5.0, 20.0), (0.9, 0.1))]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("law")
    toy.sky(home / "examples", 12, 3, 4)
    for law in LAWS:
        model = home / law.kind
        model.mkdir()
        classifier = build_classifier("small", 32, 0)
        head = classifier.get_layer("logits")
        head.kernel.assign(np.random.default_rng(0).normal(0, 2.0, head.kernel.shape))
        classifier.save(model / "model.keras")
        given = {name: value for name, value in law.get_config().items() if name != "law"}
        card = {
            "status": "ok",
            "why": None,
            "image_size": 32,
            "crop": 1.0,
            "law": law.kind,
            "theta": law.scale,
            "symmetries": 8,
        }
        (model / "model.json").write_text(json.dumps(card | {"law_parameters": given}))
    (home / "bias_law.json").write_text(json.dumps({"law": "exponential", "theta": 9.18, "cv14": None}))
    (home / "report.json").write_text(json.dumps({"rows": []}))
    for law in LAWS:
        inputs = {"model": home / law.kind, "report": home, "bias_law": home / "bias_law.json"}
        out = home / "pushed" / law.kind
        out.mkdir(parents=True)
        push(inputs, {"pushed": out / "pushed.json", "serving": out / "serving"}, parameters(out))
    return home


def parameters(out: Path) -> dict[str, Any]:
    limits = ("max_bias", "min_accuracy", "min_resolution_accuracy", "max_share_drift")
    return dict.fromkeys(limits) | {"require_blessing": False, "destination": str(out / "serving")}


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.kind)
def test_posterior_of_the_trained_law(law: FlipLaw, folder: Path, tmp_path: Path) -> None:
    assert law.kind in FLIP_LAWS
    version = folder / "pushed" / law.kind / "serving" / "1"
    served = tf.saved_model.load(str(version))
    card = json.loads((version / "assets.extra" / "model_card.json").read_text())
    assert (card["law"], card["theta"]) == (law.kind, pytest.approx(law.scale))
    image = tf.constant([toy.blob(np.random.default_rng(n), n % 2 == 0) for n in range(6)])
    alpha = np.float32([1.0, 4.0, 8.0, 12.0, 20.0, 60.0])
    p_disk = served.signatures["serving_default"](image=image)["p_disk"].numpy()
    for label, seen in (("smooth", 0), ("disk", 1)):
        answer = served.signatures["posterior"](image=image, alpha=alpha, observed=tf.constant([label] * 6))
        expected = law.posterior(p_disk.astype(np.float64), alpha, np.full(6, seen))
        np.testing.assert_allclose(answer["p_disk"], expected, rtol=1e-4, atol=1e-6)

    sources = {"examples": folder / "examples", "bias_law": folder / "bias_law.json", "debiased": folder / law.kind}
    infer(sources, {"predictions": tmp_path / "p.parquet", "readme": tmp_path / "README.md"}, {"batch_size": 8})
    table = pd.read_parquet(tmp_path / "p.parquet")
    expected = law.posterior(table["p_disk"], table["alpha"], table["label_raw"].to_numpy(np.int64))
    np.testing.assert_allclose(table["p_disk_posterior"], expected, rtol=1e-6)


def test_what_is_pushed_averages_over_the_symmetries_as_the_trained_model_does(folder: Path) -> None:
    serving = folder / "pushed" / "logistic" / "serving"
    pixels = np.random.default_rng(0).uniform(0, 255, (6, 32, 32, 3)).astype(np.float32)
    trained, pushed = load_classifier(folder / "logistic"), load_classifier(serving)
    np.testing.assert_allclose(pushed.p(pixels), trained.p(pixels), atol=1e-6)
    np.testing.assert_allclose(pushed.p(pixels[:, ::-1]), pushed.p(pixels), atol=1e-6)
    assert np.abs(load_classifier(folder / "logistic", 1).p(pixels) - pushed.p(pixels)).max() > 1e-4
    with pytest.raises(
        InputError, match=r"--symmetries 1: the model in .* is fixed at 8; give a model from models/ of its run"
    ):
        load_classifier(serving, 1)
