"""Pushing: versions, atomicity, refusal, the signatures, and plain TensorFlow beside predict."""

import json
from pathlib import Path
from typing import Any

import forked
import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
import toy

from truemorph.artifacts import publish
from truemorph.components.bulk_inferrer.predict import predict
from truemorph.components.images.decode import decode
from truemorph.components.laws import ExponentialLaw
from truemorph.components.pusher.executor import SPEC, execute
from truemorph.components.trainer.backbones import build_classifier

THETA, SIZE, CROP = 9.18, 32, 0.5
PLAIN = """
import importlib.abc, json, pathlib, sys

class Refuse(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "truemorph":
            raise ImportError(f"{name} must not be needed")

assert not any(name.split(".")[0] == "truemorph" for name in sys.modules)
sys.meta_path.insert(0, Refuse())
import tensorflow as tf
model = tf.saved_model.load(sys.argv[1])
paths = sorted(pathlib.Path(sys.argv[2]).iterdir())
answer = model.signatures["serving_default"](image=tf.constant([path.read_bytes() for path in paths]))
print(json.dumps([answer["p_disk"].numpy().tolist(), [x.decode() for x in answer["label"].numpy()]]))
"""


def write_model(folder: Path, status: str = "ok", seed: int = 0) -> Path:
    folder.mkdir()
    classifier = build_classifier("small", SIZE, seed)
    head = classifier.get_layer("logits")
    head.kernel.assign(np.random.default_rng(seed).normal(0, 2.0, head.kernel.shape))
    classifier.save(folder / "model.keras")
    card = {"status": status, "why": None if status == "ok" else "one class only", "image_size": SIZE, "crop": CROP}
    (folder / "model.json").write_text(json.dumps(card))
    return folder


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("sources")
    (folder / "report").mkdir()
    bias = {"value": 0.2, "interval": [0.15, 0.25], "status": "ok"}
    naive = {"value": 0.45, "interval": [0.4, 0.5], "status": "ok"}
    scores = {"confusion": [[400, 50], [50, 300]]}
    rows = [{"key": "network_raw", "cv18": naive}, {"key": "ddb", "cv18": bias, "scores": scores}]
    report = {"rows": rows, "provenance": {"data": {"content_hash": "abc"}}}
    (folder / "report" / "report.json").write_text(json.dumps(report))
    (folder / "bias_law.json").write_text(json.dumps({"law": "exponential", "theta": THETA, "status": "given"}))
    model = write_model(folder / "debiased")
    return {"model": model, "report": folder / "report", "bias_law": folder / "bias_law.json"}


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """JPEG and PNG, several sizes, one grey."""
    folder = tmp_path_factory.mktemp("images")
    rng = np.random.default_rng(5)
    for index in range(10):
        kind, size = ("PNG", 40 + 13 * index) if index % 3 else ("JPEG", 96)
        (folder / f"{100 + index}.{kind.lower()}").write_bytes(toy.blob(rng, index % 2 == 0, size, kind))
    grey = tf.io.encode_jpeg(np.full((50, 70, 1), 90, np.uint8)).numpy()
    (folder / "200.jpg").write_bytes(grey)
    return folder


def run(sources: dict[str, Path], folder: Path, **parameters: Any) -> dict[str, Any]:
    defaults = {
        "max_bias": None,
        "min_accuracy": None,
        "min_resolution_accuracy": None,
        "max_share_drift": None,
        "require_blessing": False,
        "destination": str(folder / "serving"),
    }
    staged = {name: folder / "staging" / name for name in SPEC.outputs}
    execute(sources, staged, defaults | parameters)
    publish(staged, {"pushed": folder / "pushed.json", "serving": folder / "serving"}, folder / "trash", SPEC.grows)
    return json.loads((folder / "pushed.json").read_text())


