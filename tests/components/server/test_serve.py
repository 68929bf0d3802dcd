"""The server on the loopback: V1 and V2 give what the SavedModel gives; damaged requests are refused and it lives."""

import base64
import json
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import forked
import numpy as np
import pytest
import tensorflow as tf
import toy
from sure import certainty

from truemorph.components.artifacts.model_card import CARD
from truemorph.components.artifacts.predictions import SURENESS
from truemorph.components.errors import InputError
from truemorph.components.laws import ExponentialLaw

pytest.importorskip("kserve", reason="needs kserve: pip install 'kserve>=0.21,<0.22'")
SIZE, CROP, THETA = 32, 0.5, 9.18
V1, V2 = "/v1/models/truemorph:predict", "/v2/models/truemorph/infer"


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from truemorph.components.pusher.signatures import Server, save
    from truemorph.components.trainer.backbones import build_classifier

    classifier = build_classifier("small", SIZE, 0)
    head = classifier.get_layer("logits")
    head.kernel.assign(np.random.default_rng(0).normal(0, 2.0, head.kernel.shape))
    folder = tmp_path_factory.mktemp("serving")
    shown = np.random.default_rng(1).uniform(0, 255, (200, SIZE, SIZE, 3)).astype(np.float32)
    certain = [certainty(classifier, shown)]
    save(folder / "3", Server(classifier, SIZE, CROP, ExponentialLaw(THETA), certain=certain))
    (folder / "3" / CARD).parent.mkdir()
    card = {"image_size": SIZE, "crop": CROP, "law": "exponential", "theta": THETA}
    (folder / "3" / CARD).write_text(json.dumps(card))
    (folder / "2").mkdir()  # no model: not a version
    return folder


@pytest.fixture(scope="module")
def server(serving: Path) -> Iterator[Any]:
    """Where it listens, and its process."""
    with forked.begun(forked.COMMAND_LINE, "serve", "--model", serving, "--port", 0) as process:
        deadline = time.monotonic() + 300
        while "http://" not in process.told() and process.process.is_alive() and time.monotonic() < deadline:
            time.sleep(0.1)
        line = next((line for line in process.told().splitlines() if line.startswith("serving ")), None)
        assert line and f"{serving}/3 at http://127.0.0.1:" in line, process.told()
        yield line.split()[-1], process
        process.process.terminate()
        process.wait(30)


@pytest.fixture(scope="module")
def images() -> list[bytes]:
    """JPEG and PNG of several sizes."""
    rng = np.random.default_rng(4)
    return [toy.blob(rng, index % 2 == 0, 40 + 9 * index, ("JPEG", "PNG")[index % 2]) for index in range(8)]


@pytest.fixture(scope="module")
def numbers(serving: Path, images: list[bytes]) -> dict[str, np.ndarray]:
    found = tf.saved_model.load(str(serving / "3")).signatures["serving_default"](image=tf.constant(images))
    return {name: found[name].numpy() for name in ("p_disk", *SURENESS)}


@pytest.fixture(scope="module")
def expected(numbers: dict[str, np.ndarray]) -> np.ndarray:
    return numbers["p_disk"]


def text(image: bytes) -> str:
    return base64.b64encode(image).decode()


