"""Presets: what fits a machine, chosen once for a run, and what is set goes before."""

import json
from pathlib import Path

import pytest

from truemorph.cli import build_parser
from truemorph.cli.options import config_of
from truemorph.config import Config
from truemorph.config.presets import fitting, preset


def test_what_is_set_goes_before_the_preset(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text("[trainer]\nimage_size = 96\n")
    words = ["train", "--examples", "e", "--out", "o", "--config", str(file), "--set", "trainer.epochs=3"]
    config = config_of(build_parser().parse_args(words), base=preset("cpu"))
    assert (config.trainer.backbone, config.trainer.image_size, config.trainer.epochs) == ("small", 96, 3)
    assert preset("paper") == Config()
    assert preset("gpu").trainer.precision == "mixed_bfloat16"


def test_a_machine_without_a_gpu_takes_cpu(tmp_path: Path) -> None:
    import tensorflow as tf

    if tf.config.list_physical_devices("GPU"):
        pytest.skip("needs a machine without a GPU")
    assert fitting(tmp_path / "new") == ("cpu", "no GPU found")


@pytest.mark.parametrize(("noted", "name"), [({"preset": "gpu"}, "gpu"), ({}, "paper")])
def test_a_run_that_goes_on_keeps_its_own(noted: dict[str, str], name: str, tmp_path: Path) -> None:
    (tmp_path / ".truemorph").mkdir()
    (tmp_path / ".truemorph" / "run.json").write_text(json.dumps({"sources": {}, "finished": True} | noted))
    assert fitting(tmp_path) == (name, "this run began with it")