@pytest.fixture(scope="module")
def serving(sources: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pushed")
    pushed = run(sources, folder, max_bias=0.3)
    assert (pushed["status"], pushed["version"]) == ("blessed", 1)
    assert pushed["path"] == str(folder / "serving" / "1")
    return folder / "serving"


@pytest.fixture(scope="module")
def served(serving: Path) -> Any:
    return tf.saved_model.load(str(serving / "1"))


def encoded(images: Path) -> tf.Tensor:
    return tf.constant([path.read_bytes() for path in sorted(images.iterdir())])


def test_plain_tensorflow_without_truemorph_gives_what_predict_gives(
    sources: dict[str, Path], serving: Path, images: Path, tmp_path: Path
) -> None:
    done = forked.run(PLAIN, serving / "1", images)
    assert done.returncode == 0, done.stderr
    p_disk, labels = json.loads(done.stdout.splitlines()[-1])
    for model, name in ((sources["model"], "keras.csv"), (serving, "saved.csv"), (serving / "1", "version.csv")):
        predict(model, images, tmp_path / name)
        table = pd.read_csv(tmp_path / name, dtype={"objid": str})
        assert table["objid"].tolist() == [path.stem for path in sorted(images.iterdir())]
        np.testing.assert_allclose(p_disk, table["p_disk"], atol=1e-5)
        assert table["label"].tolist() == labels
    assert np.std(p_disk) > 0.01


def test_posterior_is_the_laws(serving: Path, served: Any, images: Path) -> None:
    batch = encoded(images)
    alpha = np.linspace(2, 40, len(batch)).astype(np.float32)
    p = served.signatures["serving_default"](image=batch)["p_disk"].numpy()
    for name, seen in (("smooth", 0), ("disk", 1)):
        observed = tf.constant([name] * len(batch))
        ours = served.signatures["posterior"](image=batch, alpha=tf.constant(alpha), observed=observed)["p_disk"]
        expected = ExponentialLaw(THETA).posterior(p, alpha, np.full(len(batch), seen))
        np.testing.assert_allclose(ours, expected, atol=1e-6)


def test_pixels_are_decodes(served: Any, images: Path) -> None:
    batch = encoded(images)
    pixels = tf.stack([decode(image, CROP, SIZE) for image in batch])
    p = served.signatures["pixels"](pixels=pixels)["p_disk"]
    np.testing.assert_allclose(p, served.signatures["serving_default"](image=batch)["p_disk"], atol=1e-6)


@pytest.mark.parametrize(
    ("alpha", "observed", "match"),
    [
        ([9.0, 9.0], ["smooth", "elliptical"], "observed must be smooth or disk"),
        ([9.0, -1.0], ["smooth", "disk"], "alpha must be finite and > 0"),
        ([9.0, float("nan")], ["smooth", "disk"], "alpha must be finite and > 0"),
        ([9.0], ["smooth", "disk"], "alpha: give one for each image"),
        ([9.0, 9.0], ["smooth"], "observed: give one for each image"),
    ],
)
def test_posterior_refuses(served: Any, images: Path, alpha: list[float], observed: list[str], match: str) -> None:
    with pytest.raises(tf.errors.InvalidArgumentError, match=match):
        served.signatures["posterior"](
            image=encoded(images)[:2], alpha=tf.constant(alpha), observed=tf.constant(observed)
        )


@pytest.mark.parametrize(
    ("damage", "place"),
    [
        ([None, b"no image"], r"\[1\] \[\(counted from 0\) of\] \[2\]"),
        ([b"", None, "half", None], r"\[0 2\] \[\(counted from 0\) of\] \[4\]"),
        ([b"GIF8"], r"\[0\] \[\(counted from 0\) of\] \[1\]"),
    ],
)
def test_damaged_images_are_named_by_their_place_and_the_next_request_is_answered(
    served: Any, images: Path, damage: list[Any], place: str
) -> None:
    good = encoded(images)[:1]
    whole = good.numpy()[0]
    batch = [whole if kind is None else whole[: len(whole) // 2] if kind == "half" else kind for kind in damage]
    with pytest.raises(tf.errors.InvalidArgumentError, match="damaged, or no JPEG or PNG: image. " + place):
        served.signatures["serving_default"](image=tf.constant(batch))
    assert served.signatures["serving_default"](image=good)["p_disk"].shape == (1,)


def test_a_batch_gives_what_its_images_give_one_by_one(served: Any, images: Path) -> None:
    batch, answer = encoded(images), served.signatures["serving_default"]
    alone = tf.concat([answer(image=batch[place : place + 1])["p_disk"] for place in range(len(batch))], 0)
    np.testing.assert_allclose(answer(image=batch)["p_disk"], alone, atol=1e-6)


def test_an_empty_batch(served: Any) -> None:
    assert served.signatures["serving_default"](image=tf.constant([], tf.string))["p_disk"].shape == (0,)


def test_the_card_travels_with_the_model(serving: Path) -> None:
    card = json.loads((serving / "1" / "assets.extra" / "model_card.json").read_text())
    assert (card["theta"], card["law"], card["data"]) == (THETA, "exponential", {"content_hash": "abc"})
    assert card["blessing"]["status"] == "blessed"
    assert card["versions"]["tensorflow"] == tf.__version__
    assert card["versions"]["keras"] == keras.__version__


def test_versions(sources: dict[str, Path], tmp_path: Path) -> None:
    first = run(sources, tmp_path)
    assert (first["status"], first["version"]) == ("not_judged", 1)
    (tmp_path / "staging" / "serving" / "2").mkdir(parents=True)  # what a killed push leaves
    again = run(sources, tmp_path, max_bias=0.3)
    assert (again["status"], again["version"]) == ("blessed", 1)
    card = tmp_path / "serving" / "1" / "assets.extra" / "model_card.json"
    assert json.loads(card.read_text())["blessing"]["status"] == "blessed"
    other = sources | {"model": write_model(tmp_path / "other", seed=1)}
    assert run(other, tmp_path)["version"] == 2
    assert sorted(path.name for path in (tmp_path / "serving").iterdir()) == ["1", "2"]


@pytest.mark.parametrize(
    ("status", "parameters", "expected", "reason"),
    [
        ("degenerate", {}, "refused", "degenerate"),
        ("degenerate", {"max_bias": 0.9}, "refused", "degenerate"),
        ("ok", {"max_bias": 0.2}, "refused", "over the budget"),
        ("ok", {"max_bias": 0.3, "min_accuracy": 0.9}, "refused", "below the floor of 0.9000"),
        ("ok", {"require_blessing": True}, "not_judged", "require_blessing holds it back"),
    ],
)
def test_not_pushed(
    sources: dict[str, Path], tmp_path: Path, status: str, parameters: Any, expected: str, reason: str
) -> None:
    pushed = run(sources | {"model": write_model(tmp_path / "m", status)}, tmp_path, **parameters)
    assert (pushed["status"], pushed["version"], pushed["path"]) == (expected, None, None)
    assert reason in pushed["reason"]
    assert list((tmp_path / "serving").iterdir()) == []


def test_spec() -> None:
    assert (SPEC.name, SPEC.outputs, SPEC.grows) == ("Pusher", ("pushed", "serving"), ("serving",))
