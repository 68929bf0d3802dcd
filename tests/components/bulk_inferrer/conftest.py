"""A network and images for the tests of predictions."""

from pathlib import Path

import numpy as np
import pytest
import toy


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a network that was not trained; its answers differ from image to image."""
    from truemorph.components.trainer.backbones import build_classifier

    folder = tmp_path_factory.mktemp("models") / "debiased"
    folder.mkdir()
    classifier = build_classifier("small", 32, 0)
    kernel = classifier.get_layer("logits").kernel
    kernel.assign(np.random.default_rng(0).normal(0, 2.0, kernel.shape))
    classifier.save(folder / "model.keras")
    (folder / "model.json").write_text(
        '{"image_size": 32, "crop": 0.5, "name": "debiased", "law": "exponential", "theta": 9.18}'
    )
    return folder


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """70 readable images (more than one batch), a truncated one, an empty one, text named .png, and a file apart."""
    folder = tmp_path_factory.mktemp("images")
    rng = np.random.default_rng(5)
    for index in range(70):
        (folder / f"58772298174136{index:04d}.jpg").write_bytes(toy.blob(rng, index % 2 == 0))
    whole = toy.blob(rng, True)
    (folder / "a_truncated.JPG").write_bytes(whole[: len(whole) // 2])
    (folder / "b_empty.jpeg").write_bytes(b"")
    (folder / "c_text.png").write_bytes(b"this is no image")
    (folder / "notes.txt").write_text("not an image, and not named as one")
    return folder
