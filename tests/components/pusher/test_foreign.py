"""Other readers of the SavedModel: OpenVINO and ONNX give what TensorFlow gives, on images, to 1e-4."""

from pathlib import Path

import forked
import numpy as np
import pytest
import tensorflow as tf
import toy
from sure import certainty

from truemorph.components.artifacts.predictions import SURENESS
from truemorph.components.laws import ExponentialLaw

SIZE, CROP, TOLERANCE = 32, 0.5, 1e-4
# On processors with bfloat16, OpenVINO computes in it unless told otherwise: 4e-3 off.
EXACT = {"INFERENCE_PRECISION_HINT": "f32"}


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SavedModel whose answers are spread over 0..1."""
    from truemorph.components.pusher.signatures import Server, save
    from truemorph.components.trainer.backbones import build_classifier

    classifier = build_classifier("small", SIZE, 0)
    head = classifier.get_layer("logits")
    head.kernel.assign(np.random.default_rng(0).normal(0, 2.0, head.kernel.shape))
    folder = tmp_path_factory.mktemp("foreign") / "1"
    shown = np.random.default_rng(1).uniform(0, 255, (200, SIZE, SIZE, 3)).astype(np.float32)
    save(folder, Server(classifier, SIZE, CROP, ExponentialLaw(9.18), certain=[certainty(classifier, shown)]))
    return folder


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    from truemorph.components.images.decode import decode

    rng = np.random.default_rng(3)
    return np.stack([decode(tf.constant(toy.blob(rng, index % 2 == 0)), CROP, SIZE).numpy() for index in range(24)])


@pytest.fixture(scope="module")
def expected(saved: Path, pixels: np.ndarray) -> dict[str, np.ndarray]:
    model = tf.saved_model.load(str(saved))
    found = {name: values.numpy() for name, values in model.signatures["pixels"](pixels=tf.constant(pixels)).items()}
    assert found["p_disk"].std() > 0.005 and set(found) == {"p_disk", *SURENESS}
    return found


@pytest.fixture(scope="module")
def onnx_file(saved: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("tf2onnx", reason="needs tf2onnx: pip install '.[foreign]'")
    out = tmp_path_factory.mktemp("onnx") / "model.onnx"
    words = ["--saved-model", saved, "--signature_def", "pixels", "--opset", 18, "--output", out]
    done = forked.run("import runpy; runpy.run_module('tf2onnx.convert', run_name='__main__')", *words)
    assert done.returncode == 0, done.stderr
    return out


def test_onnx(onnx_file: Path, pixels: np.ndarray, expected: dict[str, np.ndarray]) -> None:
    onnxruntime = pytest.importorskip("onnxruntime", reason="needs onnxruntime: pip install '.[foreign]'")
    session = onnxruntime.InferenceSession(onnx_file)
    for name, values in expected.items():
        (found,) = session.run([name], {"pixels": pixels})
        np.testing.assert_allclose(found, values, atol=TOLERANCE)
        (alone,) = session.run([name], {"pixels": pixels[:1]})
        np.testing.assert_allclose(alone, values[:1], atol=TOLERANCE)


@pytest.mark.slow  # another library that asks the same signature as TensorFlow and ONNX do above
def test_openvino_from_the_signature(saved: Path, pixels: np.ndarray, expected: dict[str, np.ndarray]) -> None:
    openvino = pytest.importorskip("openvino", reason="needs openvino: pip install '.[foreign]'")
    model = tf.saved_model.load(str(saved))
    compiled = openvino.compile_model(openvino.convert_model(model.signatures["pixels"]), "CPU", EXACT)
    found = compiled({"pixels": pixels})
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, atol=TOLERANCE)


@pytest.mark.slow  # each alone above
def test_openvino_from_onnx(onnx_file: Path, pixels: np.ndarray, expected: dict[str, np.ndarray]) -> None:
    openvino = pytest.importorskip("openvino", reason="needs openvino: pip install '.[foreign]'")
    compiled = openvino.compile_model(openvino.convert_model(onnx_file), "CPU", EXACT)
    found = compiled({"pixels": pixels})
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, atol=TOLERANCE)