def ask(server: Any, path: str, body: Any, **headers: str) -> tuple[int, Any]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(server[0] + path, data, {"Content-Type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def tensor(name: str, kind: str, data: list[Any]) -> dict[str, Any]:
    return {"name": name, "shape": [len(data)], "datatype": kind, "data": data}


def test_v1(server: Any, images: list[bytes], numbers: dict[str, np.ndarray]) -> None:
    status, answer = ask(server, V1, {"instances": [{"b64": text(image)} for image in images]})
    assert status == 200
    for name, values in numbers.items():
        np.testing.assert_allclose([row[name] for row in answer["predictions"]], values, atol=1e-5)
    labels = np.where(numbers["p_disk"] > 0.5, "disk", "smooth").tolist()
    assert [row["label"] for row in answer["predictions"]] == labels


def test_v1_without_a_content_type(server: Any, images: list[bytes]) -> None:
    body = {"instances": [{"b64": text(images[0])}]}
    assert ask(server, V1, body, **{"Content-Type": "application/x-www-form-urlencoded"}) == ask(server, V1, body)


def test_kserve_missing(serving: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from truemorph.components.server.serve import serve

    monkeypatch.setitem(sys.modules, "kserve", None)
    with pytest.raises(InputError, match=r"serve needs kserve .*; pip install 'kserve>="):
        serve(serving, port=0)


def test_v2(server: Any, images: list[bytes], numbers: dict[str, np.ndarray]) -> None:
    status, answer = ask(server, V2, {"id": "a", "inputs": [tensor("image", "BYTES", [text(one) for one in images])]})
    outputs = {output["name"]: output for output in answer["outputs"]}
    assert (status, answer["id"]) == (200, "a")
    for name, values in numbers.items():
        assert (outputs[name]["datatype"], outputs[name]["shape"]) == ("FP32", [8])
        np.testing.assert_allclose(outputs[name]["data"], values, atol=1e-5)
    assert set(outputs["label"]["data"]) <= {"smooth", "disk"}


def test_posterior(server: Any, images: list[bytes], expected: np.ndarray) -> None:
    alpha, observed = [5.0] * len(images), ["smooth", "disk"] * (len(images) // 2)
    law = ExponentialLaw(THETA).posterior(expected, alpha, [0, 1] * (len(images) // 2))
    rows = zip(images, alpha, observed, strict=True)
    instances = [{"image": {"b64": text(one)}, "alpha": a, "observed": seen} for one, a, seen in rows]
    status, answer = ask(server, V1, {"instances": instances})
    assert status == 200
    np.testing.assert_allclose(answer["predictions"], law, atol=1e-5)
    inputs = [tensor("image", "BYTES", [text(one) for one in images])]
    inputs += [tensor("alpha", "FP32", alpha), tensor("observed", "BYTES", observed)]
    status, answer = ask(server, V2, {"inputs": inputs})
    assert status == 200
    np.testing.assert_allclose(answer["outputs"][0]["data"], law, atol=1e-5)


def test_a_damaged_image_is_named_by_its_place(server: Any, images: list[bytes], expected: np.ndarray) -> None:
    batch = [images[0], images[1][:200], images[2], b"text", images[3]]
    why = "damaged, or no JPEG or PNG: image 1, 3 (counted from 0) of 5"
    assert ask(server, V1, {"instances": [{"b64": text(one)} for one in batch]}) == (400, {"error": why})
    assert ask(server, V2, {"inputs": [tensor("image", "BYTES", [text(one) for one in batch])]}) == (
        400,
        {"error": why},
    )
    status, answer = ask(server, V1, {"instances": [{"b64": text(images[0])}]})
    assert status == 200 and abs(answer["predictions"][0]["p_disk"] - expected[0]) < 1e-5


@pytest.mark.parametrize(
    ("path", "body", "status", "match"),
    [
        (V1, b"{", 400, "Unrecognized request format"),
        (V1, b"", 400, "Unrecognized request format"),
        (V1, b"[1]", 400, "not a JSON object"),
        (V1, {"instances": [{"b64": "?"}]}, 400, "image 0: is not base64"),
        (V2, b"{", 422, "JSON decode error"),
        (V2, {"inputs": "image"}, 422, "should be a valid list"),
        (V2, {"inputs": []}, 400, "the inputs are"),
        (V2, {"inputs": [tensor("image", "BYTES", [["AA==", ["?"]]])]}, 400, "image 1: is not base64"),
        ("/v1/models/other:predict", {"instances": []}, 404, "does not exist"),
    ],
)
def test_nonsense_is_refused(server: Any, path: str, body: Any, status: int, match: str) -> None:
    found, answer = ask(server, path, body)
    assert found == status
    assert match in json.dumps(answer)


def test_binary_tensors_are_refused_with_advice(server: Any, images: list[bytes]) -> None:
    blob = len(images[0]).to_bytes(4, "little") + images[0]
    head = {"name": "image", "shape": [1], "datatype": "BYTES", "parameters": {"binary_data_size": len(blob)}}
    words = json.dumps({"inputs": [head]}).encode()
    headers = {"Inference-Header-Content-Length": str(len(words)), "Content-Type": "application/octet-stream"}
    found, answer = ask(server, V2, words + blob, **headers)
    assert found == 400 and answer["error"].endswith("send JSON, images as base64")
    assert len(answer["error"]) < 300


def test_health_and_a_quiet_log(server: Any) -> None:
    base, process = server
    for path in ("/v1/models/truemorph", "/v2/health/live", "/v2/health/ready", "/v2/models/truemorph/ready"):
        with urllib.request.urlopen(base + path, timeout=60) as answer:
            assert answer.status == 200
    with urllib.request.urlopen(base + "/v2/models/truemorph", timeout=60) as answer:
        told = json.load(answer)
    assert [one["name"] for one in told["inputs"]] == ["image", "alpha", "observed"]
    assert {one["name"] for one in told["outputs"]} == {"p_disk", *SURENESS, "label", "status"}
    assert process.process.is_alive()
    assert "Traceback" not in process.told()


def test_refused_before_it_starts(server: Any, serving: Path, tmp_path: Path) -> None:
    from truemorph.components.server.serve import serve

    with pytest.raises(InputError, match=r"--model .*: there is no SavedModel here; give serving/"):
        serve(tmp_path)
    port = int(server[0].rsplit(":", 1)[1])
    with pytest.raises(InputError, match=rf"--port {port}: cannot listen there .*; give another port"):
        serve(serving, port=port)
