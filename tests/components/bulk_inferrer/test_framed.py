"""Images that are not framed as those trained on: the same status from a network, its SavedModel, and its signature."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from truemorph.calls import in_words
from truemorph.components.artifacts.model_card import CARD
from truemorph.components.bulk_inferrer.predict import predict
from truemorph.components.images.decode import decode
from truemorph.components.images.framing import Framing, framing_of, measure
from truemorph.components.pusher.signatures import Server, save

SIDE, CROP = 32, 0.5
EMPTY, HALF = "nothing stands out from the sky", "the field of view looks half as wide as in training"


def encoded(image: tf.Tensor) -> bytes:
    return tf.io.encode_png(tf.cast(image, tf.uint8)).numpy()


@pytest.fixture(scope="module")
def models(toy: Any, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A network's folder and its SavedModel; of a network that does not know its framing see test_predict.py."""
    from truemorph.components.trainer.backbones import build_classifier

    folder, rng = tmp_path_factory.mktemp("models"), np.random.default_rng(0)
    stamps = [toy.blob(rng, index % 2 == 0) for index in range(300)]
    views = {1.0: CROP, 0.5: CROP / 2, 2.0: 2 * CROP}
    measured = {}
    for width, crop in views.items():
        shown = tf.data.Dataset.from_tensor_slices(stamps).map(lambda stamp, crop=crop: decode(stamp, crop, SIDE))
        measured[width] = measure(np.stack(list(shown.as_numpy_iterator())))
    card = {"image_size": SIDE, "crop": CROP, "name": "debiased", "law": "exponential", "theta": 9.18}
    framing = framing_of(measured) or {}
    classifier = build_classifier("small", SIDE, 0)
    (folder / "debiased").mkdir()
    classifier.save(folder / "debiased" / "model.keras")
    (folder / "debiased" / "model.json").write_text(json.dumps(card | {"framing": framing}))
    save(folder / "1", Server(classifier, SIDE, CROP, toy.LAW, Framing.from_json(framing)))
    (folder / "1" / CARD).parent.mkdir()
    (folder / "1" / CARD).write_text(json.dumps(card | {"framing": framing}))
    return [folder / "debiased", folder / "1"]


@pytest.fixture(scope="module")
def images(toy: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20 usual stamps, their central halves, and a black image."""
    folder, rng = tmp_path_factory.mktemp("images"), np.random.default_rng(1)
    for index in range(20):
        stamp = toy.blob(rng, index % 2 == 0)
        (folder / f"usual{index:02d}.jpg").write_bytes(stamp)
        (folder / f"halved{index:02d}.png").write_bytes(encoded(tf.io.decode_jpeg(stamp)[12:36, 12:36]))
    (folder / "black.png").write_bytes(encoded(tf.zeros((48, 48, 3))))
    return folder


def test_all_ways_mark_the_same_images(models: list[Path], images: Path, tmp_path: Path) -> None:
    kinds = {}
    for model in models:
        counts = predict(model, images, tmp_path / f"{model.name}.parquet")
        table = pd.read_parquet(tmp_path / f"{model.name}.parquet").set_index("objid")
        kinds[model.name] = table["status"].to_dict()
        assert table.loc["black", "status"] == f"framing: {EMPTY}"
        assert np.isnan(table.loc["black", "p_disk"]) and table.loc["black", "label"] is None
        assert table["p_disk"].notna().sum() == 40  # the others have an answer
        halved, usual = (table[table.index.str.startswith(word)]["status"] for word in ("halved", "usual"))
        assert (halved == f"framing: {HALF}").sum() >= 18 and (usual == "ok").sum() >= 19
        assert counts["framing"] == (table["status"] != "ok").sum() and counts["unreadable"] == 0
        assert f"framed differently from the training images ({EMPTY} 1" in in_words(
            counts | {"reasons": {EMPTY: 1} | counts["reasons"]}
        )
    assert kinds["debiased"] == kinds["1"]
    signature = tf.saved_model.load(str(models[1])).signatures["serving_default"]
    found = signature(image=tf.constant([path.read_bytes() for path in sorted(images.iterdir())]))
    assert [one.decode() for one in found["status"].numpy()] == [kinds["1"][key] for key in sorted(kinds["1"])]
    assert np.isnan(found["p_disk"][0]) and found["label"][0] == b""
    assert signature(image=tf.constant([], tf.string))["status"].shape == (0,)
