"""Other readers of the SavedModel: OpenVINO and ONNX give what TensorFlow gives, on images, to 1e-4."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
import toy

from truemorph.components.laws import ExponentialLaw

SIZE, CROP, TOLERANCE = 32, 0.5, 1e-4
# On processors with bfloat16, OpenVINO computes in it unless told otherwise: 4e-3 off.
EXACT = {"INFERENCE_PRECISION_HINT": "f32"}


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SavedModel whose answers are spread over 0..1."""
    from truemorph.components.pusher.signatures import save
    from truemorph.components.trainer.backbones import build_classifier

    classifier = build_classifier("small", SIZE, 0)
    head = classifier.get_layer("logits")
    head.kernel.assign(np.random.default_rng(0).normal(0, 2.0, head.kernel.shape))
    folder = tmp_path_factory.mktemp("foreign") / "1"
    save(folder, classifier, SIZE, CROP, ExponentialLaw(9.18))
    return folder


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    from truemorph.components.images.decode import decode

    rng = np.random.default_rng(3)
    return np.stack([decode(tf.constant(toy.blob(rng, index % 2 == 0)), CROP, SIZE).numpy() for index in range(24)])


@pytest.fixture(scope="module")
def expected(saved: Path, pixels: np.ndarray) -> np.ndarray:
    p_disk = tf.saved_model.load(str(saved)).signatures["pixels"](pixels=tf.constant(pixels))["p_disk"].numpy()
    assert p_disk.std() > 0.005
    return p_disk


@pytest.fixture(scope="module")
def onnx_file(saved: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("tf2onnx", reason="needs tf2onnx: pip install '.[foreign]'")
    out = tmp_path_factory.mktemp("onnx") / "model.onnx"
    words = ["--saved-model", saved, "--signature_def", "pixels", "--opset", "18", "--output", out]
    done = subprocess.run([sys.executable, "-m", "tf2onnx.convert", *map(str, words)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return out


def test_onnx(onnx_file: Path, pixels: np.ndarray, expected: np.ndarray) -> None:
    onnxruntime = pytest.importorskip("onnxruntime", reason="needs onnxruntime: pip install '.[foreign]'")
    session = onnxruntime.InferenceSession(onnx_file)
    (p_disk,) = session.run(["p_disk"], {"pixels": pixels})
    np.testing.assert_allclose(p_disk, expected, atol=TOLERANCE)
    (alone,) = session.run(["p_disk"], {"pixels": pixels[:1]})
    np.testing.assert_allclose(alone, expected[:1], atol=TOLERANCE)


def test_openvino_from_the_signature(saved: Path, pixels: np.ndarray, expected: np.ndarray) -> None:
    openvino = pytest.importorskip("openvino", reason="needs openvino: pip install '.[foreign]'")
    model = tf.saved_model.load(str(saved))
    compiled = openvino.compile_model(openvino.convert_model(model.signatures["pixels"]), "CPU", EXACT)
    np.testing.assert_allclose(compiled({"pixels": pixels})["p_disk"], expected, atol=TOLERANCE)


def test_openvino_from_onnx(onnx_file: Path, pixels: np.ndarray, expected: np.ndarray) -> None:
    openvino = pytest.importorskip("openvino", reason="needs openvino: pip install '.[foreign]'")
    compiled = openvino.compile_model(openvino.convert_model(onnx_file), "CPU", EXACT)
    np.testing.assert_allclose(compiled({"pixels": pixels})["p_disk"], expected, atol=TOLERANCE)
