"""A network for the tests of predictions."""

from pathlib import Path

import numpy as np
import pytest


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
